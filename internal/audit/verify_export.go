package audit

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sealkeeper/sealkeeper/fault"
)

// VerifiedExport is what an export says that is whole.
type VerifiedExport struct {
	Objects []string
	Entries int64
	Head    SignedHead // the log that every entry was in
}

// maxLine bounds a line of an export. An entry has texts of a few kilobytes at most.
const maxLine = 1 << 20

// VerifyExport reads the file of an export and needs nothing else: neither database nor service. Every entry's hash has
// to fit its fields, and every entry has to be in the log that the head is of, whose signature has to be key's; with an
// empty key it is the file's own, which proves no more than that the file is whole. That no entry was left out it
// cannot show.
func VerifyExport(file io.Reader, key string) (VerifiedExport, error) {
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	line, err := nextLine(lines)
	if err != nil {
		return VerifiedExport{}, err
	}
	if line.Kind != lineBegin || len(line.Objects) == 0 {
		return VerifiedExport{}, exportInvalid("It does not begin as an export does.")
	}
	if key == "" {
		key = line.Key
	}
	found := VerifiedExport{Objects: line.Objects}
	if found.Head, err = OpenHead(line.Head, key); err != nil {
		return found, err
	}
	for {
		if line, err = nextLine(lines); err != nil {
			return found, err
		}
		switch {
		case line.Kind == lineEntry && line.Entry != nil:
			if err := found.check(Entry(*line.Entry), line.Proof); err != nil {
				return found, err
			}
			found.Entries++
		case line.Kind == lineEnd && line.Entries != nil:
			if *line.Entries != found.Entries {
				return found, exportInvalid("It has %d entries and says that it has %d.", found.Entries, *line.Entries)
			}
			if lines.Scan() {
				return found, exportInvalid("Something comes after its end.")
			}
			return found, lines.Err()
		default:
			return found, exportInvalid("A line of it is neither an entry nor its end.")
		}
	}
}

func (v *VerifiedExport) check(e Entry, proof tlog.RecordProof) error {
	leaf, err := leafOf(e)
	switch {
	case err != nil || e.digest() != e.Hash:
		return exportInvalid("Entry %d was changed: its hash does not fit.", e.Seq)
	case !slices.Contains(v.Objects, e.Object):
		return exportInvalid("Entry %d is about something else.", e.Seq)
	case e.Seq < 1 || e.Seq > v.Head.Seq ||
		tlog.CheckRecord(proof, v.Head.Seq, v.Head.Root, e.Seq-1, leaf) != nil:
		return exportInvalid("Entry %d is not in the log that the head is of.", e.Seq)
	}
	return nil
}

func nextLine(lines *bufio.Scanner) (line exportLine, err error) {
	if !lines.Scan() {
		if errors.Is(lines.Err(), bufio.ErrTooLong) || lines.Err() == nil {
			return line, exportInvalid("It was cut off.")
		}
		return line, lines.Err()
	}
	if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
		return line, exportInvalid("A line of it is no JSON.")
	}
	return line, nil
}

func exportInvalid(format string, args ...any) error {
	return fault.New(fault.Invalid, "export_invalid", "The export is not whole: "+format, args...)
}
