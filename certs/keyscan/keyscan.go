// Package keyscan answers one question: does this file hold a private key? It is
// asked of what people attach as evidence, and is against mistakes: who means to
// hide a key can.
package keyscan

import (
	"bytes"
	"errors"
	"regexp"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/secret"
)

var (
	// keyText is a private key as PEM (RFC 7468), of OpenPGP (RFC 9580 section 6.2) or of PuTTY.
	keyText = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----|PuTTY-User-Key-File-\d`)
	// jsonKey and jsonPrivate are the parts of a private JSON Web Key (RFC 7517, RFC 7518 section 6).
	jsonKey     = regexp.MustCompile(`"kty"\s*:\s*"(RSA|EC|OKP|oct)"`)
	jsonPrivate = regexp.MustCompile(`"(d|k)"\s*:\s*"[A-Za-z0-9_-]{16,}"`)
)

// HoldsKey reports whether a private key can be read in the file, or in what it
// holds as base64 or hex text, such as an attachment.
func HoldsKey(content []byte) bool {
	return keyIn(content) || slices.ContainsFunc(encodings, func(e encoding) bool { return e.holdsKey(content) })
}

func keyIn(content []byte) bool {
	return keyText.Match(content) || (jsonKey.Match(content) && jsonPrivate.Match(content))
}

// holdsKey looks at what the text encodes: in lines that follow each other, however a
// mail program quotes or indents them, and in single words.
func (e encoding) holdsKey(content []byte) bool {
	var run []byte  // lines of nothing else, joined
	var lines []int // where in it each begins
	for line := range bytes.Lines(content) {
		line = bytes.Trim(line, " \t\r\n>|")
		joined := e.joined(line)
		if len(joined) > 1 && e.only(joined) {
			lines, run = append(lines, len(run)), append(run, joined...)
			continue
		}
		if e.runHoldsKey(run, lines) {
			return true
		}
		run, lines = run[:0], lines[:0]
		for _, word := range bytes.FieldsFunc(line, func(r rune) bool { return !e.has(r) }) {
			if e.runHoldsKey(word, []int{0}) {
				return true
			}
		}
	}
	return e.runHoldsKey(run, lines)
}

// keySize bounds what is looked at from where a key may begin, in bytes of text.
const keySize = 64 << 10

func (e encoding) runHoldsKey(run []byte, lines []int) bool {
	if len(run) < 32 {
		return false
	}
	if keyIn(e.decode(run)) {
		return true
	}
	return slices.ContainsFunc(lines, func(at int) bool {
		run := run[at:min(len(run), at+keySize)]
		return mayHoldKey(e.decode(run[:min(len(run), 8)])) && keyFile(e.decode(run))
	})
}

// keyStores is how files begin that are there to carry keys: the two kinds of Java key store.
var keyStores = [][]byte{{0xfe, 0xed, 0xfe, 0xed}, {0xce, 0xce, 0xce, 0xce}}

// mayHoldKey knows a file by its first four bytes: a key store, a ZIP archive, a DER SEQUENCE.
func mayHoldKey(begin []byte) bool {
	return isKeyStore(begin) || bytes.HasPrefix(begin, []byte("PK\x03\x04")) ||
		(len(begin) > 1 && begin[0] == 0x30 && begin[1] <= 0x83)
}

func isKeyStore(begin []byte) bool {
	return slices.ContainsFunc(keyStores, func(magic []byte) bool { return bytes.HasPrefix(begin, magic) })
}

// keyFile reports whether data is a key store, a file that certs finds a private key in, or
// one that needs a passphrase, as only what holds a key does. What follows its end is left out.
func keyFile(data []byte) bool {
	if isKeyStore(data) {
		return true
	}
	if rest, der := cryptobyte.String(data), (cryptobyte.String{}); rest.ReadASN1Element(&der, asn1.SEQUENCE) {
		data = der
	}
	contents, err := certs.Read(certs.File{Name: "evidence", Data: data}, secret.Text{})
	if failure, ok := errors.AsType[*certs.Error](err); ok {
		return slices.Contains([]string{
			certs.CodePassphraseNeeded, certs.CodePassphraseWrong, certs.CodeTooCostly, certs.CodeUnsupportedKey,
		}, failure.Code)
	}
	return err == nil && len(contents.Keys)+len(contents.Unusable) > 0
}
