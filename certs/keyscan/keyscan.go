// Package keyscan answers one question: does this file hold a private key? It is
// asked of what people attach as evidence, and is against mistakes: who means to
// hide a key can.
package keyscan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/internal/pbe"
	"github.com/sealkeeper/sealkeeper/secret"
)

var (
	// keyText is a private key as PEM (RFC 7468), of OpenPGP (RFC 9580 section 6.2) or of PuTTY.
	keyText = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----|PuTTY-User-Key-File-\d`)
	// jsonKey and jsonPrivate are the parts of a private JSON Web Key (RFC 7517, RFC 7518 section 6).
	jsonKey     = regexp.MustCompile(`"kty"\s*:\s*"(RSA|EC|OKP|oct)"`)
	jsonPrivate = regexp.MustCompile(`"(d|k)"\s*:\s*"[A-Za-z0-9_-]{16,}"`)
)

// ErrCostly means that a file takes too long to examine: it is made so, or holds more encoded files than people attach.
var ErrCostly = errors.New("keyscan: the file takes too long to examine")

// units is what a whole file may cost, in blocks of SHA-256: half a second. Looking once at 5 MB takes 80,000 of them,
// and a key file of Firefox 1.2 million.
const units = 5_000_000

// HoldsKey reports whether a private key can be read in the file, or in what it holds as base64 or hex text, such as an
// attachment. It ends with ctx. Its error is [ErrCostly], and then the file may hold one.
func HoldsKey(ctx context.Context, content []byte) (bool, error) {
	if keyIn(content) {
		return true, nil
	}
	s := scan{budget: pbe.NewBudget(ctx, units)}
	for _, e := range encodings {
		if held, err := s.holdsKey(e, content); held || err != nil {
			return held, err
		}
	}
	return false, nil
}

// keyIn looks for the words first, which is faster than for the expressions.
func keyIn(content []byte) bool {
	has := func(word string) bool { return bytes.Contains(content, []byte(word)) }
	return (has("PRIVATE KEY") || has("PuTTY-User-Key-File-")) && keyText.Match(content) ||
		has(`"kty"`) && jsonKey.Match(content) && jsonPrivate.Match(content)
}

// scan is the examination of one file.
type scan struct{ budget *certs.Budget }

func (s scan) spend(bytes int) error {
	if err := s.budget.SpendBytes(bytes); err != nil {
		return fmt.Errorf("%w: %w", ErrCostly, err)
	}
	return nil
}

// holdsKey looks at what the text encodes: in lines that follow each other, however a
// mail program quotes or indents them, and in single words.
func (s scan) holdsKey(e encoding, content []byte) (bool, error) {
	var run []byte  // lines of nothing else, joined
	var lines []int // where in it each begins
	for line := range bytes.Lines(content) {
		line = bytes.Trim(line, " \t\r\n>|")
		joined := e.joined(line)
		if len(joined) > 1 && e.only(joined) {
			lines, run = append(lines, len(run)), append(run, joined...)
			continue
		}
		if held, err := s.runHoldsKey(e, run, lines); held || err != nil {
			return held, err
		}
		run, lines = run[:0], lines[:0]
		for _, word := range bytes.FieldsFunc(line, func(r rune) bool { return !e.has(r) }) {
			if held, err := s.runHoldsKey(e, word, []int{0}); held || err != nil {
				return held, err
			}
		}
	}
	return s.runHoldsKey(e, run, lines)
}

// keySize bounds what is looked at from where a key may begin, in bytes of text.
const keySize = 64 << 10

func (s scan) runHoldsKey(e encoding, run []byte, lines []int) (bool, error) {
	if len(run) < 32 {
		return false, nil
	}
	if err := s.spend(len(run)); err != nil || keyIn(e.decode(run)) {
		return err == nil, err
	}
	for _, at := range lines {
		from := run[at:min(len(run), at+keySize)]
		if !mayHoldKey(e.decode(from[:min(len(from), 8)])) {
			continue
		}
		if err := s.spend(len(from)); err != nil {
			return false, err
		}
		if held, err := s.keyFile(e.decode(from)); held || err != nil {
			return held, err
		}
	}
	return false, nil
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
func (s scan) keyFile(data []byte) (bool, error) {
	if isKeyStore(data) {
		return true, nil
	}
	if rest, der := cryptobyte.String(data), (cryptobyte.String{}); rest.ReadASN1Element(&der, asn1.SEQUENCE) {
		data = der
	}
	contents, err := certs.ReadWithin(s.budget, certs.File{Name: "evidence", Data: data}, secret.Text{})
	if failure, ok := errors.AsType[*certs.Error](err); ok {
		if failure.Code == certs.CodeTooCostly {
			return false, fmt.Errorf("%w: %w", ErrCostly, err)
		}
		return slices.Contains([]string{
			certs.CodePassphraseNeeded, certs.CodePassphraseWrong, certs.CodeUnsupportedKey,
		}, failure.Code), nil
	}
	return err == nil && len(contents.Keys)+len(contents.Unusable) > 0, nil
}
