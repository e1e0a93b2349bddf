package audit

import (
	"context"
	"fmt"
)

// Report is the result of verifying the chain.
type Report struct {
	Entries  int64  // entries read and found good
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
	var prev Entry
	for {
		entries, err := l.store.AuditEntries(ctx, prev.Seq, verifyBatch)
		if err != nil {
			return Report{}, fmt.Errorf("reading the audit log after entry %d: %w", prev.Seq, err)
		}
		for _, e := range entries {
			if reason := breakBetween(prev, e); reason != "" {
				return report(prev, &Break{Seq: e.Seq, Reason: reason}), nil
			}
			prev = e
		}
		if len(entries) < verifyBatch {
			return report(prev, nil), nil
		}
	}
}

func report(head Entry, broken *Break) Report {
	r := Report{Entries: head.Seq, HeadSeq: head.Seq, HeadHash: head.Hash, Broken: broken}
	if head.Seq == 0 {
		r.HeadHash = GenesisHash
	}
	return r
}

func breakBetween(prev, e Entry) string {
	want := e.follow(prev)
	switch {
	case e.Seq != want.Seq:
		return fmt.Sprintf("entry %d is missing: %d follows %d", want.Seq, e.Seq, prev.Seq)
	case e.PrevHash != want.PrevHash:
		return "it does not name the hash of the entry before it"
	case e.Hash != want.Hash:
		return "its fields were changed after it was written: the hash does not fit"
	}
	return ""
}
