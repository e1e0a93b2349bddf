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
		found, whole, err := l.verifyPart(ctx, &b, prev, time.Time{})
		if err != nil {
			return Report{}, fmt.Errorf("reading the audit log after entry %d: %w", prev.Seq, err)
		}
		if whole {
			return found, nil
		}
		prev.Seq, prev.Hash = found.HeadSeq, found.HeadHash
	}
}

// VerifyPart verifies on behalf of somebody at the console, for about as long as they wait. after is the head of the
// part before ("SEQ:HASH", "" from the beginning); whole reports whether the end of the log was reached.
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
			if prev, err = l.held(ctx, b, after); err != nil {
				return note.Note{}, err
			}
		}
		found, whole, err = l.verifyPart(ctx, &b, prev, time.Now().Add(patience))
		if err == nil && found.Broken != nil {
			return note.New("log_broken", "broken at entry %d", found.Broken.Seq), nil
		}
		return note.New("log_whole", "whole to entry %d, %s", found.HeadSeq, found.HeadHash), err
	})
	return found, whole, err
}

// verifyPart verifies what follows prev. b is read again where the log does not go on: entries may have been let go
// meanwhile.
func (l *Log) verifyPart(ctx context.Context, b *beginning, prev Entry, until time.Time) (Report, bool, error) {
	from := prev.Seq + 1
	if prev.Seq == b.before.Seq {
		from = math.MinInt64 // what is before the first entry does not belong to the log
	}
	for {
		entries, err := l.store.AuditEntries(ctx, from, verifyBatch)
		if err != nil {
			return Report{}, false, err
		}
		last, broken := b.follow(prev, entries)
		if prev = last; broken != nil {
			now, err := begins(ctx, l.store)
			if err != nil {
				return Report{}, false, err
			}
			if now.before.Seq <= prev.Seq {
				return report(*b, prev, broken), true, nil
			}
			*b, prev, from = now, now.before, math.MinInt64
			continue
		}
		if whole := len(entries) < verifyBatch; whole || time.Now().After(until) {
			return report(*b, prev, nil), whole, nil
		}
		from = prev.Seq + 1
	}
}

// follow returns the last of the entries that follow from prev, each from the one before it, and where they break off.
func (b beginning) follow(prev Entry, entries []Entry) (last Entry, broken *Break) {
	for _, e := range entries {
		if broken := breakBetween(prev, e); broken != nil {
			return prev, broken
		}
		if !b.fits(e) {
			return prev, &Break{Seq: e.Seq, Reason: "it is not the one that the archive has"}
		}
		prev = e
	}
	return prev, nil
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

// Holds reports whether the log still has the entries that were once its heads,
// each given as "SEQ:HASH". A head kept elsewhere is what shows that newer entries were
// cut off, or that the whole chain was written anew.
func (l *Log) Holds(ctx context.Context, heads ...string) error {
	b, err := begins(ctx, l.store)
	if err != nil {
		return err
	}
	for _, head := range heads {
		if _, err := l.held(ctx, b, head); err != nil {
			return err
		}
	}
	return nil
}

// held returns the entry that a head is of; of the last one that was let go, its number and its hash.
func (l *Log) held(ctx context.Context, b beginning, head string) (Entry, error) {
	kept, err := ParsePlace(head)
	switch {
	case err != nil:
		return Entry{}, err
	case kept.Seq == b.before.Seq && kept.Hash == b.before.Hash:
		return b.before, nil
	case kept.Seq <= b.before.Seq:
		return Entry{}, archivedAlone(kept.Seq)
	}
	e, err := entryAt(ctx, l.store, kept.Seq)
	if err != nil {
		if now, failed := begins(ctx, l.store); failed == nil && now.before.Seq > b.before.Seq {
			return l.held(ctx, now, head) // it was let go meanwhile
		}
	}
	if err == nil && e.Hash != kept.Hash {
		err = fault.New(fault.Conflict, "head_differs", "The hash of entry %d has changed: the log was rewritten.",
			kept.Seq)
	}
	return e, err
}
