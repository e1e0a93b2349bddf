package certs

import (
	"crypto/x509"
	"errors"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// node is one DER element. Certificates in the wild break their own schemas, so
// they are read as elements first and understood afterwards.
type node struct {
	tag  asn1.Tag
	body []byte
	full []byte
}

var errDER = errors.New("not valid DER")

// readNode reads exactly one element that fills der.
func readNode(der []byte) (node, error) {
	kids, err := readNodes(der)
	if err != nil || len(kids) != 1 {
		return node{}, errDER
	}
	return kids[0], nil
}

// readNodes reads der as a run of elements.
func readNodes(der []byte) ([]node, error) {
	s := cryptobyte.String(der)
	var nodes []node
	for !s.Empty() {
		var full cryptobyte.String
		var tag asn1.Tag
		if !s.ReadAnyASN1Element(&full, &tag) {
			return nil, errDER
		}
		header := full
		var body cryptobyte.String
		if !header.ReadAnyASN1(&body, &tag) {
			return nil, errDER
		}
		nodes = append(nodes, node{tag: tag, body: body, full: full})
	}
	return nodes, nil
}

// children reads the elements inside a constructed element; none when it is
// primitive or damaged.
func (n node) children() []node {
	if n.tag&0x20 == 0 {
		return nil
	}
	kids, err := readNodes(n.body)
	if err != nil {
		return nil
	}
	return kids
}

// oid returns the dotted form of an OBJECT IDENTIFIER.
func (n node) oid() (string, bool) {
	if n.tag != asn1.OBJECT_IDENTIFIER {
		return "", false
	}
	return oidString(n.body)
}

func oidString(body []byte) (string, bool) {
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

// text decodes any of the ASN.1 string types to UTF-8.
func (n node) text() (string, bool) {
	switch n.tag {
	case asn1.UTF8String, asn1.PrintableString, asn1.IA5String, tagNumericString, tagVisibleString:
		if utf8.Valid(n.body) {
			return string(n.body), true
		}
		return latin1(n.body), true
	case asn1.T61String:
		return latin1(n.body), true
	case tagBMPString:
		return utf16String(n.body), true
	case tagUniversalString:
		return utf32String(n.body), true
	}
	return "", false
}

func latin1(b []byte) string {
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
