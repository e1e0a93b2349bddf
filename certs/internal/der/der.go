// Package der reads DER as a tree of elements that need not make sense. Files in
// the wild break their own schemas; they are read as elements first and
// understood afterwards.
package der

import (
	"crypto/x509"
	"errors"
	"math/big"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// Node is one element.
type Node struct {
	Full   []byte // with tag and length
	Tag    asn1.Tag
	header uint8 // bytes of tag and length
}

// Body returns the content, nil for the zero Node.
func (n Node) Body() []byte { return n.Full[n.header:] }

// ErrSyntax is any fault in the encoding.
var ErrSyntax = errors.New("not valid DER")

// Read reads exactly one element that fills der.
func Read(der []byte) (Node, error) {
	kids, err := ReadAll(der)
	if err != nil || len(kids) != 1 {
		return Node{}, ErrSyntax
	}
	return kids[0], nil
}

// maxElements bounds the elements in one other, because a reader holds them all
// at once: a few bytes of input would otherwise become many of memory.
const maxElements = 4096

// ReadAll reads der as a run of elements. Lengths may be longer than they need
// be, which DER forbids and some issuers write.
func ReadAll(der []byte) ([]Node, error) {
	nodes := make([]Node, 0, 4)
	for rest := der; len(rest) > 0; {
		h, body, err := readHeader(rest)
		if err != nil || h.length < 0 || len(nodes) == maxElements {
			return nil, ErrSyntax
		}
		header := len(rest) - len(body)
		nodes = append(nodes, Node{Full: rest[:header+h.length], Tag: h.tag, header: uint8(header)})
		rest = body[h.length:]
	}
	return nodes, nil
}

// Children reads the elements inside a constructed element; none when it is
// primitive or damaged.
func (n Node) Children() []Node {
	if n.Tag&0x20 == 0 {
		return nil
	}
	kids, err := ReadAll(n.Body())
	if err != nil {
		return nil
	}
	return kids
}

// OID returns the dotted form of an OBJECT IDENTIFIER.
func (n Node) OID() (string, bool) {
	if n.Tag != asn1.OBJECT_IDENTIFIER {
		return "", false
	}
	return dotted(n.Body())
}

// dotted decodes base-128 arcs, of which the first holds two (X.690 clause 8.19).
func dotted(body []byte) (string, bool) {
	if len(body) == 0 || body[len(body)-1]&0x80 != 0 {
		return "", false
	}
	text := make([]byte, 0, 32)
	var arc uint64
	for _, c := range body {
		if arc == 0 && c == 0x80 {
			return "", false // a leading zero
		}
		if arc >= 1<<57 {
			return longDotted(body)
		}
		arc = arc<<7 | uint64(c&0x7f)
		if c&0x80 != 0 {
			continue
		}
		if len(text) == 0 {
			first := min(arc/40, 2)
			text = append(text, byte('0'+first))
			arc -= 40 * first
		}
		text = append(text, '.')
		text = strconv.AppendUint(text, arc, 10)
		arc = 0
	}
	return string(text), true
}

// longDotted decodes arcs of any size, as in identifiers made from UUIDs.
func longDotted(body []byte) (string, bool) {
	var oid x509.OID
	if err := oid.UnmarshalBinary(body); err != nil {
		return "", false
	}
	return oid.String(), true
}

const (
	tagNumericString   = asn1.Tag(18)
	tagVisibleString   = asn1.Tag(26)
	tagUniversalString = asn1.Tag(28)
	tagBMPString       = asn1.Tag(30)
)

// Text decodes any of the ASN.1 string types to UTF-8.
func (n Node) Text() (string, bool) {
	switch n.Tag {
	case asn1.UTF8String, asn1.PrintableString, asn1.IA5String, tagNumericString, tagVisibleString:
		if utf8.Valid(n.Body()) {
			return string(n.Body()), true
		}
		return Latin1(n.Body()), true
	case asn1.T61String:
		return Latin1(n.Body()), true
	case tagBMPString:
		return utf16String(n.Body()), true
	case tagUniversalString:
		return utf32String(n.Body()), true
	}
	return "", false
}

// Latin1 decodes ISO 8859-1, which never fails: for strings that should be ASCII.
func Latin1(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

func utf16String(b []byte) string {
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, uint16(b[0])<<8|uint16(b[1]))
	}
	return string(utf16.Decode(units))
}

func utf32String(b []byte) string {
	runes := make([]rune, 0, len(b)/4)
	for ; len(b) >= 4; b = b[4:] {
		runes = append(runes, rune(b[0])<<24|rune(b[1])<<16|rune(b[2])<<8|rune(b[3]))
	}
	return string(runes)
}

// Integer reads a two's complement INTEGER of any size; the body of any other
// element is read the same way.
func (n Node) Integer() *big.Int {
	v := new(big.Int).SetBytes(n.Body())
	if len(n.Body()) > 0 && n.Body()[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(len(n.Body()))*8))
	}
	return v
}

// Int reads a small INTEGER; ok is false when it is something else.
func (n Node) Int() (v int, ok bool) {
	if n.Tag != asn1.INTEGER || len(n.Body()) == 0 || len(n.Body()) > 4 {
		return 0, false
	}
	return int(n.Integer().Int64()), true
}

// Context is a primitive context-specific tag.
func Context(number int) asn1.Tag { return asn1.Tag(number).ContextSpecific() }

// Constructed is a constructed context-specific tag.
func Constructed(number int) asn1.Tag { return asn1.Tag(number).ContextSpecific().Constructed() }
