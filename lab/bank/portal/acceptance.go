package portal

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
)

// Acceptance is how the bank recognises the QWAC of a client. What the real
// bank does is not known; each of these was seen at some bank.
type Acceptance string

// The models. In all of them the organization identifier must be the client's.
const (
	// any good QWAC of the organization; the zero value means this
	ByOrganization Acceptance = "organization_identifier"
	BySubject      Acceptance = "subject_dn"      // the subject must be the one registered, letter by letter
	ByFingerprint  Acceptance = "fingerprint"     // the certificate must be on the client's list
	OneCertificate Acceptance = "one_certificate" // as ByFingerprint, and a new one replaces the old one
	// as OneCertificate, and nobody at the bank has to agree: the client names its next certificate by a call
	ByRegistration Acceptance = "registration"
)

var acceptances = []Acceptance{ByOrganization, BySubject, ByFingerprint, OneCertificate, ByRegistration}

// Errors of the portal.
var (
	ErrNoClient      = errors.New("bank: no such client")
	ErrNoCertificate = errors.New("bank: no such certificate was announced")
	errNoQWAC        = errors.New("bank: this is no QWAC of the client's organization")
)

// certificates are those of a client that the bank's people know, by SHA-256.
type certificates struct {
	announced map[string]bool
	accepted  map[string]bool
}

func newCertificates(fingerprints []string) *certificates {
	c := &certificates{announced: map[string]bool{}, accepted: map[string]bool{}}
	for _, fingerprint := range fingerprints {
		c.accepted[strings.ToLower(fingerprint)] = true
	}
	return c
}

// Recognises reports whether the certificate opens the client.
func (p *Portal) Recognises(client Client, qwac *certs.Certificate) bool {
	if client.OrganizationIdentifier != qwac.OrganizationIdentifier {
		return false
	}
	switch p.acceptance {
	case BySubject:
		return client.Subject == qwac.Subject
	case ByFingerprint, OneCertificate, ByRegistration:
		p.mu.RLock()
		defer p.mu.RUnlock()
		return p.byID[client.ID].certificates.accepted[qwac.SHA256]
	}
	return true
}

// Announce tells the bank of a certificate that a client wants to use. It is
// not accepted by that, but where the client's registration is the client's own.
func (p *Portal) Announce(clientID string, der []byte) (fingerprint string, err error) {
	certificate, err := certs.ParseCertificate(der)
	if err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	entry, ok := p.byID[clientID]
	switch {
	case !ok:
		return "", ErrNoClient
	case certificate.Kind != certs.QWAC || certificate.OrganizationIdentifier != entry.client.OrganizationIdentifier:
		return "", errNoQWAC
	}
	entry.certificates.announced[certificate.SHA256] = true
	if p.acceptance == ByRegistration {
		p.take(entry, certificate.SHA256)
	}
	return certificate.SHA256, nil
}

// Accept is the bank's yes to an announced certificate. Where there is one
// certificate at a time, the former one stops working now.
func (p *Portal) Accept(clientID, fingerprint string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	entry, ok := p.byID[clientID]
	switch {
	case !ok:
		return ErrNoClient
	case !entry.certificates.announced[fingerprint]:
		return ErrNoCertificate
	}
	p.take(entry, fingerprint)
	return nil
}

// take accepts an announced certificate. The caller holds the lock.
func (p *Portal) take(entry registration, fingerprint string) {
	if p.acceptance == OneCertificate || p.acceptance == ByRegistration {
		clear(entry.certificates.accepted)
	}
	delete(entry.certificates.announced, fingerprint)
	entry.certificates.accepted[fingerprint] = true
}

// Withdraw takes a certificate off a client's list.
func (p *Portal) Withdraw(clientID, fingerprint string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	entry, ok := p.byID[clientID]
	switch {
	case !ok:
		return ErrNoClient
	case !entry.certificates.announced[fingerprint] && !entry.certificates.accepted[fingerprint]:
		return ErrNoCertificate
	}
	delete(entry.certificates.announced, fingerprint)
	delete(entry.certificates.accepted, fingerprint)
	return nil
}

// State is what the portal shows of a client.
type State struct {
	ID                     string   `json:"id"`
	Environment            string   `json:"environment"`
	OrganizationIdentifier string   `json:"organization_identifier"`
	RedirectURIs           []string `json:"redirect_uris"`
	Announced              []string `json:"announced"`
	Accepted               []string `json:"accepted"`
}

// States returns every client's, by id.
func (p *Portal) States() []State {
	p.mu.RLock()
	defer p.mu.RUnlock()
	list := []State{}
	for _, entry := range p.byID {
		list = append(list, State{
			ID:                     entry.client.ID,
			Environment:            entry.client.Environment,
			OrganizationIdentifier: entry.client.OrganizationIdentifier,
			RedirectURIs:           entry.client.RedirectURIs,
			Announced:              slices.Sorted(maps.Keys(entry.certificates.announced)),
			Accepted:               slices.Sorted(maps.Keys(entry.certificates.accepted)),
		})
	}
	slices.SortFunc(list, func(x, y State) int { return cmp.Compare(x.ID, y.ID) })
	return list
}
