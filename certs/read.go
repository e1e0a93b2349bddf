package certs

import (
	"bytes"
	"errors"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs/internal/jks"
	"github.com/sealkeeper/sealkeeper/certs/internal/pbe"
	"github.com/sealkeeper/sealkeeper/secret"
)

const (
	// MaxFileSize bounds one file, and everything it unpacks to, in bytes. A
	// chain with its key takes some ten thousand.
	MaxFileSize = 1 << 20

	maxNesting      = 3   // base64 of PEM in a ZIP is three
	maxCertificates = 500 // a trust store of all public CAs has some 150
	maxKeys         = 50
	maxPassphrases  = 8
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

// Read reads one file of any supported format: PEM and its damaged forms, DER,
// base64, PKCS#7, PKCS#8, PKCS#12, JKS, or a ZIP of them. The passphrase may be
// absent; it is asked for only when the file is encrypted. It may also be
// several, one per line, of which each is tried: a Java key store and its key
// often have different ones. The error is an [*Error].
func Read(file File, passphrase secret.Text) (*Contents, error) {
	r := &reader{
		passphrases: candidates(passphrase),
		asked:       passphrase.Empty(),
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
		e := asError(err)
		return nil, newError(e.Code, e, "%s: %s", file.Name, e.Message)
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

// candidates are the passphrases to try, in order. The empty one comes last: it
// opens more files than one would like.
func candidates(passphrase secret.Text) []string {
	var all []string
	for line := range strings.Lines(passphrase.Reveal()) {
		line = strings.TrimRight(line, "\r\n")
		if line != "" && len(all) < maxPassphrases {
			all = append(all, line)
		}
	}
	return append(all, "")
}

// reader collects what a file holds while containers are opened one in another.
type reader struct {
	passphrases []string
	asked       bool // no passphrase was given: say that one is needed, not that it is wrong
	budget      pbe.Budget
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
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return r.readZIP(data, depth)
	case jks.Is(data):
		return r.readJKS(data)
	case data[0] == 0x30: // a DER SEQUENCE, or the digit zero
		err := r.readDER(data, "")
		if err == nil || !isBase64(data) && !bytes.Contains(data, []byte(pemBegin)) {
			return err
		}
	}
	return r.readText(data, depth)
}

// unlock tries the passphrases on something encrypted. what names it in a
// sentence: "this PKCS#12".
func (r *reader) unlock(what string, open func(passphrase string) error) error {
	err := open(r.passphrases[0])
	for _, p := range r.passphrases[1:] {
		if !errors.Is(err, pbe.ErrPassphrase) {
			break
		}
		if next := open(p); !errors.Is(next, pbe.ErrCostly) { // no work left to try more is no fault of the file
			err = next
		}
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pbe.ErrPassphrase) && r.asked:
		return newError(CodePassphraseNeeded, err, "%s needs its passphrase.", what)
	case errors.Is(err, pbe.ErrPassphrase):
		return newError(CodePassphraseWrong, err, "the passphrase does not open %s.", what)
	case errors.Is(err, pbe.ErrCostly):
		return newError(CodeTooCostly, err,
			"%s asks for more key derivation work than is accepted; export it with the usual settings.", what)
	case errors.Is(err, pbe.ErrUnsupported):
		return newError(CodeUnsupportedFormat, err,
			"%s is encrypted in a way that is not supported; export it with AES-256.", what)
	}
	return err
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
