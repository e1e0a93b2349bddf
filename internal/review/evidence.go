package review

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// The kinds of lines of a file of evidence.
const (
	// KindBegin begins the file, and tells it from an export of the audit log.
	KindBegin = "sealkeeper access review 1"
	kindLine  = "line"
	kindEnd   = "end"
)

// statementName begins what is signed, so that it is no head of an audit log.
const statementName = "sealkeeper-access-review"

// fileBegin is the first line of the file.
type fileBegin struct {
	Kind      string    `json:"kind"`
	ID        string    `json:"id"`
	StartedBy string    `json:"started_by"`
	StartedAt time.Time `json:"started_at"`
	ClosedBy  string    `json:"closed_by"`
	ClosedAt  time.Time `json:"closed_at"`
	Remark    string    `json:"remark"`
	Lines     int       `json:"lines"`
	Undecided int       `json:"undecided"`
	SHA256    string    `json:"lines_sha256"` // as the audit log has it of the closing
	By        string    `json:"exported_by"`
	At        time.Time `json:"exported_at"`
}

// fileLine is a line about something that was given.
type fileLine struct {
	Kind       string     `json:"kind"`
	Number     int        `json:"number"`
	About      Kind       `json:"about"`
	HolderID   string     `json:"holder_id"`
	Holder     string     `json:"holder"`
	What       string     `json:"what"`
	ThingID    string     `json:"thing_id"`
	Scope      string     `json:"scope"`
	Group      string     `json:"group"`
	EndsAt     *time.Time `json:"ends_at"`
	LastUsedAt *time.Time `json:"last_used_at"`
	Uses       []Use      `json:"uses"`
	State      State      `json:"state"`
	Remove     bool       `json:"remove"`
	Reason     string     `json:"reason"`
	Proposed   fileHand   `json:"proposed"`
	Decided    fileHand   `json:"decided"`
}

type fileHand struct {
	ID   string     `json:"id"`
	Name string     `json:"name"`
	At   *time.Time `json:"at"`
}

// fileEnd is the last line: the signature is over all lines before it.
type fileEnd struct {
	Kind      string `json:"kind"`
	Lines     int    `json:"lines"`
	Statement string `json:"statement"` // a signed note
	Key       string `json:"key"`
}

func lineOf(l Line) fileLine {
	hand := func(h Hand) fileHand { return fileHand{h.By, h.Name, moment(h.At)} }
	return fileLine{
		Kind:       kindLine,
		Number:     l.Number,
		About:      l.Kind,
		HolderID:   l.HolderID,
		Holder:     l.HolderName,
		What:       l.What,
		ThingID:    l.ThingID,
		Scope:      strings.Trim(string(l.Scope.Kind)+":"+l.Scope.Value, ":"),
		Group:      l.Group,
		EndsAt:     moment(l.EndsAt),
		LastUsedAt: moment(l.LastUsedAt),
		Uses:       append([]Use{}, l.Uses...),
		State:      l.State,
		Remove:     l.Remove,
		Reason:     l.Reason,
		Proposed:   hand(l.Proposed),
		Decided:    hand(l.Decided),
	}
}

