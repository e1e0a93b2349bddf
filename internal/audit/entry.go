package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

// Outcome says how far an act went.
type Outcome string

// The outcomes. An act on a secret leaves two entries: Allowed before it and
// Done or Failed after it; an Allowed without a second entry is an act that a crash cut short.
const (
	Allowed Outcome = "allowed"
	Denied  Outcome = "denied"
	Done    Outcome = "done"
	Failed  Outcome = "failed"
)

// Entry is one line of the log.
type Entry struct {
	Seq        int64     // 1, 2, 3, ... without gaps
	At         time.Time // UTC, whole microseconds
	CallerID   string
	CallerName string
	Action     access.Action
	Object     string   // id of what was acted on
	Outcome    Outcome  // allowed, denied, done, failed
	Code       string   // of Detail, stable; of a failed act, that of its error; empty where a person wrote it
	Args       []string // the values in Detail, in order
	Detail     string   // one sentence in English, or what a person wrote; never a secret
	Origin     string   // address, id and trace of the request it was done for; "" where there is none
	PrevHash   string   // hash of the entry before; GenesisHash for the first
	Hash       string   // hex SHA-256 over all fields above
}

// From is the address and the id of the request that the entry comes from, "" where it comes from none.
func (e Entry) From() (address, request string) {
	address, rest, _ := strings.Cut(e.Origin, " ")
	request, _, _ = strings.Cut(rest, " ")
	return address, request
}

// Trace is the id of the trace that the request belongs to, "" where it was not traced.
func (e Entry) Trace() string {
	_, rest, _ := strings.Cut(e.Origin, " ")
	_, trace, _ := strings.Cut(rest, " ")
	return trace
}

// GenesisHash is the PrevHash of the first entry.
var GenesisHash = hex.EncodeToString(make([]byte, sha256.Size))

// digest computes what Hash must be. Every field is preceded by its length, so
// that text cannot be moved from one field to the next.
func (e Entry) digest() string {
	h := sha256.New()
	var n [8]byte
	number := func(v int64) {
		binary.BigEndian.PutUint64(n[:], uint64(v))
		h.Write(n[:])
	}
	text := func(s string) {
		number(int64(len(s)))
		h.Write([]byte(s))
	}
	text("sealkeeper audit v" + e.digestVersion())
	number(e.Seq)
	number(e.At.UnixMicro())
	for _, s := range []string{
		e.CallerID,
		e.CallerName,
		string(e.Action),
		e.Object,
		string(e.Outcome),
		e.Detail,
		e.PrevHash,
	} {
		text(s)
	}
	if e.digestVersion() == "2" {
		text(e.Code)
		number(int64(len(e.Args)))
		for _, a := range e.Args {
			text(a)
		}
		text(e.Origin)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// digestVersion is "1" for entries with neither code nor origin, as all were at first.
func (e Entry) digestVersion() string {
	if e.Code == "" && len(e.Args) == 0 && e.Origin == "" {
		return "1"
	}
	return "2"
}

// follow makes e the entry after prev (the zero Entry: e is the first).
func (e Entry) follow(prev Entry) Entry {
	e.Seq, e.PrevHash = prev.Seq+1, prev.Hash
	if prev.Seq == 0 {
		e.PrevHash = GenesisHash
	}
	e.Hash = e.digest()
	return e
}
