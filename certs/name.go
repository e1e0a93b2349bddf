package certs

import (
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
	"github.com/sealkeeper/sealkeeper/certs/internal/oids"
	"github.com/sealkeeper/sealkeeper/certs/internal/text"
)

// Attribute is one attribute of a distinguished name.
type Attribute struct {
	OID   string
	Value string
	tag   asn1.Tag // the string type it came in
}

// Name is a distinguished name: its attributes in certificate order. It keeps
// what crypto/x509/pkix.Name has no field for, organizationIdentifier above all.
type Name []Attribute

var attributeNames = map[string]string{
	oids.CommonName:              "CN",
	oids.SerialNumber:            "serialNumber",
	oids.Country:                 "C",
	oids.Locality:                "L",
	oids.State:                   "ST",
	"2.5.4.4":                    "SN",
	"2.5.4.9":                    "STREET",
	oids.Organization:            "O",
	oids.OrganizationalUnit:      "OU",
	"2.5.4.12":                   "title",
	"2.5.4.15":                   "businessCategory",
	"2.5.4.17":                   "postalCode",
	"2.5.4.42":                   "GN",
	"2.5.4.65":                   "pseudonym",
	oids.OrganizationIdentifier:  "organizationIdentifier",
	"0.9.2342.19200300.100.1.25": "DC",
	"0.9.2342.19200300.100.1.1":  "UID",
	"1.2.840.113549.1.9.1":       "emailAddress",
	"1.3.6.1.4.1.311.60.2.1.1":   "jurisdictionL",
	"1.3.6.1.4.1.311.60.2.1.2":   "jurisdictionST",
	"1.3.6.1.4.1.311.60.2.1.3":   "jurisdictionC",
}

// parseName reads a Name; attributes that are not even an OID with a value are left out.
func parseName(n der.Node) Name {
	var name Name
	for _, rdn := range n.Children() {
		for _, pair := range rdn.Children() {
			kids := pair.Children()
			if len(kids) < 2 {
				continue
			}
			oid, ok := kids[0].OID()
			if !ok {
				continue
			}
			value, ok := kids[1].Text()
			if !ok {
				value = "#" + hexString(kids[1].Full) // RFC 4514 section 2.4
			}
			name = append(name, Attribute{OID: oid, Value: value, tag: kids[1].Tag})
		}
	}
	return name
}

// All returns every value of one attribute type, in certificate order.
func (n Name) All(oid string) []string {
	var values []string
	for _, a := range n {
		if a.OID == oid {
			values = append(values, a.Value)
		}
	}
	return values
}

// First returns the first value of an attribute type, or "".
func (n Name) First(oid string) string {
	for _, a := range n {
		if a.OID == oid {
			return a.Value
		}
	}
	return ""
}

// CommonName returns the subject's name for people. Blanks around it, as around the next two, mean nothing (RFC 5280
// section 7.1).
func (n Name) CommonName() string { return strings.TrimFunc(n.First(oids.CommonName), text.IsBlank) }

// Organization returns the organization's name.
func (n Name) Organization() string {
	return strings.TrimFunc(n.First(oids.Organization), text.IsBlank)
}

// OrganizationIdentifier returns the identifier by which a register knows the organization, as in VATFR-12345678.
func (n Name) OrganizationIdentifier() string {
	return strings.TrimFunc(n.First(oids.OrganizationIdentifier), text.IsBlank)
}

// Country returns the two-letter country.
func (n Name) Country() string { return strings.TrimFunc(n.First(oids.Country), text.IsBlank) }

// String writes the name as RFC 4514 does, most specific attribute first, with
// short names for the attributes people know.
func (n Name) String() string {
	parts := make([]string, 0, len(n))
	for _, a := range slices.Backward(n) {
		key, ok := attributeNames[a.OID]
		if !ok {
			key = a.OID
		}
		parts = append(parts, key+"="+escapeValue(a.Value))
	}
	return strings.Join(parts, ",")
}

// escapeValue escapes as RFC 4514 section 2.4 asks, and control characters too,
// because the text ends up in terminals.
func escapeValue(v string) string {
	if strings.IndexFunc(v, needsCare) < 0 {
		return v
	}
	var b strings.Builder
	for i, r := range v {
		last := i+len(string(r)) == len(v)
		switch {
		case strings.ContainsRune(`,+"\<>;`, r), i == 0 && (r == '#' || r == ' ') && v != "", last && r == ' ':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f:
			b.WriteString(`\` + hexString([]byte{byte(r)}))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func needsCare(r rune) bool {
	return r <= ' ' || r == 0x7f || strings.ContainsRune(`,+"\<>;#`, r)
}

// Context tags of GeneralName (RFC 5280 section 4.2.1.6).
const (
	tagEmail = asn1.Tag(1) | 0x80
	tagDNS   = asn1.Tag(2) | 0x80
	tagURI   = asn1.Tag(6) | 0x80
	tagIP    = asn1.Tag(7) | 0x80
)

func readSubjectAltName(e *Extensions, root der.Node) {
	for _, n := range root.Children() {
		switch n.Tag {
		case tagDNS:
			e.DNSNames = append(e.DNSNames, der.Latin1(n.Body()))
		case tagEmail:
			e.Emails = append(e.Emails, der.Latin1(n.Body()))
		case tagURI:
			e.URIs = append(e.URIs, der.Latin1(n.Body()))
		case tagIP:
			if ip, ok := netip.AddrFromSlice(n.Body()); ok {
				e.IPAddresses = append(e.IPAddresses, ip.String())
			}
		}
	}
}

// uris collects the URI names at most depth levels below n.
func uris(n der.Node, depth int) []string {
	var found []string
	for _, kid := range n.Children() {
		if kid.Tag == tagURI {
			found = append(found, der.Latin1(kid.Body()))
		} else if depth > 0 {
			found = append(found, uris(kid, depth-1)...)
		}
	}
	return found
}

// readCABFOrganizationID reads the CA/Browser Forum EV guidelines' extension:
// SEQUENCE { scheme, country, [0] state OPTIONAL, reference }.
func readCABFOrganizationID(e *Extensions, root der.Node) {
	kids := root.Children()
	if len(kids) < 3 {
		return
	}
	scheme, _ := kids[0].Text()
	country, _ := kids[1].Text()
	reference, _ := kids[len(kids)-1].Text()
	state := ""
	if len(kids) == 4 {
		state = "+" + der.Latin1(kids[2].Body())
	}
	e.CABFOrganizationID = scheme + country + state + "-" + reference
}
