package certs

import (
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
	"github.com/sealkeeper/sealkeeper/certs/internal/oids"
)

// Extension is one extension as encoded.
type Extension struct {
	OID      string
	Critical bool
	Value    []byte
}

// Extensions are the facts a certificate states in its extensions.
type Extensions struct {
	All         []Extension // in certificate order, duplicates included
	KeyUsage    []string    // RFC 5280 names: "digitalSignature", "nonRepudiation" ...; nil without the extension
	ExtKeyUsage []string    // OIDs
	Policies    []string    // OIDs

	DNSNames, IPAddresses, Emails, URIs []string // subjectAltName

	IsCA               bool
	SubjectKeyID       string   // hex
	AuthorityKeyID     string   // hex
	OCSP, CAIssuers    []string // authorityInfoAccess URLs
	CRLs               []string // distribution point URLs
	DeltaCRLs          []string // freshestCRL URLs
	SCTs               bool     // embedded certificate transparency timestamps: issued for browsers
	Precertificate     bool     // carries the poison of RFC 6962: not a certificate to use
	NoRevocation       bool     // noRevAvail (RFC 9608)
	ShortTerm          bool     // validity assured (EN 319 412-1 clause 5.2)
	CABFOrganizationID string   // cabfOrganizationIdentifier, written as in the subject
}

// readers understand one extension each; root is the extension's value.
var extensionReaders = map[string]func(e *Extensions, root der.Node){
	oids.KeyUsage:       readKeyUsage,
	oids.ExtKeyUsage:    func(e *Extensions, root der.Node) { e.ExtKeyUsage = identifiers(root.Children()) },
	oids.Policies:       readPolicies,
	oids.SubjectAltName: readSubjectAltName,
	oids.Basic:          readBasicConstraints,
	oids.SubjectKeyID:   func(e *Extensions, root der.Node) { e.SubjectKeyID = hexString(root.Body()) },
	oids.AuthorityKeyID: readAuthorityKeyID,
	oids.AuthorityInfo:  readAuthorityInfo,
	oids.CRLPoints:      func(e *Extensions, root der.Node) { e.CRLs = uris(root, 4) },
	oids.FreshestCRL:    func(e *Extensions, root der.Node) { e.DeltaCRLs = uris(root, 4) },
	oids.SCTs:           func(e *Extensions, _ der.Node) { e.SCTs = true },
	oids.Poison:         func(e *Extensions, _ der.Node) { e.Precertificate = true },
	oids.NoRevAvail:     func(e *Extensions, _ der.Node) { e.NoRevocation = true },
	oids.ShortTerm:      func(e *Extensions, _ der.Node) { e.ShortTerm = true },
	oids.CABFOrgID:      readCABFOrganizationID,
}

func parseExtensions(list []der.Node) Extensions {
	var all []Extension
	for _, n := range list {
		kids := n.Children()
		if len(kids) < 2 {
			continue
		}
		oid, ok := kids[0].OID()
		if !ok {
			continue
		}
		value := kids[len(kids)-1]
		critical := len(kids) == 3 && kids[1].Tag == asn1.BOOLEAN && len(kids[1].Body()) == 1 && kids[1].Body()[0] != 0
		all = append(all, Extension{OID: oid, Critical: critical, Value: value.Body()})
	}
	return understand(all)
}

func understand(all []Extension) Extensions {
	e := Extensions{All: all}
	for _, x := range all {
		read := extensionReaders[x.OID]
		if read == nil {
			continue
		}
		if root, err := der.Read(x.Value); err == nil {
			read(&e, root)
		}
	}
	return e
}

// Extension returns the first extension with that OID.
func (e *Extensions) Extension(oid string) (Extension, bool) {
	for _, x := range e.All {
		if x.OID == oid {
			return x, true
		}
	}
	return Extension{}, false
}

func identifiers(nodes []der.Node) []string {
	found := []string{}
	for _, n := range nodes {
		if oid, ok := n.OID(); ok {
			found = append(found, oid)
		}
	}
	return found
}

// keyUsageNames are the bits of RFC 5280 section 4.2.1.3 in order.
var keyUsageNames = []string{
	"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
	"keyCertSign", "cRLSign", "encipherOnly", "decipherOnly",
}

func readKeyUsage(e *Extensions, root der.Node) {
	e.KeyUsage = []string{}
	if root.Tag != asn1.BIT_STRING || len(root.Body()) < 2 {
		return
	}
	bits := root.Body()[1:]
	for i, name := range keyUsageNames {
		if i/8 < len(bits) && bits[i/8]&(0x80>>(i%8)) != 0 {
			e.KeyUsage = append(e.KeyUsage, name)
		}
	}
}

func readPolicies(e *Extensions, root der.Node) {
	for _, info := range root.Children() {
		if kids := info.Children(); len(kids) > 0 {
			if oid, ok := kids[0].OID(); ok {
				e.Policies = append(e.Policies, oid)
			}
		}
	}
}

func readBasicConstraints(e *Extensions, root der.Node) {
	kids := root.Children()
	e.IsCA = len(kids) > 0 && kids[0].Tag == asn1.BOOLEAN && len(kids[0].Body()) == 1 && kids[0].Body()[0] != 0
}

func readAuthorityKeyID(e *Extensions, root der.Node) {
	for _, n := range root.Children() {
		if n.Tag == der.Context(0) {
			e.AuthorityKeyID = hexString(n.Body())
		}
	}
}

func readAuthorityInfo(e *Extensions, root der.Node) {
	for _, access := range root.Children() {
		kids := access.Children()
		if len(kids) != 2 || kids[1].Tag != tagURI {
			continue
		}
		switch oid, _ := kids[0].OID(); oid {
		case "1.3.6.1.5.5.7.48.1":
			e.OCSP = append(e.OCSP, der.Latin1(kids[1].Body()))
		case "1.3.6.1.5.5.7.48.2":
			e.CAIssuers = append(e.CAIssuers, der.Latin1(kids[1].Body()))
		}
	}
}
