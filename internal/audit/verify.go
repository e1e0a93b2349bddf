package audit

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Report is the result of verifying the chain.
type Report struct {
	Entries  int64  // entries read and found good
	Archived int64  // entries before them, which the log says are in its archive
	HeadSeq  int64  // the newest good entry
	HeadHash string // compare it with one kept elsewhere: a chain cannot show that its newest entries were cut off
	Broken   *Break // the first broken entry, nil when the chain is whole
}

// Break says where and how the chain is broken.
type Break struct {
	Seq    int64
	Reason string
}

const verifyBatch = 1000

// Verify reads the whole log and reports the first entry that does not follow from the one before it.
func (l *Log) Verify(ctx context.Context) (Report, error) {
	b, err := begins(ctx, l.store)
	if err != nil {
		return Report{}, err
	}
	for prev := b.before; ; {
		found, whole, err := l.verifyPart(ctx, b, prev, time.Time{})
		if err != nil {
			return Report{}, fmt.Errorf("reading the audit log after entry %d: %w", prev.Seq, err)
		}
		if whole {
			return found, nil
		}
		prev.Seq, prev.Hash = found.HeadSeq, found.HeadHash
	}
}

// VerifyPart verifies on behalf of somebody at the console, for about as long as they wait. after
// is the head of the part before
// ("SEQ:HASH", "" from the beginning); whole reports whether the end of the log was reached.
func (l *Log) VerifyPart(
	ctx context.Context, caller access.Caller, after string, patience time.Duration,
) (found Report, whole bool, err error) {
	err = l.Do(ctx, caller, access.AuditVerify, "", func() (note.Note, error) {
		b, err := begins(ctx, l.store)
		if err != nil {
			return note.Note{}, err
		}
		prev := b.before
		if after != "" {
			if err := l.Holds(ctx, after); err != nil {
				return note.Note{}, err
			}
			number, _, _ := strings.Cut(after, ":")
			seq, _ := strconv.ParseInt(number, 10, 64) // Holds has read it
			if prev, err = entryAt(ctx, l.store, seq); err != nil {
				return note.Note{}, err
			}
		}
		found, whole, err = l.verifyPart(ctx, b, prev, time.Now().Add(patience))
		if err == nil && found.Broken != nil {
			return note.New("log_broken", "broken at entry %d", found.Broken.Seq), nil
		}
		return note.New("log_whole", "whole to entry %d, %s", found.HeadSeq, found.HeadHash), err
	})
	return found, whole, err
}

func (l *Log) verifyPart(ctx context.Context, b beginning, prev Entry, until time.Time) (Report, bool, error) {
	from := prev.Seq + 1
	if prev.Seq == b.before.Seq {
		from = math.MinInt64 // what is before the first entry does not belong to the log
	}
	for {
		entries, err := l.store.AuditEntries(ctx, from, verifyBatch)
		if err != nil {
			return Report{}, false, err
		}
		for _, e := range entries {
			broken := breakBetween(prev, e)
			if broken == nil && !b.fits(e) {
				broken = &Break{Seq: e.Seq, Reason: "it is not the one that the archive has"}
			}
			if broken != nil {
				return report(b, prev, broken), true, nil
			}
			prev = e
		}
		if whole := len(entries) < verifyBatch; whole || time.Now().After(until) {
			return report(b, prev, nil), whole, nil
		}
		from = prev.Seq + 1
	}
}

func report(b beginning, head Entry, broken *Break) Report {
	r := Report{
		Entries:  head.Seq - b.before.Seq,
		Archived: b.before.Seq,
		HeadSeq:  head.Seq,
		HeadHash: head.Hash,
		Broken:   broken,
	}
	if head.Seq == 0 {
		r.HeadHash = GenesisHash
	}
	return r
}

func breakBetween(prev, e Entry) *Break {
	want := e.follow(prev)
	switch {
	case e.Seq < 1:
		return &Break{Seq: e.Seq, Reason: "it does not belong to the log: the first entry is number 1"}
	case e.Seq != want.Seq:
		return &Break{Seq: want.Seq, Reason: fmt.Sprintf("it is missing: entry %d follows %d", e.Seq, prev.Seq)}
	case e.PrevHash != want.PrevHash:
		return &Break{Seq: e.Seq, Reason: "it does not name the hash of the entry before it"}
	case e.Hash != want.Hash:
		return &Break{Seq: e.Seq, Reason: "its fields were changed after it was written: the hash does not fit"}
	}
	return nil
}

// ParsePlace reads an entry's number and hash, SEQ:HASH, as a verification prints the head's.
func ParsePlace(text string) (Head, error) {
	number, hash, ok := strings.Cut(text, ":")
	seq, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || seq < 1 {
		return Head{}, fault.New(fault.Invalid, "head_invalid",
			"A head is written SEQ:HASH, as an earlier verification printed it.")
	}
	return Head{Seq: seq, Hash: hash}, nil
}

// Holds reports whether the log still has the entry that was once its head,
// given as "SEQ:HASH". A head kept elsewhere is what shows that newer entries were
// cut off, or that the whole chain was written anew.
func (l *Log) Holds(ctx context.Context, head string) error {
	kept, err := ParsePlace(head)
	if err != nil {
		return err
	}
	seq, hash := kept.Seq, kept.Hash
	entries, err := l.store.AuditEntries(ctx, seq, 1)
	if err != nil {
		return err
	}
	b, err := begins(ctx, l.store)
	switch {
	case err != nil:
		return err
	case seq == b.before.Seq && hash == b.before.Hash:
		return nil
	case seq <= b.before.Seq:
		return archivedAlone(seq)
	case len(entries) == 0 || entries[0].Seq != seq:
		return fault.New(fault.Conflict, "head_missing", "Entry %d is no longer there: the log was cut off.", seq)
	case entries[0].Hash != hash:
		return fault.New(fault.Conflict, "head_differs", "The hash of entry %d has changed: the log was rewritten.",
			seq)
	}
	return nil
}
