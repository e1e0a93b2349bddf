package audit

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/sealkeeper/sealkeeper/fault"
)

// Head says what the log was at one time. Whoever keeps it, signed, away from the service can tell later that newer
// entries were cut off, or older ones written anew.
type Head struct {
	Seq  int64     // number of the newest entry, and so how many there are
	Hash string    // of the newest entry, hex
	Root tlog.Hash // of the Merkle tree over the hashes of all entries
	At   time.Time // UTC, whole seconds
}

// HeadName begins a head and names its signature, so that a signature of ours over anything else is no head.
const HeadName = "sealkeeper-audit"

// Text is the head as it is signed: a checkpoint of a transparency log (C2SP tlog-checkpoint) with the chain's hash and
// the time as extension lines.
func (h Head) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\nchain %s\nat %s\n", HeadName, h.Seq, base64.StdEncoding.EncodeToString(h.Root[:]),
		h.Hash, h.At.Format(time.RFC3339))
}

func parseHead(text string) (h Head, err error) {
	invalid := fault.New(fault.Invalid, "head_invalid", "The head is not one of an audit log of Sealkeeper's.")
	lines := strings.Split(text, "\n")
	if len(lines) != 6 || lines[0] != HeadName || lines[5] != "" {
		return h, invalid
	}
	h.Seq, err = strconv.ParseInt(lines[1], 10, 64)
	if err != nil || h.Seq < 1 {
		return h, invalid
	}
	if h.Root, err = tlog.ParseHash(lines[2]); err != nil {
		return h, invalid
	}
	if h.At, err = time.Parse("at "+time.RFC3339, lines[4]); err != nil {
		return h, invalid
	}
	h.Hash = strings.TrimPrefix(lines[3], "chain ")
	if _, err := parseHash(h.Hash); err != nil || h.Text() != text {
		return h, invalid
	}
	return h, nil
}

// SignedHead is a head with its signature.
type SignedHead struct {
	Head
	Note string // a signed note (C2SP signed-note): the text, an empty line, the signature
	Key  string // the public key that verifies it, as of C2SP signed-note; keep it elsewhere
}

// OpenNote reads a text whose signature is key's. What is not signed by it is refused.
func OpenNote(signed, key string) (string, error) {
	verifier, err := note.NewVerifier(strings.TrimSpace(key))
	if err != nil || verifier.Name() != HeadName {
		return "", fault.New(fault.Invalid, "head_key_invalid",
			"The key is not one that heads are verified with: it begins with %q.", HeadName+"+")
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "head_signature",
			"The head is not signed with this key: it is another log's, or was altered.")
	}
	return opened.Text, nil
}

// OpenHead reads a head whose signature is key's. What is not signed by it is refused.
func OpenHead(signed, key string) (SignedHead, error) {
	text, err := OpenNote(signed, key)
	if err != nil {
		return SignedHead{}, err
	}
	head, err := parseHead(text)
	return SignedHead{Head: head, Note: signed, Key: strings.TrimSpace(key)}, err
}

// SignedNote is a text with a signature of the key that signs heads.
type SignedNote struct {
	Note string // C2SP signed-note: the text, an empty line, the signature
	Key  string // the public key that verifies it
}

// SignNote signs a text, whose first line says what it is. signer is a key that custody keeps.
func SignNote(text string, signer note.Signer, key string) (SignedNote, error) {
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return SignedNote{}, fault.Wrap(err, fault.Internal, "head_sign",
			"The head of the audit log could not be signed.")
	}
	return SignedNote{Note: string(signed), Key: key}, nil
}

func (t *tree) head(now time.Time) (Head, error) {
	root, err := t.root()
	return Head{Seq: t.end.Seq, Hash: t.end.Hash, Root: root, At: now.UTC().Truncate(time.Second)}, err
}

// Line is the head with its key as a line of JSON, as heads are kept in files.
func (h SignedHead) Line() ([]byte, error) {
	line, err := json.Marshal(KeptHead{Note: h.Note, Key: h.Key})
	return append(line, '\n'), err
}

// KeptHead is a line of a file of heads.
type KeptHead struct {
	Note string `json:"note"`
	Key  string `json:"key"`
}
