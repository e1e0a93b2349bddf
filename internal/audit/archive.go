package audit

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// archiveMost bounds how many blocks a file of the archive has: 65,536 entries, a few megabytes.
const archiveMost = 64

// Archive writes the oldest entries that are older than before and in no file yet into a file of the folder: whole
// blocks, with the signed head of the log as it was behind the last of them. The file is read again before the log
// says that it is there. It reports whether there may be more to write.
func (h *Heads) Archive(ctx context.Context, caller access.Caller, folder string, before time.Time) (bool, error) {
	newest, err := newestArchive(ctx, h.log.store)
	if err != nil {
		return false, err
	}
	to, err := h.archivable(ctx, newest.To, before)
	if err != nil || to == newest.To {
		return false, err
	}
	file := archiveFile{folder: folder, name: archiveName(newest.To+1, to), from: newest.To + 1, prev: newest.Hash}
	if newest.To == 0 {
		file.prev = GenesisHash
	}
	return true, h.log.Do(ctx, caller, access.AuditArchive, file.name, func() (note.Note, error) {
		if file.head, err = h.signAt(ctx, caller, to); err != nil {
			return note.Note{}, err
		}
		sum, err := file.write(ctx, h.log.store)
		return note.New("log_archived", "entries %d to %d, %s, SHA-256 of the file %s", file.from, to, file.head.Hash,
			sum), err
	})
}

// archivable is the last entry that goes into the next file, behind the one that is the last in a file; that one if
// there is nothing to write.
func (h *Heads) archivable(ctx context.Context, from int64, before time.Time) (to int64, err error) {
	to = from
	for range archiveMost {
		last, err := h.log.store.AuditEntries(ctx, to+blockSize, 1)
		if err != nil || len(last) == 0 || last[0].Seq != to+blockSize || !last[0].At.Before(before) {
			return to, err
		}
		to += blockSize
	}
	return to, nil
}

// signAt signs what the log was when seq, the last entry of a block, was its newest.
func (h *Heads) signAt(ctx context.Context, caller access.Caller, seq int64) (SignedHead, error) {
	t, err := grow(ctx, h.log.store, h.blocks)
	if err != nil {
		return SignedHead{}, err
	}
	last, err := entryAt(ctx, h.log.store, seq)
	if err != nil {
		return SignedHead{}, err
	}
	root, err := tlog.TreeHash(seq, t)
	if err != nil {
		return SignedHead{}, err
	}
	return h.signHead(ctx, caller, access.AuditSign, "",
		Head{Seq: seq, Hash: last.Hash, Root: root, At: h.log.now().UTC().Truncate(time.Second)})
}

// archiveName has the numbers of the first and the last entry in the order of the log.
func archiveName(from, to int64) string { return fmt.Sprintf("audit-%012d-%012d.jsonl.gz", from, to) }

// archiveFile is a file of the archive: JSON lines as in an export, compressed. Each entry names the hash of the one
// before it, and the head has that of the last, so that its signature is over all of them.
type archiveFile struct {
	folder, name string
	from         int64
	prev         string // hash of the entry before the first
	head         SignedHead
}

// write writes the file, all of it or none, and returns its SHA-256 after it was found whole.
func (a archiveFile) write(ctx context.Context, store Store) (sum string, err error) {
	file, err := os.CreateTemp(a.folder, "."+a.name)
	if err != nil {
		return "", archiveUnwritable(err)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	packed := gzip.NewWriter(file)
	err = a.entries(ctx, store, packed)
	if closed := errors.Join(packed.Close(), file.Sync(), file.Close()); err == nil && closed != nil {
		err = archiveUnwritable(closed)
	}
	if err != nil {
		return "", err
	}
	if sum, err = a.check(file.Name()); err != nil {
		return "", err
	}
	if err := os.Rename(file.Name(), filepath.Join(a.folder, a.name)); err != nil {
		return "", archiveUnwritable(err)
	}
	folder, err := os.Open(a.folder)
	if err != nil {
		return "", archiveUnwritable(err)
	}
	return sum, errors.Join(folder.Sync(), folder.Close()) // the name lasts, too
}

func (a archiveFile) entries(ctx context.Context, store Store, w io.Writer) error {
	lines := json.NewEncoder(w)
	err := lines.Encode(exportLine{
		Kind:     lineArchive,
		From:     a.from,
		PrevHash: a.prev,
		At:       &a.head.At,
		Head:     a.head.Note,
		Key:      a.head.Key,
	})
	if err != nil {
		return archiveUnwritable(err)
	}
	n := int64(0)
	for from := a.from; from <= a.head.Seq; from += blockSize {
		entries, err := store.AuditEntries(ctx, from, blockSize)
		if err != nil {
			return err
		}
		for _, e := range entries {
			entry := exportEntry(e)
			if err := lines.Encode(exportLine{Kind: lineEntry, Entry: &entry}); err != nil {
				return archiveUnwritable(err)
			}
			n++
		}
	}
	if err := lines.Encode(exportLine{Kind: lineEnd, Entries: &n}); err != nil {
		return archiveUnwritable(err)
	}
	return nil
}

// check reads the file again.
func (a archiveFile) check(path string) (sum string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", archiveUnwritable(err)
	}
	defer func() { _ = file.Close() }()
	found, err := VerifyArchive(file, a.head.Key, nil)
	if err == nil && (found.From != a.from || found.PrevHash != a.prev || found.Head.Note != a.head.Note) {
		err = exportInvalid("It has other entries than it was made for.")
	}
	if err != nil {
		return "", err
	}
	return sumOf(path)
}

// sumOf is the SHA-256 of a file, as hex.
func sumOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func archiveUnwritable(err error) error {
	return fault.Wrap(err, fault.Unavailable, "audit_archive_unwritable",
		"The archive of the audit log cannot be written, so nothing is let go: look at the folder that "+
			"audit.archive_folder names, at its rights and at its free space.")
}
