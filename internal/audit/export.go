package audit

import (
	"encoding/json"
	"io"
	"iter"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
)

// Export is the life of one thing. As a file it is JSON lines: a beginning, a line for each entry, an end. It is no
// table for a spreadsheet, which would take a text that begins with "=" for a formula.
type Export struct {
	Objects []string // ids that entries are about: the thing's own first, then those of requests for changes of it
	By      string   // name of who exports
	At      time.Time
	Head    SignedHead

	store Store
	tree  *tree
}

// The kinds of lines of an export.
const (
	lineBegin   = "sealkeeper audit export 1"
	lineArchive = "sealkeeper audit archive 1"
	lineEntry   = "entry"
	lineEnd     = "end"
)

// exportLine is a line of the file. Which fields it has follows from its kind.
type exportLine struct {
	Kind string `json:"kind"`

	Objects []string   `json:"objects,omitempty"`
	By      string     `json:"by,omitempty"`
	At      *time.Time `json:"at,omitempty"`
	Head    string     `json:"head,omitempty"`
	Key     string     `json:"key,omitempty"`

	From     int64  `json:"from,omitempty"`      // of an archive: number of the first entry
	PrevHash string `json:"prev_hash,omitempty"` // hash of the entry before it

	Entry *exportEntry     `json:"entry,omitempty"`
	Proof tlog.RecordProof `json:"proof,omitempty"` // base64, from the entry up to the root

	Entries *int64 `json:"entries,omitempty"` // at the end: how many there were
}

// exportEntry has what the hash covers, and the hash.
type exportEntry struct {
	Seq        int64         `json:"seq"`
	At         time.Time     `json:"at"`
	CallerID   string        `json:"caller_id"`
	CallerName string        `json:"caller"`
	Action     access.Action `json:"action"`
	Object     string        `json:"object"`
	Outcome    Outcome       `json:"outcome"`
	Code       string        `json:"code"`
	Args       []string      `json:"args"`
	Detail     string        `json:"detail"`
	Origin     string        `json:"origin"`
	PrevHash   string        `json:"prev_hash"`
	Hash       string        `json:"hash"`
}

// Entries are the entries, object by object, each in the log's order. What was written after the
// head is not among them.
func (x *Export) Entries() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, object := range x.Objects {
			q := about(object, listing.MaxLimit)
			for {
				page, err := x.store.AuditPage(x.tree.ctx, access.Whole(), q)
				if err != nil {
					yield(Entry{}, err)
					return
				}
				for _, e := range page.Items {
					if e.Seq <= x.Head.Seq && !yield(e, nil) {
						return
					}
				}
				if page.Next == "" {
					break
				}
				last := page.Items[len(page.Items)-1]
				q.Cursor = listing.Cursor{Values: []any{last.At.UnixMicro(), last.Seq}}
			}
		}
	}
}

// WriteTo writes the file, an entry at a time.
func (x *Export) WriteTo(w io.Writer) (int64, error) {
	counted := &counter{w: w}
	lines := json.NewEncoder(counted)
	err := lines.Encode(exportLine{
		Kind:    lineBegin,
		Objects: x.Objects,
		By:      x.By,
		At:      &x.At,
		Head:    x.Head.Note,
		Key:     x.Head.Key,
	})
	if err != nil {
		return counted.n, err
	}
	var n int64
	for e, err := range x.Entries() {
		if err != nil {
			return counted.n, err
		}
		proof, err := x.tree.proof(e.Seq)
		if err != nil {
			return counted.n, err
		}
		entry := exportEntry(e)
		if err := lines.Encode(exportLine{Kind: lineEntry, Entry: &entry, Proof: proof}); err != nil {
			return counted.n, err
		}
		n++
	}
	return counted.n, lines.Encode(exportLine{Kind: lineEnd, Entries: &n})
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// ExportType is the media type of an export.
const ExportType = "application/jsonl"

// FileName is what an export is called as a file.
func (x *Export) FileName() string {
	name := strings.Map(func(r rune) rune {
		if r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '-'
	}, x.Objects[0])
	return "audit-" + name[:min(len(name), 64)] + ".jsonl"
}
