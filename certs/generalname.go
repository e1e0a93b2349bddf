package certs

import (
	"net/netip"

	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
)

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
