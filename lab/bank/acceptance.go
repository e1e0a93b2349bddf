package bank

import (
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
)

var acceptances = []Acceptance{ByOrganization, BySubject, ByFingerprint, OneCertificate}

// Errors of the portal.
var (
	errNoClient      = errors.New("banksim: no such client")
	errNoCertificate = errors.New("banksim: no such certificate was announced")
	errNoQWAC        = errors.New("banksim: this is no QWAC of the client's organization")
)

// portal is what the bank's people know of a client's certificates, by SHA-256.
type portal struct {
	announced map[string]bool
	accepted  map[string]bool
}

func newPortal(fingerprints []string) *portal {
	p := &portal{announced: map[string]bool{}, accepted: map[string]bool{}}
	for _, fingerprint := range fingerprints {
		p.accepted[strings.ToLower(fingerprint)] = true
	}
	return p
}

// recognises reports whether the certificate opens the client.
func (s *Sim) recognises(client Client, qwac *certs.Certificate) bool {
	if client.OrganizationIdentifier != qwac.OrganizationIdentifier {
		return false
	}
	switch s.cfg.Acceptance {
	case BySubject:
		return client.Subject == qwac.Subject
	case ByFingerprint, OneCertificate:
		s.clients.mu.RLock()
		defer s.clients.mu.RUnlock()
		return s.clients.byID[client.ID].portal.accepted[qwac.SHA256]
	}
	return true
}

// Announce tells the bank of a certificate that a client wants to use. It is
// not accepted by that.
func (s *Sim) Announce(clientID string, der []byte) (fingerprint string, err error) {
	certificate, err := certs.ParseCertificate(der)
	if err != nil {
		return "", err
	}
	s.clients.mu.Lock()
	defer s.clients.mu.Unlock()
	entry, ok := s.clients.byID[clientID]
	switch {
	case !ok:
		return "", errNoClient
	case certificate.Kind != certs.QWAC || certificate.OrganizationIdentifier != entry.client.OrganizationIdentifier:
		return "", errNoQWAC
	}
	entry.portal.announced[certificate.SHA256] = true
	return certificate.SHA256, nil
}

// Accept is the bank's yes to an announced certificate. Where there is one
// certificate at a time, the former one stops working now.
func (s *Sim) Accept(clientID, fingerprint string) error {
	s.clients.mu.Lock()
	defer s.clients.mu.Unlock()
	entry, ok := s.clients.byID[clientID]
	switch {
	case !ok:
		return errNoClient
	case !entry.portal.announced[fingerprint]:
		return errNoCertificate
	}
	if s.cfg.Acceptance == OneCertificate {
		clear(entry.portal.accepted)
	}
	delete(entry.portal.announced, fingerprint)
	entry.portal.accepted[fingerprint] = true
	return nil
}

// Withdraw takes a certificate off a client's list.
func (s *Sim) Withdraw(clientID, fingerprint string) error {
	s.clients.mu.Lock()
	defer s.clients.mu.Unlock()
	entry, ok := s.clients.byID[clientID]
	switch {
	case !ok:
		return errNoClient
	case !entry.portal.announced[fingerprint] && !entry.portal.accepted[fingerprint]:
		return errNoCertificate
	}
	delete(entry.portal.announced, fingerprint)
	delete(entry.portal.accepted, fingerprint)
	return nil
}

func sortedKeys(m map[string]bool) []string { return slices.Sorted(maps.Keys(m)) }