func moment(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// sum is the SHA-256 over lines as the file has them.
type sum struct{ hash hash.Hash }

func newSum() sum { return sum{sha256.New()} }

func (s sum) add(l Line) error { return json.NewEncoder(s.hash).Encode(lineOf(l)) }

func (s sum) hex() string { return hex.EncodeToString(s.hash.Sum(nil)) }

// Evidence is a review that is closed, as a file.
type Evidence struct {
	Review Review
	By     string // name of who exports
	At     time.Time
	Signed audit.SignedNote // over the whole file

	service *Service
}

// Evidence prepares the file of a review that is closed, and has it signed. That no line was changed since is looked at
// first.
func (s *Service) Evidence(ctx context.Context, caller access.Caller, id string) (*Evidence, error) {
	r, err := s.Get(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	if r.IsOpen() {
		return nil, fault.New(fault.Conflict, "review_open",
			"This review is still open; it is evidence when it is closed.")
	}
	e := &Evidence{Review: r, By: caller.Name, At: s.cfg.Now().UTC().Truncate(time.Second), service: s}
	whole, lines := sha256.New(), newSum()
	if err := json.NewEncoder(whole).Encode(e.begin()); err != nil {
		return nil, err
	}
	n := 0
	err = e.Each(ctx, func(l Line) error {
		n++
		return errors.Join(lines.add(l), json.NewEncoder(whole).Encode(lineOf(l)))
	})
	if err != nil {
		return nil, err
	}
	if lines.hex() != r.Digest {
		return nil, fault.New(fault.Conflict, "review_altered",
			"The lines of this review are not those that it was closed with: the database was changed. The audit log "+
				"has their SHA-256.")
	}
	sha := hex.EncodeToString(whole.Sum(nil))
	e.Signed, err = s.cfg.Signer.SignNote(ctx, caller, access.ReviewRead, id, statement(r.ID, n, sha, e.At),
		note.New("review_exported", "evidence signed, %d lines, SHA-256 %s", n, sha))
	return e, err
}

func statement(id string, lines int, sha string, at time.Time) string {
	return fmt.Sprintf("%s\n%s\n%d\n%s\nat %s\n", statementName, id, lines, sha, at.Format(time.RFC3339))
}

func (e *Evidence) begin() fileBegin {
	r := e.Review
	return fileBegin{
		Kind:      KindBegin,
		ID:        r.ID,
		StartedBy: r.StartedByName,
		StartedAt: r.StartedAt,
		ClosedBy:  r.ClosedByName,
		ClosedAt:  r.ClosedAt,
		Remark:    r.Remark,
		Lines:     r.Lines,
		Undecided: r.Undecided,
		SHA256:    r.Digest,
		By:        e.By,
		At:        e.At,
	}
}

// Each hands every line to f, in their order, until f fails.
func (e *Evidence) Each(ctx context.Context, f func(Line) error) error {
	q := ListedLines.Query()
	q.Limit = listing.MaxLimit
	for {
		page, err := e.service.cfg.Lines.ReviewLines(ctx, e.Review.ID, q)
		if err != nil {
			return err
		}
		for _, l := range page.Items {
			if err := f(l); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		q.Cursor = listing.Cursor{Values: []any{int64(page.Items[len(page.Items)-1].Number)}}
	}
}

// FileName is what the file is called.
func (e *Evidence) FileName() string { return "access-review-" + e.Review.ID + ".jsonl" }

// Write writes the file, a line at a time.
func (e *Evidence) Write(ctx context.Context, w io.Writer) error {
	lines, n := json.NewEncoder(w), 0
	if err := lines.Encode(e.begin()); err != nil {
		return err
	}
	err := e.Each(ctx, func(l Line) error {
		n++
		return lines.Encode(lineOf(l))
	})
	if err != nil {
		return err
	}
	return lines.Encode(fileEnd{Kind: kindEnd, Lines: n, Statement: e.Signed.Note, Key: e.Signed.Key})
}

// Verified is what a file of evidence says that is whole.
type Verified struct {
	ID    string
	Lines int
	At    time.Time // when it was exported
	Key   string
}

// maxLine bounds a line of a file: a line of a review has all uses of a person.
const maxLine = 1 << 20

// VerifyEvidence reads a file of evidence and needs nothing else. The signature has to be key's; with an empty key it
// is the file's own, which proves no more than that the file is whole.
func VerifyEvidence(file io.Reader, key string) (Verified, error) {
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	whole := sha256.New()
	var begin fileBegin
	for n := 0; lines.Scan(); n++ {
		var line fileEnd
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return Verified{}, altered("A line of it is no JSON.")
		}
		switch {
		case n == 0:
			if json.Unmarshal(lines.Bytes(), &begin) != nil || begin.Kind != KindBegin {
				return Verified{}, altered("It does not begin as the evidence of a review does.")
			}
		case line.Kind == kindEnd:
			if lines.Scan() {
				return Verified{}, altered("Something comes after its end.")
			}
			return verify(begin, line, n-1, hex.EncodeToString(whole.Sum(nil)), key)
		case line.Kind != kindLine:
			return Verified{}, altered("A line of it is neither about access nor its end.")
		}
		whole.Write(append(bytes.Clone(lines.Bytes()), '\n'))
	}
	if err := lines.Err(); err != nil && !errors.Is(err, bufio.ErrTooLong) {
		return Verified{}, err
	}
	return Verified{}, altered("It was cut off.")
}

func verify(begin fileBegin, end fileEnd, lines int, sha, key string) (Verified, error) {
	if key == "" {
		key = end.Key
	}
	text, err := audit.OpenNote(end.Statement, key)
	if err != nil {
		return Verified{}, err
	}
	if text != statement(begin.ID, lines, sha, begin.At) || begin.Lines != lines {
		return Verified{}, altered("It is not what was signed.")
	}
	return Verified{ID: begin.ID, Lines: lines, At: begin.At, Key: key}, nil
}

func altered(what string) error {
	return fault.New(fault.Invalid, "evidence_invalid", "The evidence is not whole: %s", what)
}
