package certs

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs/internal/jks"
)

const maxArchiveFiles = 100

// readZIP reads every file of an archive that is a certificate or key. Others,
// such as the issuer's instructions, are passed over.
func (r *reader) readZIP(data []byte, depth int) error {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return newError(CodeMalformed, err, "this ZIP archive is damaged; get it again.")
	}
	if len(archive.File) > maxArchiveFiles {
		return newError(CodeTooLarge, nil,
			"this ZIP archive holds more than %d files; pack only the certificates and keys.", maxArchiveFiles)
	}
	for _, f := range archive.File {
		if f.FileInfo().IsDir() || strings.HasPrefix(f.Name, "__MACOSX/") || strings.HasPrefix(path.Base(f.Name), ".") {
			continue
		}
		if err := r.readZIPFile(f, depth); err != nil {
			e := asError(err)
			return newError(e.Code, e, "%s in it: %s", printable(f.Name), e.Message)
		}
	}
	return nil
}

func (r *reader) readZIPFile(f *zip.File, depth int) error {
	if f.Flags&1 != 0 {
		return newError(CodeUnsupportedFormat, nil, "this archive is encrypted; unpack it first.")
	}
	opened, err := f.Open()
	if err != nil {
		return newError(CodeMalformed, err, "this archive is damaged or packed in an unusual way; unpack it first.")
	}
	defer func() { _ = opened.Close() }() // nothing is written
	left := MaxFileSize - r.unpacked
	data, err := io.ReadAll(io.LimitReader(opened, int64(left)+1))
	if err != nil {
		return newError(CodeMalformed, err, "this archive is damaged; get it again.")
	}
	if len(data) > left {
		return newError(CodeTooLarge, nil,
			"the archive unpacks to more than 1 MiB; pack only the certificates and keys.")
	}
	r.unpacked += len(data)
	err = r.read(data, depth+1)
	var e *Error
	if errors.As(err, &e) && (e.Code == CodeNotACertificate || e.Code == CodeEmpty || isIgnorable(err)) {
		return nil
	}
	return err
}

// printable keeps control characters in file names away from terminals.
func printable(name string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x20 || c == 0x7f {
			return '?'
		}
		return c
	}, name)
}

func (r *reader) readJKS(data []byte) error {
	store, err := jks.Read(data)
	if err != nil {
		return newError(CodeMalformed, err,
			"this Java key store is damaged or holds entries that are neither certificates nor private keys.")
	}
	if err := r.unlock("this Java key store", store.Verify); err != nil {
		return err
	}
	if err := r.addRaw(store.Certificates); err != nil {
		return err
	}
	for _, k := range store.Keys {
		err := r.unlock("key "+printable(k.Alias)+" in this Java key store", func(passphrase string) error {
			plain, err := k.Open(passphrase, &r.budget)
			if err != nil {
				return err
			}
			return r.readDecryptedKey(plain)
		})
		var e *Error
		if errors.As(err, &e) && e.Code == CodePassphraseWrong {
			return newError(e.Code, e,
				"the store opens, but its key %s has a passphrase of its own: give both, one per line.",
				printable(k.Alias))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
