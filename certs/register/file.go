package register

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path"
	"strings"
	"time"
)

// How says how a file is read, and what of it is taken.
type How struct {
	Layout *Layout // of a table; nil: it is the EBA's register
	// Wants reports whether somebody asks for an authority ("FR-ACPR"), and then for the key of an entry.
	Wants func(key string) bool
	Now   time.Time
}

// Read reads a file, packed as ZIP or not. Its error is a [*Refusal], or that of the file.
func Read(file io.ReaderAt, size int64, how How) (Result, error) {
	if size > MaxBytes {
		return Result{}, refuse(Oversized, "the file is larger than is read")
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(file, 0, size)); err != nil {
		return Result{}, err
	}
	result, err := read(file, size, how)
	if err != nil {
		return Result{}, err
	}
	if result.Count == 0 {
		return Result{}, refuse(Empty, "no entry")
	}
	result.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return result, nil
}

func read(file io.ReaderAt, size int64, how How) (Result, error) {
	begins := make([]byte, min(4, size))
	if _, err := file.ReadAt(begins, 0); err != nil && !errors.Is(err, io.EOF) {
		return Result{}, err
	}
	if string(begins) == "PK\x03\x04" {
		return unpack(file, size, how)
	}
	return content(io.NewSectionReader(file, 0, size), how)
}

// content reads what is packed, or was not.
func content(r io.Reader, how How) (Result, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	if begins, _ := b.Peek(3); bytes.Equal(begins, []byte("\xef\xbb\xbf")) {
		_, _ = b.Discard(3)
	}
	begins, err := b.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return Result{}, packed(err)
	}
	if begins = bytes.TrimSpace(begins); len(begins) > 0 && begins[0] == '<' {
		return Result{}, refuse(WebPage, "it begins like a web page")
	}
	if how.Layout == nil {
		return readEBA(b, how.Wants)
	}
	return how.Layout.read(b, how)
}

// unpack reads the one file in an archive that can be a register. A checksum beside it has to be its own.
func unpack(file io.ReaderAt, size int64, how How) (Result, error) {
	archive, err := openArchive(file, size)
	if err != nil {
		return Result{}, err
	}
	extension := ".json"
	if how.Layout != nil {
		extension = ".csv"
	}
	var member *zip.File
	for _, f := range archive.File {
		if strings.HasPrefix(f.Name, "xl/") {
			return Result{}, refuse(Spreadsheet, f.Name)
		}
		if strings.EqualFold(path.Ext(f.Name), extension) && !f.FileInfo().IsDir() {
			if member != nil {
				return Result{}, refuse(Malformed, "more than one "+extension+" file in the archive")
			}
			member = f
		}
	}
	switch {
	case member == nil:
		return Result{}, refuse(Malformed, "no "+extension+" file in the archive")
	case member.UncompressedSize64 > MaxBytes:
		return Result{}, refuse(Oversized, "the unpacked file is larger than is read")
	}
	expected, err := published(archive, member.Name)
	if err != nil {
		return Result{}, err
	}
	opened, err := member.Open()
	if err != nil {
		return Result{}, packed(err)
	}
	defer opened.Close() //nolint:errcheck // it was read
	sum := sha256.New()
	through := io.TeeReader(opened, sum) // archive/zip ends where the archive says, and compares the CRC there
	result, err := content(through, how)
	if err != nil {
		return Result{}, packed(err)
	}
	if _, err := io.Copy(io.Discard, through); err != nil {
		return Result{}, packed(err)
	}
	if expected != "" && expected != hex.EncodeToString(sum.Sum(nil)) {
		return Result{}, refuse(Checksum, "the file in the archive is not what its checksum says")
	}
	return result, nil
}

// published is the checksum beside a file in an archive; empty: there is none.
func published(archive *zip.Reader, name string) (string, error) {
	for _, f := range archive.File {
		if !strings.EqualFold(path.Ext(f.Name), ".sha256") {
			continue
		}
		opened, err := f.Open()
		if err != nil {
			return "", packed(err)
		}
		text, err := io.ReadAll(io.LimitReader(opened, 4<<10))
		_ = opened.Close()
		if err != nil {
			return "", packed(err)
		}
		fields := strings.Fields(string(text))
		if len(fields) == 0 || len(fields[0]) != hex.EncodedLen(sha256.Size) {
			return "", refuse(Checksum, "the checksum of "+name+" cannot be read")
		}
		return strings.ToLower(fields[0]), nil
	}
	return "", nil
}

// packed is an error of an archive.
func packed(err error) error {
	switch {
	case errors.As(err, new(*Refusal)):
		return err
	case errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrAlgorithm):
		return refuse(Malformed, err.Error())
	case errors.Is(err, io.ErrUnexpectedEOF):
		return refuse(Truncated, err.Error())
	}
	return refuse(Malformed, err.Error())
}
