package audit

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
)

// VerifiedArchive is what a file of the archive says that is whole: the entries From to Head.Seq.
type VerifiedArchive struct {
	From     int64
	PrevHash string // hash of the entry before the first
	Entries  int64
	Head     SignedHead // of the log when its newest entry was the last of these
}

// IsArchive reports whether a file begins as those of the archive do.
func IsArchive(beginning []byte) bool {
	return len(beginning) > 1 && beginning[0] == 0x1f && beginning[1] == 0x8b // gzip
}

// VerifyArchive reads a file of the archive and needs nothing else: neither database nor service. Every entry has to
// follow from the one before it, and the last one has to be the head's, whose signature has to be key's; with an empty
// key it is the file's own, which proves no more than that the file is whole. visit is called with each entry, and may
// be nil.
func VerifyArchive(file io.Reader, key string, visit func(Entry)) (VerifiedArchive, error) {
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return VerifiedArchive{}, exportInvalid("It is not compressed as files of the archive are.")
	}
	lines := bufio.NewScanner(unpacked)
	lines.Buffer(nil, maxLine)
	line, err := nextLine(lines)
	if err != nil {
		return VerifiedArchive{}, err
	}
	if line.Kind != lineArchive || line.From < 1 {
		return VerifiedArchive{}, exportInvalid("It does not begin as a file of the archive does.")
	}
	if key == "" {
		key = line.Key
	}
	found := VerifiedArchive{From: line.From, PrevHash: line.PrevHash}
	if found.Head, err = OpenHead(line.Head, key); err != nil {
		return found, err
	}
	return found, found.entries(lines, visit)
}

func (v *VerifiedArchive) entries(lines *bufio.Scanner, visit func(Entry)) error {
	prev := Entry{Seq: v.From - 1, Hash: v.PrevHash}
	for {
		line, err := nextLine(lines)
		switch {
		case err != nil:
			return err
		case line.Kind == lineEnd && line.Entries != nil:
			if *line.Entries != v.Entries || prev.Seq != v.Head.Seq || prev.Hash != v.Head.Hash {
				return exportInvalid("Its last entry is not the one that the head is of.")
			}
			if lines.Scan() || lines.Err() != nil {
				return exportInvalid("Something comes after its end.")
			}
			return nil
		case line.Kind != lineEntry || line.Entry == nil:
			return exportInvalid("A line of it is neither an entry nor its end.")
		}
		e := Entry(*line.Entry)
		if broken := breakBetween(prev, e); broken != nil {
			return exportInvalid("Entry %d is broken: %s.", broken.Seq, broken.Reason)
		}
		if prev = e; visit != nil {
			visit(e)
		}
		v.Entries++
	}
}

// VerifyArchives verifies the files of the archive in a folder one after the other, from the first entry of the log
// on, and returns what the last one says. A file gets its name before the log has an entry about it: after a crash in
// between, another one begins where it does and has more. Of those that begin with the same entry the longest counts.
func VerifyArchives(folder, key string, visit func(Entry)) (last VerifiedArchive, err error) {
	names, err := archiveNames(folder)
	if err != nil {
		return last, err
	}
	last.Head.Hash = GenesisHash
	for i, name := range names {
		from := name[:strings.LastIndex(name, "-")+1]
		if i+1 < len(names) && strings.HasPrefix(names[i+1], from) {
			continue // the next one has all of it
		}
		found, err := verifyFile(name, key, visit)
		switch {
		case err != nil:
			return last, fmt.Errorf("%s: %w", filepath.Base(name), err)
		case found.From != last.Head.Seq+1 || found.PrevHash != last.Head.Hash:
			return last, archiveGap(last.Head.Seq + 1)
		}
		last = found
	}
	if last.Head.Seq == 0 {
		return last, archiveGap(1)
	}
	return last, nil
}

// archiveNames are the paths of the files of an archive, in the order of the log.
func archiveNames(folder string) ([]string, error) {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil, fault.New(fault.Invalid, "audit_archive_unknown",
			"There is no folder %s: name the one of audit.archive_folder.", folder)
	}
	names, err := filepath.Glob(filepath.Join(folder, "audit-*.jsonl.gz"))
	slices.Sort(names)
	return names, err
}

// Archived reports whether there is something of an archive: a file in the folder, or an entry of the log about one.
func (l *Log) Archived(ctx context.Context, folder string) (bool, error) {
	names, err := archiveNames(folder)
	if err != nil || len(names) > 0 {
		return true, err
	}
	newest, err := newestArchive(ctx, l.store)
	return newest.To > 0, err
}

func verifyFile(name, key string, visit func(Entry)) (VerifiedArchive, error) {
	file, err := os.Open(name)
	if err != nil {
		return VerifiedArchive{}, err
	}
	defer func() { _ = file.Close() }()
	return VerifyArchive(file, key, visit)
}

// Continues reports whether the log in the database goes on behind the last entry of an archive: it has that entry
// still, or the one after it, which names its hash.
func (l *Log) Continues(ctx context.Context, end Head) error {
	entries, err := l.store.AuditEntries(ctx, end.Seq, 1)
	if err != nil {
		return err
	}
	if len(entries) == 1 {
		e := entries[0]
		if e.Seq == end.Seq && e.Hash == end.Hash || e.Seq == end.Seq+1 && e.PrevHash == end.Hash {
			return nil
		}
	}
	return archiveGap(end.Seq + 1)
}

// archiveGap says behind which entry the archive, or the log behind it, has a gap.
func archiveGap(seq int64) error {
	return fault.New(fault.Invalid, "audit_archive_gap",
		"Entry %d is missing behind what is in the archive, or does not follow from the one before it.", seq)
}
