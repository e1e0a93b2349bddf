package certs

import (
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// tbsCertificate is the outline of RFC 5280 section 4.1, its fields unread.
type tbsCertificate struct {
	version                                 int
	serial, issuer, validity, subject, spki node
	extensions                              []node
}

// outline splits a certificate into its fields without judging their content,
// and returns the outer AlgorithmIdentifier of the signature.
func outline(root node) (tbsCertificate, node, bool) {
	parts := root.children()
	if root.tag != asn1.SEQUENCE || len(parts) != 3 || parts[2].tag != asn1.BIT_STRING {
		return tbsCertificate{}, node{}, false
	}
	fields := parts[0].children()
	t := tbsCertificate{version: 1}
	if len(fields) > 0 && fields[0].tag == asn1.Tag(0).Constructed().ContextSpecific() {
		if v := fields[0].children(); len(v) == 1 {
			t.version = int(integer(v[0]).Int64()) + 1
		}
		fields = fields[1:]
	}
	// A certificate request has no serial number in front of its name.
	if len(fields) < 6 || fields[0].tag != asn1.INTEGER || fields[3].tag != asn1.SEQUENCE || fields[5].tag != asn1.SEQUENCE {
		return tbsCertificate{}, node{}, false
	}
	t.serial, t.issuer, t.validity, t.subject, t.spki = fields[0], fields[2], fields[3], fields[4], fields[5]
	for _, f := range fields[6:] {
		if f.tag != asn1.Tag(3).Constructed().ContextSpecific() {
			continue // issuerUniqueID and subjectUniqueID
		}
		if list := f.children(); len(list) == 1 {
			t.extensions = list[0].children()
		}
	}
	return t, parts[1], true
}

// integer reads a two's complement INTEGER of any size.
func integer(n node) *big.Int {
	v := new(big.Int).SetBytes(n.body)
	if n.tag == asn1.INTEGER && len(n.body) > 0 && n.body[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(len(n.body))*8))
	}
	return v
}

func parseValidity(n node) (notBefore, notAfter time.Time) {
	kids := n.children()
	if len(kids) != 2 {
		return time.Time{}, time.Time{}
	}
	return parseTime(kids[0]), parseTime(kids[1])
}

// timeLayouts are the forms of RFC 5280 section 4.1.2.5 first, then those older
// X.509 allowed and certificates still carry.
var timeLayouts = map[asn1.Tag][]string{
	asn1.UTCTime:         {"060102150405Z0700", "0601021504Z0700"},
	asn1.GeneralizedTime: {"20060102150405Z0700", "20060102150405.999999999Z0700", "200601021504Z0700", "20060102150405"},
}

// parseTime returns the zero time when the value is no time at all.
func parseTime(n node) time.Time {
	for _, layout := range timeLayouts[n.tag] {
		t, err := time.Parse(layout, string(n.body))
		if err != nil {
			continue
		}
		if n.tag == asn1.UTCTime && t.Year() >= 2050 { // RFC 5280: YY of 50 and above is 19YY
			t = t.AddDate(-100, 0, 0)
		}
		return t.UTC()
	}
	return time.Time{}
}
