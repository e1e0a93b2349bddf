package certs

import (
	"net/netip"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// Context tags of GeneralName (RFC 5280 section 4.2.1.6).
const (
	tagEmail = asn1.Tag(1) | 0x80
	tagDNS   = asn1.Tag(2) | 0x80
	tagURI   = asn1.Tag(6) | 0x80
	tagIP    = asn1.Tag(7) | 0x80
)

func readSubjectAltName(e *Extensions, root node) {
	for _, n := range root.children() {
		switch n.tag {
		case tagDNS:
			e.DNSNames = append(e.DNSNames, latin1(n.body))
		case tagEmail:
			e.Emails = append(e.Emails, latin1(n.body))
		case tagURI:
			e.URIs = append(e.URIs, latin1(n.body))
		case tagIP:
			if ip, ok := netip.AddrFromSlice(n.body); ok {
				e.IPAddresses = append(e.IPAddresses, ip.String())
			}
		}
	}
}

// uris collects the URI names at most depth levels below n.
func uris(n node, depth int) []string {
	var found []string
	for _, kid := range n.children() {
		if kid.tag == tagURI {
			found = append(found, latin1(kid.body))
		} else if depth > 0 {
			found = append(found, uris(kid, depth-1)...)
		}
	}
	return found
}

// readCABFOrganizationID reads the CA/Browser Forum EV guidelines' extension:
// SEQUENCE { scheme, country, [0] state OPTIONAL, reference }.
func readCABFOrganizationID(e *Extensions, root node) {
	kids := root.children()
	if len(kids) < 3 {
		return
	}
	scheme, _ := kids[0].text()
	country, _ := kids[1].text()
	reference, _ := kids[len(kids)-1].text()
	state := ""
	if len(kids) == 4 {
		state = "+" + latin1(kids[2].body)
	}
	e.CABFOrganizationID = scheme + country + state + "-" + reference
}
