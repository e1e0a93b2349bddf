package certs

import (
	"bytes"
	"errors"

	"github.com/sealkeeper/sealkeeper/internal/secret"
)

// MaxFileSize bounds one file, and everything it unpacks to, in bytes. A chain
// with its key takes some ten thousand.
const MaxFileSize = 1 << 20

// File is one file as it came.
type File struct {
	Name string
	Data []byte
}

// Contents is what one file holds.
type Contents struct {
	Name         string
	Certificates []*Certificate // in file order, each once
	Keys         []*PrivateKey  // in file order, each once
	Duplicates   []string       // SHA-256 of certificates and keys that were there more than once
}

// Read reads one file of any supported format. The passphrase may be absent; it
// is asked for only when the file is encrypted. Its error is an [*Error].
func Read(file File, passphrase secret.Text) (*Contents, error) {
	switch {
	case len(file.Data) == 0:
		return nil, newError(CodeEmpty, nil, "%s is empty; export it again.", file.Name)
	case len(file.Data) > MaxFileSize:
		return nil, newError(CodeTooLarge, nil, "%s is larger than 1 MiB; a certificate with its key and chain takes a few kilobytes.", file.Name)
	}
	r := &reader{passphrase: passphrase, contents: &Contents{Name: file.Name}}
	if err := r.read(file.Data); err != nil {
		var e *Error
		if !errors.As(err, &e) {
			e = newError(CodeMalformed, err, "it cannot be read.")
		}
		return nil, newError(e.Code, e, "%s: %s", file.Name, e.Message)
	}
	return r.contents, nil
}

// reader collects what a file holds while containers are opened one in another.
type reader struct {
	passphrase secret.Text
	contents   *Contents
	seen       map[string]bool
}

func (r *reader) read(data []byte) error {
	if bytes.Contains(data, []byte("-----BEGIN")) {
		return r.readPEM(data)
	}
	return r.readDER(data)
}

// add keeps every certificate and key once and names the repeated ones.
func (r *reader) first(id string) bool {
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	if r.seen[id] {
		r.contents.Duplicates = append(r.contents.Duplicates, id)
		return false
	}
	r.seen[id] = true
	return true
}

func (r *reader) addCertificate(der []byte) error {
	c, err := ParseCertificate(der)
	if err != nil {
		return err
	}
	if r.first(c.SHA256) {
		r.contents.Certificates = append(r.contents.Certificates, c)
	}
	return nil
}

func (r *reader) addKey(k *PrivateKey) {
	if r.first(k.SPKISHA256()) {
		r.contents.Keys = append(r.contents.Keys, k)
	}
}
