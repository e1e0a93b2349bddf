#!/usr/bin/env python3
"""Verifies exports of Sealkeeper's audit log: verify_export.py KEY FILE...

KEY is the public key that was known before. Nothing of Sealkeeper is used: docs/audit.md says what is computed. The
signature is checked by openssl (3.0 or newer), since Python's standard library has no Ed25519.
"""

import base64
import calendar
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time

NAME = "sealkeeper-audit"
MOST = 1 << 20  # bytes of a line


class Invalid(Exception):
    """What is wrong with the file."""


class Unable(Exception):
    """Why nothing can be said of the file."""


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def number(n):
    return n.to_bytes(8, "big", signed=True)


def text(s):
    data = s.encode()
    return number(len(data)) + data


def microseconds(at):
    """A time in UTC, 2026-11-30T08:00:00.123456Z, since 1970. Floating point would round it."""
    if not at.endswith("Z"):
        raise Invalid("a time is not UTC: " + at)
    whole, _, fraction = at[:-1].partition(".")
    if len(fraction) > 6 or not (fraction or "0").isdigit():
        raise Invalid("a time is not in whole microseconds: " + at)
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    return seconds * 1_000_000 + int((fraction or "0").ljust(6, "0"))


def hash_of(e):
    """The hash of an entry, over all its fields."""
    args = e["args"] or []
    version = "2" if e["code"] or args or e["origin"] else "1"
    parts = [text("sealkeeper audit v" + version), number(e["seq"]), number(microseconds(e["at"]))]
    for field in ("caller_id", "caller", "action", "object", "outcome", "detail", "prev_hash"):
        parts.append(text(e[field]))
    if version == "2":
        parts += [text(e["code"]), number(len(args)), *map(text, args), text(e["origin"])]
    return sha256(*parts)


def root_of(leaf, index, size, path):
    """The root of a tree of that size in which the leaf stands there: RFC 9162, section 2.1.3.2."""
    at, last, node = index, size - 1, leaf
    for other in path:
        if last == 0:
            raise Invalid("a proof is too long")
        if at & 1 or at == last:
            node = sha256(b"\x01", other, node)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            node = sha256(b"\x01", node, other)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise Invalid("a proof is too short")
    return node


def signed(note, key):
    """The text of a signed note (C2SP signed-note) whose signature is the key's."""
    name, _, rest = key.partition("+")
    known, _, public = rest.partition("+")
    public = base64.b64decode(public, validate=True)
    if name != NAME or len(public) != 33 or public[0] != 1:  # 1 is Ed25519
        raise Invalid("this is no key that heads are verified with")
    own = sha256(name.encode(), b"\n", public)[:4]
    if own.hex() != known:
        raise Invalid("the key does not have the hash that it names")
    body, blank, lines = note.rpartition("\n\n")
    for line in lines.split("\n"):
        fields = line.split(" ")
        if not blank or len(fields) != 3 or fields[:2] != ["\u2014", name]:
            continue
        signature = base64.b64decode(fields[2], validate=True)
        if signature[:4] == own and verified(public[1:], (body + "\n").encode(), signature[4:]):
            return body + "\n"
    raise Invalid("the head is not signed with this key")


def verified(public, message, signature):
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, data in {
            "key": bytes.fromhex("302a300506032b6570032100") + public,  # SubjectPublicKeyInfo, RFC 8410
            "message": message,
            "signature": signature,
        }.items():
            paths[name] = os.path.join(folder, name)
            with open(paths[name], "wb") as f:
                f.write(data)
        done = openssl(
            ["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", paths["key"],
             "-rawin", "-in", paths["message"], "-sigfile", paths["signature"]])
        return done.returncode == 0


def openssl(arguments):
    try:
        return subprocess.run(["openssl", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    except OSError as why:
        raise Unable("openssl cannot be started: %s" % why) from why


def need_openssl():
    """Others do not know -rawin: a good signature would look like a bad one."""
    version = openssl(["version"]).stdout.decode(errors="replace").strip()
    if not re.match(r"OpenSSL [3-9]\.", version):
        raise Unable("openssl 3.0 or newer is needed, and this is %r" % version)


def head_of(note, key):
    """How many entries the log has, and the root over them."""
    lines = signed(note, key).split("\n")
    if len(lines) != 6 or lines[0] != NAME:
        raise Invalid("this is no head")
    return int(lines[1]), base64.b64decode(lines[2], validate=True)


def verify(lines, key):
    begin = next(lines)
    if begin["kind"] != "sealkeeper audit export 1":
        raise Invalid("it does not begin as an export does")
    objects, (size, root) = begin["objects"], head_of(begin["head"], key)
    count = 0
    for line in lines:
        if line["kind"] == "end":
            if line["entries"] != count or next(lines, None) is not None:
                raise Invalid("its end is not right")
            return count, size
        e = line["entry"]
        whole = hash_of(e)
        if whole.hex() != e["hash"]:
            raise Invalid("entry %d was changed" % e["seq"])
        if e["object"] not in objects:
            raise Invalid("entry %d is about something else" % e["seq"])
        if not 1 <= e["seq"] <= size:
            raise Invalid("entry %d is not in the log" % e["seq"])
        path = [base64.b64decode(p, validate=True) for p in line.get("proof") or []]
        if root_of(sha256(b"\x00", whole), e["seq"] - 1, size, path) != root:
            raise Invalid("entry %d is not in the log" % e["seq"])
        count += 1
    raise Invalid("it was cut off")


def read(file):
    for line in iter(lambda: file.readline(MOST + 1), b""):
        if len(line) > MOST or not line.endswith(b"\n"):
            raise Invalid("it was cut off")
        yield json.loads(line)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    key, names, status = sys.argv[1], sys.argv[2:], 0
    need_openssl()
    for name in names:
        try:
            with open(name, "rb") as file:
                count, size = verify(read(file), key)
            print("%s: %d entries, each of them in the log of %d entries that the head is of" % (name, count, size))
        except OSError as why:
            print("%s: cannot be read: %s" % (name, why))
            status = 2
        except (Invalid, ArithmeticError, AttributeError, KeyError, RecursionError, StopIteration, TypeError,
                ValueError) as wrong:
            print("%s: NOT WHOLE: %s" % (name, wrong))
            status = status or 1
    sys.exit(status)


if __name__ == "__main__":
    try:
        main()
    except Unable as why:
        sys.exit("nothing was verified: %s" % why)
