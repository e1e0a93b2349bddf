package audit

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Cutter takes the beginning of the log out of the database, for which it needs the rights of who owns the schema.
type Cutter interface {
	// AuditCut returns the last entry that CutAudit would take away if it was told to take no more than to; 0: none.
	AuditCut(ctx context.Context, to int64) (int64, error)
	// CutAudit takes away the entries up to seq, which AuditCut has returned.
	CutAudit(ctx context.Context, seq int64) error
}

// LetGo takes entries out of the database that are older than before and in whole files of the archive, and returns
// the last of them; 0: there was nothing to take. It reads each of these files again.
func (l *Log) LetGo(
	ctx context.Context, caller access.Caller, folder string, before time.Time, cutter Cutter,
) (last int64, err error) {
	to, err := l.archivedIn(ctx, folder, before)
	if err != nil || to == 0 {
		return 0, err
	}
	if last, err = cutter.AuditCut(ctx, to); err != nil || last == 0 {
		return 0, err
	}
	return last, l.Do(ctx, caller, access.RecordsForget, "audit_entries", func() (note.Note, error) {
		return note.New("entries_let_go", "entries up to %d, which are in the archive", last),
			cutter.CutAudit(ctx, last)
	})
}

// archivedIn is the last entry older than before up to which the folder has all that is still in the database; 0: it
// has nothing of it.
func (l *Log) archivedIn(ctx context.Context, folder string, before time.Time) (to int64, err error) {
	first, err := l.store.AuditEntries(ctx, math.MinInt64, 1)
	if err != nil || len(first) == 0 {
		return 0, err
	}
	var files []archived // that have something of what is there
	for a, err := range archives(ctx, l.store) {
		if err != nil {
			return 0, err
		}
		if a.To < first[0].Seq {
			break
		}
		files = append(files, a)
	}
	slices.Reverse(files)
	for _, a := range files {
		if a.From > max(to, first[0].Seq-1)+1 {
			return to, nil
		}
		end, err := entryAt(ctx, l.store, a.To)
		if err != nil || !end.At.Before(before) || end.Hash != a.Hash {
			return to, err
		}
		if err := a.found(folder, end); err != nil {
			return to, err
		}
		to = a.To
	}
	return to, nil
}

// found reports whether the file is in the folder as it was written, and has the entries that lead to the one at its
// end as the database has it. What the log says of the file is not enough: a service that was broken into writes both.
func (a archived) found(folder string, end Entry) error {
	path := filepath.Join(folder, filepath.Base(a.File))
	sum, err := sumOf(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if sum == a.Sum {
		has, err := verifyFile(path, "", nil)
		if err == nil && has.From == a.From && has.Head.Seq == end.Seq && has.Head.Hash == end.Hash {
			return nil
		}
	}
	return fault.New(fault.Conflict, "audit_archive_missing",
		"The file %s of the archive of the audit log is missing or does not have what the log has, so its entries "+
			"stay in the database: put the file that was written into the folder that "+
			"audit.archive_folder names.", a.File)
}
