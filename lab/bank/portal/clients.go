// Package portal answers one question: which applications and certificates does the
// simulated bank know? It is its developer portal, with the people behind it.
package portal

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Client is an application as the portal knows it. The organization
// identifier stands for the QWAC the bank was sent by mail; Acceptance says
// which of the organization's certificates open the client.
type Client struct {
	ID                     string
	Secret                 secret.Text
	OrganizationIdentifier string
	RedirectURIs           []string // compared letter by letter
	Environment            string   // Sandbox or Live; "" means Sandbox
	Subject                string   // of its QWAC in RFC 4514, for BySubject
	Certificates           []string // SHA-256 of the QWACs registered, for the models with a list
}

// registration is a client with its secret's hash and its certificates.
type registration struct {
	client       Client
	secret       [sha256.Size]byte
	certificates *certificates
}

// Portal holds the registered clients. It is safe for concurrent use.
type Portal struct {
	acceptance Acceptance
	path       string // of the file that keeps what people do here; "" where nothing is kept
	mu         sync.RWMutex
	byID       map[string]registration
	created    map[string]Client // of byID, those made with the portal's form
	admitted   map[string]bool   // organizations of the live catalogue
}

// New returns a portal without clients; "" for the model means ByOrganization.
func New(acceptance Acceptance) (*Portal, error) {
	if acceptance != "" && !slices.Contains(acceptances, acceptance) {
		return nil, fmt.Errorf("bank: there is no acceptance model %q", acceptance)
	}
	return &Portal{
		acceptance: cmp.Or(acceptance, ByOrganization),
		byID:       map[string]registration{},
		created:    map[string]Client{},
		admitted:   map[string]bool{},
	}, nil
}

// Acceptance is how the bank recognises a client's QWAC.
func (p *Portal) Acceptance() Acceptance { return p.acceptance }

// Register adds an application, or replaces the one of the same id.
func (p *Portal) Register(client Client) error {
	if client.ID == "" || client.Secret.Empty() || client.OrganizationIdentifier == "" {
		return errors.New("bank: a client needs an id, a secret and an organization identifier")
	}
	entry := registration{
		client:       client,
		secret:       sha256.Sum256(client.Secret.Bytes()),
		certificates: newCertificates(client.Certificates),
	}
	entry.client.Secret = secret.Text{}
	entry.client.Environment = cmp.Or(client.Environment, segments.Sandbox)
	entry.client.RedirectURIs = slices.Clone(client.RedirectURIs)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.byID[client.ID] = entry
	return nil
}

// Find returns the client with this id.
func (p *Portal) Find(id string) (Client, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	entry, ok := p.byID[id]
	return entry.client, ok
}

// Authenticate compares in constant time, for unknown ids too.
func (p *Portal) Authenticate(id, given string) (Client, bool) {
	p.mu.RLock()
	entry, known := p.byID[id]
	p.mu.RUnlock()
	sum := sha256.Sum256([]byte(given))
	same := subtle.ConstantTimeCompare(sum[:], entry.secret[:]) == 1
	return entry.client, known && same
}
