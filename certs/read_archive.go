package certs

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs/internal/jks"
	"github.com/sealkeeper/sealkeeper/certs/internal/pbe"
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
	var alone error
	for _, f := range archive.File {
		if f.FileInfo().IsDir() || strings.HasPrefix(f.Name, "__MACOSX/") || strings.HasPrefix(path.Base(f.Name), ".") {
			continue
		}
		err := r.readZIPFile(f, depth)
		if passedOver(err) {
			alone = cmp.Or(alone, err)
			continue
		}
		if err != nil {
			inner := asError(err)
			outer := within("%s in it: %s", printable(f.Name), inner)
			outer.Args = inner.Args // so that they are the same in an archive and without
			return outer
		}
	}
	if r.found() {
		return nil
	}
	return alone
}

// passedOver reports whether a file of an archive is none of the certificates and keys.
func passedOver(err error) bool {
	if err == nil {
		return false
	}
	e := asError(err)
	return e.aside || e.Code == CodeNotACertificate || e.Code == CodeEmpty
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
	return r.read(data, depth+1)
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
	if err := r.unlock("this Java key store", func(p pbe.Passphrase) error {
		return store.Verify(p, r.budget)
	}); err != nil {
		return err
	}
	if err := r.addRaw(store.Certificates); err != nil {
		return err
	}
	for _, k := range store.Keys {
		err := r.unlock("key "+printable(k.Alias)+" in this Java key store", func(p pbe.Passphrase) error {
			plain, err := k.Open(p, r.budget)
			if err != nil {
				return err
			}
			return r.readDecryptedKey(plain)
		})
		if e, ok := errors.AsType[*Error](err); ok && e.Code == CodePassphraseWrong {
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
