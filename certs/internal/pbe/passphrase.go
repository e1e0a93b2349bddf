package pbe

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// Passphrase is a passphrase in the forms in which the formats hash it.
type Passphrase struct {
	text string
	none bool
}

// None is no passphrase at all. PKCS#12 hashes nothing for it, and for the empty one the zero that ends every text:
// Windows writes the one, OpenSSL and Java the other.
var None = Passphrase{none: true}

// NewPassphrase takes a text. Bytes that are no UTF-8 are taken as they are where a format hashes bytes, and as
// ISO 8859-1 where it hashes characters.
func NewPassphrase(text string) Passphrase { return Passphrase{text: text} }

// Empty reports whether there is no character in it.
func (p Passphrase) Empty() bool { return p.text == "" }

// bytes are what PKCS#5 and traditional PEM hash.
func (p Passphrase) bytes() []byte { return []byte(p.text) }

// bmp is what PKCS#12 hashes: UTF-16 with a final zero (RFC 7292 appendix B.1).
func (p Passphrase) bmp() []byte {
	if p.none {
		return nil
	}
	return append(p.UTF16(), 0, 0)
}

// UTF16 is what Java key stores hash: UTF-16 units, high byte first.
func (p Passphrase) UTF16() []byte {
	runes := []rune(p.text)
	if !utf8.ValidString(p.text) {
		runes = runes[:0]
		for _, b := range []byte(p.text) {
			runes = append(runes, rune(b))
		}
	}
	units := utf16.Encode(runes)
	out := make([]byte, 0, 2*len(units)+2)
	for _, u := range units {
		out = binary.BigEndian.AppendUint16(out, u)
	}
	return out
}
