// Package trustlist answers one question: what does a trusted list (ETSI TS 119 612, versions 5 and 6) say, and did who
// may sign it sign that? Pure: bytes and the certificates of those who may sign in, a List out. It asks nobody.
//
// The European Commission's list of trusted lists (LOTL) points to the lists of the countries and says who signs them.
// Who signs the LOTL itself is published in the Official Journal, and changes by pivots: see [Successors].
package trustlist

import (
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
)

// Cause is why a list was refused.
type Cause string

// The causes.
const (
	Oversized Cause = "oversized" // more bytes, elements, or levels than are read
	Malformed Cause = "malformed" // no XML, XML with a DTD, or not a trusted list
	Unsigned  Cause = "unsigned"  // has no signature
	Profile   Cause = "profile"   // signed in a way that is not read: transforms, algorithms, what is covered
	Forged    Cause = "forged"    // what is signed is something else
	Stranger  Cause = "stranger"  // signed by somebody who may not
	Version   Cause = "version"   // of another version of the format
)

// Refusal is why a list was not read.
type Refusal struct {
	Cause  Cause
	Detail string // for logs
}

// Error implements error.
func (r *Refusal) Error() string {
	return "trusted list refused (" + string(r.Cause) + "): " + r.Detail
}

func refuse(cause Cause, detail string) error { return &Refusal{cause, detail} }

// What bounds a list. The largest of 2026 has 2.4 MB, 20,000 elements and 15 levels.
const (
	MaxBytes      = 16 << 20
	maxElements   = 200_000
	maxLevels     = 48
	maxAttributes = 32
)

// The types of lists (TS 119 612 clause 5.3.3).
const (
	ListOfLists  = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUlistofthelists"
	NationalList = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric"
)

// List is what a list says, and who signed it.
type List struct {
	Version    int // 5 or 6
	Type       string
	Territory  string // "FR"; "EU" for the LOTL
	Sequence   int
	Issued     time.Time
	NextUpdate time.Time // zero: the scheme has ended, and so has the list (clause 5.3.15)
	Sources    []string  // scheme information URIs in their order, those of pivots among them
	Pointers   []Pointer
	Providers  []Provider
	Signer     *certs.Certificate
}

// Pointer leads to another list.
type Pointer struct {
	URL       string
	Type      string // as that of a List
	MimeType  string
	Territory string
	Signers   []*certs.Certificate // who may sign it
}

// XML reports whether a pointer leads to a list that is read here, and not to one that people read.
func (p Pointer) XML() bool { return p.MimeType == "application/vnd.etsi.tsl+xml" }

// Provider is a trust service provider.
type Provider struct {
	Name     string // in English where there is one
	Services []Service
}

// Service is one of a provider's services as it is now, and as it was.
type Service struct {
	Name         string
	Certificates []*certs.Certificate // of its keys; those that could not be read are left out
	States       []State              // the current one first, then back in time
}

// Read reads a list that one of the signers has signed. Its error is a [*Refusal].
func Read(raw []byte, signers []*certs.Certificate) (*List, error) {
	document, err := parse(raw)
	if err != nil {
		return nil, err
	}
	signed, signer, err := document.verify(signers)
	if err != nil {
		return nil, err
	}
	list, err := decode(signed)
	if err != nil {
		return nil, err
	}
	list.Signer = signer
	return list, nil
}

// Successors returns who may sign the LOTL after a pivot: a LOTL that was kept because the signers changed with it. An
// LOTL names its pivots in its Sources, the newest first; from who is published in the Official Journal, each pivot is
// read with its predecessor's successors, the oldest first (TS 119 615 clause 4.1).
func (l *List) Successors() []*certs.Certificate {
	for _, p := range l.Pointers {
		if p.Type == ListOfLists && p.XML() {
			return p.Signers
		}
	}
	return nil
}

// Pivots returns the addresses of the pivots that a LOTL names, the newest first, before it is known who has signed it:
// that each pivot is signed by who was named before is what shows it.
func Pivots(raw []byte) []string {
	document, err := parse(raw)
	if err != nil {
		return nil
	}
	var found []string
	for _, uri := range document.root.FindElements("./SchemeInformation/SchemeInformationURI/URI") {
		address := strings.TrimSpace(uri.Text())
		if strings.Contains(address, "pivot") && strings.HasSuffix(address, ".xml") {
			found = append(found, address)
		}
	}
	return found
}
