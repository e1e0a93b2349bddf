package certs

import (
	"bytes"
	"context"
	"errors"

	"github.com/sealkeeper/sealkeeper/certs/internal/jks"
	"github.com/sealkeeper/sealkeeper/secret"
)

const (
	// MaxFileSize bounds one file, and everything it unpacks to, in bytes. A
	// chain with its key takes some ten thousand.
	MaxFileSize = 1 << 20

	readingCost     = 4   // of a byte, in units of 64: it is unpacked, decoded and parsed
	maxNesting      = 3   // base64 of PEM in a ZIP is three
	maxCertificates = 500 // a trust store of all public CAs has some 150
	maxKeys         = 50
)

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
	Duplicates   []string       // SHA-256 of certificates, or of keys' SPKIs, that were there more than once
	Unusable     []*Error       // keys that were read but cannot be used, next to things that can
}

// Read is [ReadWithin] for a file that nobody waits for: with a budget of its own, and no end but that.
func Read(file File, passphrase secret.Text) (*Contents, error) {
	return ReadWithin(NewBudget(context.Background()), file, passphrase)
}

// ReadWithin reads one file of any supported format: PEM and its damaged forms, DER,
// base64, PKCS#7, PKCS#8, PKCS#12, JKS, or a ZIP of them. The passphrase may be
// absent; it is asked for only when the file is encrypted. It may also be
// several, one per line, of which each is tried: a Java key store and its key
// often have different ones. The budget is shared by all files of one upload. The
// error is an [*Error].
func ReadWithin(budget *Budget, file File, passphrase secret.Text) (*Contents, error) {
	r := &reader{
		passphrases: readPassphrases(passphrase),
		budget:      budget,
		contents:    &Contents{Name: file.Name},
		seen:        map[string]bool{},
	}
	err := r.read(file.Data, 0)
	if err == nil && len(r.contents.Certificates)+len(r.contents.Keys) == 0 {
		err = newError(CodeNotACertificate, nil, "it holds neither a certificate nor a private key.")
		if len(r.contents.Unusable) > 0 {
			err = r.contents.Unusable[0]
		}
	}
	if err != nil {
		return nil, within("%s: %s", file.Name, asError(err))
	}
	return r.contents, nil
}

// asError makes sure that what leaves the package has a code.
func asError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return newError(CodeMalformed, err, "it is damaged; export it again.")
}

// reader collects what a file holds while containers are opened one in another.
type reader struct {
	passphrases passphrases
	budget      *Budget
	unpacked    int // bytes out of archives so far
	keysRead    int
	contents    *Contents
	seen        map[string]bool
}

func (r *reader) read(data []byte, depth int) error {
	switch {
	case len(data) == 0:
		return newError(CodeEmpty, nil, "it is empty; export it again.")
	case len(data) > MaxFileSize:
		return newError(CodeTooLarge, nil,
			"it is larger than 1 MiB; a certificate with its key and chain takes a few kilobytes.")
	case depth > maxNesting:
		return newError(CodeUnsupportedFormat, nil, "it is packed too many times over; unpack it first.")
	}
	if err := r.budget.SpendBytes(readingCost * len(data)); err != nil {
		return tooCostly("it", 0, err)
	}
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return r.readZIP(data, depth)
	case jks.Is(data):
		return r.readJKS(data)
	case binaryStranger(data) != nil:
		return binaryStranger(data)
	case data[0] == 0x30: // a DER SEQUENCE, or the digit zero
		err := r.readDER(data, "")
		if err == nil || !isBase64(data) && !bytes.Contains(data, []byte(pemBegin)) {
			return err
		}
	}
	return r.readText(data, depth)
}

// found reports whether there is anything so far.
func (r *reader) found() bool {
	return len(r.contents.Certificates)+len(r.contents.Keys)+len(r.contents.Unusable) > 0
}

// first reports whether something is met for the first time in this file.
func (r *reader) first(id string) bool {
	if r.seen[id] {
		r.contents.Duplicates = append(r.contents.Duplicates, id)
		return false
	}
	r.seen[id] = true
	return true
}

func (r *reader) addCertificate(c *Certificate) error {
	if !r.first(c.SHA256) {
		return nil
	}
	if len(r.contents.Certificates) == maxCertificates {
		return newError(CodeTooLarge, nil, "it holds more than %d certificates; give only the ones in question.",
			maxCertificates)
	}
	r.contents.Certificates = append(r.contents.Certificates, c)
	return nil
}

func (r *reader) addRaw(ders [][]byte) error {
	for _, raw := range ders {
		c, err := ParseCertificate(raw)
		if err != nil {
			return err
		}
		if err := r.addCertificate(c); err != nil {
			return err
		}
	}
	return nil
}
