package audit

import (
	"context"
	"iter"
	"math"
	"strconv"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
)

// archived is what the log says of a file of its archive. The entry that says it is in the chain behind what it is
// about, so whoever takes entries away and has no such entry has broken the chain.
type archived struct {
	File     string
	From, To int64
	Hash     string // of the last entry
	Sum      string // SHA-256 of the file
}

func archivedBy(e Entry) (a archived, ok bool) {
	if e.Code != "log_archived" || len(e.Args) != 4 {
		return a, false
	}
	from, first := strconv.ParseInt(e.Args[0], 10, 64)
	to, last := strconv.ParseInt(e.Args[1], 10, 64)
	return archived{File: e.Object, From: from, To: to, Hash: e.Args[2], Sum: e.Args[3]}, first == nil && last == nil
}

// archives are all of which the log has an entry, the newest first.
func archives(ctx context.Context, store Store) iter.Seq2[archived, error] {
	return func(yield func(archived, error) bool) {
		q := Listed.Query().With(FilterAction, string(access.AuditArchive)).With(FilterOutcome, string(Done))
		q.Limit, q.Uncounted = listing.MaxLimit, true
		for {
			page, err := store.AuditPage(ctx, access.Whole(), q)
			if err != nil {
				yield(archived{}, err)
				return
			}
			for _, e := range page.Items {
				if a, ok := archivedBy(e); ok && !yield(a, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			last := page.Items[len(page.Items)-1]
			q.Cursor = listing.Cursor{Values: []any{last.At.UnixMicro(), last.Seq}}
		}
	}
}

// newestArchive is the one with the newest entries; the zero value where there is none.
func newestArchive(ctx context.Context, store Store) (archived, error) {
	for a, err := range archives(ctx, store) {
		return a, err
	}
	return archived{}, nil
}

// archivedAlone is the answer about an entry that has left the database.
func archivedAlone(seq int64) error {
	return fault.New(fault.Conflict, "head_archived",
		"Entry %d is in the archive alone: give its folder to `sealkeeper audit verify` with --archive.", seq)
}

// beginning is where the log begins that is in the database.
type beginning struct {
	before Entry            // number and hash of the entry before the first; the zero Entry: nothing was let go
	ends   map[int64]string // hashes of the last entries of archives, by their numbers
}

// begins finds where the log begins. What is before that was let go only if the log itself says that it is in an
// archive; otherwise verifying finds that it is missing.
func begins(ctx context.Context, store Store) (beginning, error) {
	b := beginning{ends: map[int64]string{}}
	first, err := store.AuditEntries(ctx, math.MinInt64, 1)
	if err != nil || len(first) == 0 || first[0].Seq <= 1 {
		return b, err
	}
	last := int64(0)
	for a, err := range archives(ctx, store) {
		if err != nil {
			return b, err
		}
		b.ends[a.To] = a.Hash
		last = max(last, a.To)
	}
	before := Entry{Seq: first[0].Seq - 1, Hash: first[0].PrevHash}
	if before.Seq <= last && b.fits(before) {
		b.before = before
	}
	return b, nil
}

// fits reports whether the entry is what an archive says of it that ends there.
func (b beginning) fits(e Entry) bool {
	hash, ends := b.ends[e.Seq]
	return !ends || hash == e.Hash
}
