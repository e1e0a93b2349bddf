"""A service in Python that calls a bank, with the standard library alone. docs/services.md says what it does.

    bank.py read APPLICATION INSTITUTION    what it needs to call the bank
    bank.py follow                          each change, as it comes
    bank.py call SOCKET URL                 the bank, through sealkeeper egress
    bank.py files DIR URL                   the bank, with the files of sealkeeper agent
"""
import http.client
import json
import os
import random
import socket
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


def ask(path, accept="application/json", timeout=45, **query):
    """Asks /v1. The file with the token is read each time, so that a token is replaced without a restart."""
    with open(os.environ["SK_TOKEN_FILE"]) as file:
        headers = {"Authorization": "Bearer " + file.read().strip(), "Accept": accept}
    query = urllib.parse.urlencode({k: v for k, v in query.items() if v})
    request = urllib.request.Request(f"{os.environ['SK_SERVER']}/v1{path}?{query}", headers=headers)
    return urllib.request.urlopen(request, timeout=timeout)


def read(application, institution):
    with ask("/tls/lookup", application=application, institution=institution) as answer:
        configuration = json.load(answer)
    print("version", configuration["version"], configuration["transport"]["sha256"], flush=True)


def events(answer):
    """The server-sent events of an answer: kind and data."""
    kind = data = ""
    for line in answer:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            data = value
        elif not name and kind:
            yield kind, json.loads(data)
            kind = data = ""


def follow():
    cursor, bound = "", 0.5
    while True:
        began, after = time.monotonic(), 0.0
        try:
            # Every 15 seconds there is a comment: 45 seconds without a byte are a dead connection.
            with ask("/tls/events", "text/event-stream", cursor=cursor) as stream:
                for kind, data in events(stream):
                    if kind == "synced":
                        cursor = data["cursor"]  # everything before it has been dealt with
                    else:
                        print(kind, data["registration_id"], data["version"], flush=True)
        except urllib.error.HTTPError as error:
            if error.code in (401, 403):
                raise  # waiting does not help
            after = float(error.headers.get("Retry-After", 0))
        except (OSError, http.client.HTTPException):
            pass
        if time.monotonic() - began > 60:
            bound = 0.5
        time.sleep(max(after, random.uniform(0, bound)))
        bound = min(2 * bound, 30)


class Egress(http.client.HTTPConnection):
    """A connection through sealkeeper egress, which speaks TLS with the bank."""

    def __init__(self, path, host):
        super().__init__(host, timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def target(url):
    return url.path + ("?" + url.query if url.query else "")


def call(path, url):
    url = urllib.parse.urlsplit(url)
    bank = Egress(path, url.netloc)
    bank.request("GET", target(url), headers={"Sealkeeper-Sign": "ais"})
    print("status", bank.getresponse().status, flush=True)


def files(folder, url):
    folder = os.path.join(folder, "current")
    context = ssl.create_default_context(cafile=os.path.join(folder, "ca.pem"))
    context.load_cert_chain(os.path.join(folder, "chain.pem"), os.path.join(folder, "key.pem"))
    url = urllib.parse.urlsplit(url)
    bank = http.client.HTTPSConnection(url.netloc, context=context, timeout=60)
    bank.request("GET", target(url))
    print("status", bank.getresponse().status, flush=True)


if __name__ == "__main__":
    {"read": read, "follow": follow, "call": call, "files": files}[sys.argv[1]](*sys.argv[2:])
