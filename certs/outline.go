package certs

import (
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
)

// tbsCertificate is the outline of RFC 5280 section 4.1, its fields unread.
type tbsCertificate struct {
	version                                 int
	serial, issuer, validity, subject, spki der.Node
	extensions                              []der.Node
}

// outline splits a certificate into its fields without judging their content,
// and returns the outer AlgorithmIdentifier of the signature.
func outline(root der.Node) (tbsCertificate, der.Node, bool) {
	parts := root.Children()
	if root.Tag != asn1.SEQUENCE || len(parts) != 3 || parts[2].Tag != asn1.BIT_STRING {
		return tbsCertificate{}, der.Node{}, false
	}
	fields := parts[0].Children()
	t := tbsCertificate{version: 1}
	if len(fields) > 0 && fields[0].Tag == der.Constructed(0) {
		if v := fields[0].Children(); len(v) == 1 {
			t.version = int(v[0].Integer().Int64()) + 1
		}
		fields = fields[1:]
	}
	// A CSR has no serial number in front of its name.
	if len(fields) < 6 || fields[0].Tag != asn1.INTEGER || fields[3].Tag != asn1.SEQUENCE ||
		fields[5].Tag != asn1.SEQUENCE {
		return tbsCertificate{}, der.Node{}, false
	}
	t.serial, t.issuer, t.validity, t.subject, t.spki = fields[0], fields[2], fields[3], fields[4], fields[5]
	for _, f := range fields[6:] {
		if f.Tag != der.Constructed(3) {
			continue // issuerUniqueID and subjectUniqueID
		}
		if list := f.Children(); len(list) == 1 {
			t.extensions = list[0].Children()
		}
	}
	return t, parts[1], true
}

func parseValidity(n der.Node) (notBefore, notAfter time.Time) {
	kids := n.Children()
	if len(kids) != 2 {
		return time.Time{}, time.Time{}
	}
	return parseTime(kids[0]), parseTime(kids[1])
}

// timeLayouts are the forms of RFC 5280 section 4.1.2.5 first, then those older
// X.509 allowed and certificates still carry.
var timeLayouts = map[asn1.Tag][]string{
	asn1.UTCTime: {"060102150405Z0700", "0601021504Z0700"},
	asn1.GeneralizedTime: {"20060102150405Z0700", "20060102150405.999999999Z0700", "200601021504Z0700",
		"20060102150405"},
}

// parseTime returns the zero time when the value is no time at all.
func parseTime(n der.Node) time.Time {
	for _, layout := range timeLayouts[n.Tag] {
		t, err := time.Parse(layout, string(n.Body()))
		if err != nil {
			continue
		}
		if n.Tag == asn1.UTCTime && t.Year() >= 2050 { // RFC 5280: YY of 50 and above is 19YY
			t = t.AddDate(-100, 0, 0)
		}
		if t = t.UTC(); t.Year() >= 1 && t.Year() <= 9999 { // JSON and RFC 3339 know no others
			return t
		}
	}
	return time.Time{}
}
