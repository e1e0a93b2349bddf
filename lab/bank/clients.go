package bank

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
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
	Certificates           []string // SHA-256 of the QWACs registered, for ByFingerprint and OneCertificate
}

type registered struct {
	client Client
	secret [sha256.Size]byte
	portal *portal
}

type clients struct {
	mu   sync.RWMutex
	byID map[string]registered
}

// Register adds an application, or replaces the one of the same id.
func (s *Sim) Register(client Client) error {
	if client.ID == "" || client.Secret.Empty() || client.OrganizationIdentifier == "" {
		return errors.New("banksim: a client needs an id, a secret and an organization identifier")
	}
	entry := registered{
		client: client,
		secret: sha256.Sum256(client.Secret.Bytes()),
		portal: newPortal(client.Certificates),
	}
	entry.client.Secret = secret.Text{}
	entry.client.Environment = cmp.Or(client.Environment, segments.Sandbox)
	entry.client.RedirectURIs = slices.Clone(client.RedirectURIs)
	s.clients.mu.Lock()
	defer s.clients.mu.Unlock()
	s.clients.byID[client.ID] = entry
	return nil
}

// find returns the client with this id.
func (c *clients) find(id string) (Client, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	entry, ok := c.byID[id]
	return entry.client, ok
}

// authenticate compares in constant time, for unknown ids too.
func (c *clients) authenticate(id, given string) (Client, bool) {
	c.mu.RLock()
	entry, known := c.byID[id]
	c.mu.RUnlock()
	sum := sha256.Sum256([]byte(given))
	same := subtle.ConstantTimeCompare(sum[:], entry.secret[:]) == 1
	return entry.client, known && same
}
