package register

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// maxDirectory bounds what is read of an archive before its members are known, in bytes: its end twice, and the
// directory. 64 members with long names need less.
const maxDirectory = 256 << 10

// openArchive reads the directory of an archive. archive/zip has memory for as many members as the archive says that
// there are, and reads records for as long as there are some, whatever the archive says: neither is left to it.
func openArchive(file io.ReaderAt, size int64) (*zip.Reader, error) {
	members, err := declared(file, size)
	if err != nil {
		return nil, err
	}
	if members > maxMembers {
		return nil, tooManyMembers()
	}
	rationed := &rationedReaderAt{ReaderAt: file, left: maxDirectory}
	archive, err := zip.NewReader(rationed, size)
	switch {
	case errors.As(err, new(*Refusal)):
		return nil, err
	case err != nil:
		return nil, refuse(Truncated, err.Error())
	case len(archive.File) > maxMembers:
		return nil, tooManyMembers()
	}
	rationed.open = true
	return archive, nil
}

func tooManyMembers() error { return refuse(Malformed, "more files in the archive than are looked at") }

// What an archive ends with (APPNOTE.TXT, 4.3.14 to 4.3.16).
const (
	endLen       = 22
	locatorLen   = 20
	zip64EndLen  = 56
	endSearched  = 65 << 10 // bytes, as archive/zip does: a comment may follow
	endMark      = "PK\x05\x06"
	locatorMark  = "PK\x06\x07"
	zip64EndMark = "PK\x06\x06"
)

// declared is how many members an archive says that it has, by whichever of its ends says more.
func declared(file io.ReaderAt, size int64) (uint64, error) {
	tail := make([]byte, min(endSearched+locatorLen, size))
	if _, err := file.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	end := bytes.LastIndex(tail[:max(0, len(tail)-endLen+len(endMark))], []byte(endMark))
	if end < 0 {
		return 0, refuse(Truncated, "the archive has no end")
	}
	members := uint64(binary.LittleEndian.Uint16(tail[end+10:]))
	if end < locatorLen || string(tail[end-locatorLen:][:4]) != locatorMark {
		return members, nil
	}
	at := binary.LittleEndian.Uint64(tail[end-locatorLen+8:])
	if at > uint64(size) || uint64(size)-at < zip64EndLen {
		return members, nil // archive/zip says what is wrong with it
	}
	large := make([]byte, zip64EndLen)
	if _, err := file.ReadAt(large, int64(at)); err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	if string(large[:4]) == zip64EndMark {
		members = max(members, binary.LittleEndian.Uint64(large[32:]))
	}
	return members, nil
}

// rationedReaderAt gives so much of a file, and no more until it is open.
type rationedReaderAt struct {
	io.ReaderAt

	left int
	open bool
}

// ReadAt implements io.ReaderAt.
func (r *rationedReaderAt) ReadAt(p []byte, at int64) (int, error) {
	if !r.open {
		if r.left -= len(p); r.left < 0 {
			return 0, refuse(Malformed, "the archive's directory is larger than is read")
		}
	}
	return r.ReaderAt.ReadAt(p, at)
}
