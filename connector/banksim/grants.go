package banksim

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

const codeLifetime = 2 * time.Minute

// consent is what one customer allowed one client. Every code and token
// comes from one; revoking it ends them all.
type consent struct {
	clientID string
	segment  Segment
	scope    string
	revoked  bool
}

// grants holds codes and tokens under the hash of their value.
type grants struct {
	now      func() time.Time
	lifetime time.Duration

	mu      sync.Mutex
	codes   map[[sha256.Size]byte]*grant
	access  map[[sha256.Size]byte]*grant
	refresh map[[sha256.Size]byte]*grant
}

type grant struct {
	*consent
	redirectURI string // codes only
	expires     time.Time
	used        bool
}

// issued is a token answer.
type issued struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token,omitempty"`
	Scope        string `json:"scope"`
}

func newGrants(now func() time.Time, lifetime time.Duration) *grants {
	return &grants{
		now: now, lifetime: lifetime,
		codes:   map[[sha256.Size]byte]*grant{},
		access:  map[[sha256.Size]byte]*grant{},
		refresh: map[[sha256.Size]byte]*grant{},
	}
}

// code issues an authorization code.
func (g *grants) code(c *consent, redirectURI string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.put(g.codes, &grant{consent: c, redirectURI: redirectURI, expires: g.now().Add(codeLifetime)})
}

// exchange redeems a code. A second use ends the consent (RFC 6749 section
// 4.1.2).
func (g *grants) exchange(code, clientID, redirectURI string) (issued, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	entry, ok := g.redeem(g.codes, code, clientID)
	if !ok || entry.redirectURI != redirectURI {
		return issued{}, false
	}
	return g.issue(entry.consent), true
}

// rotate redeems a refresh token. A second use is taken for theft and ends
// the consent (RFC 9700 section 4.14.2).
func (g *grants) rotate(token, clientID string) (issued, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	entry, ok := g.redeem(g.refresh, token, clientID)
	if !ok {
		return issued{}, false
	}
	return g.issue(entry.consent), true
}

// direct issues a token without a customer.
func (g *grants) direct(c *consent) issued {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.issue(c)
}

// bearer returns the consent behind an access token that has not expired;
// the consent itself may have been revoked.
func (g *grants) bearer(token string) (c consent, live bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	entry := g.access[sha256.Sum256([]byte(token))]
	if entry == nil || g.now().After(entry.expires) {
		return consent{}, false
	}
	return *entry.consent, true
}

// revoke ends every consent of a client.
func (g *grants) revoke(clientID string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, entries := range []map[[sha256.Size]byte]*grant{g.codes, g.access, g.refresh} {
		for _, entry := range entries {
			entry.revoked = entry.revoked || entry.clientID == clientID
		}
	}
}

func (g *grants) redeem(entries map[[sha256.Size]byte]*grant, value, clientID string) (*grant, bool) {
	entry := entries[sha256.Sum256([]byte(value))]
	if entry == nil || entry.clientID != clientID || entry.revoked || g.now().After(entry.expires) {
		return nil, false
	}
	if entry.used {
		entry.revoked = true
		return nil, false
	}
	entry.used = true
	return entry, true
}

func (g *grants) issue(c *consent) issued {
	g.sweep()
	answer := issued{TokenType: "Bearer", ExpiresIn: int(g.lifetime.Seconds()), Scope: c.scope}
	answer.AccessToken = g.put(g.access, &grant{consent: c, expires: g.now().Add(g.lifetime)})
	if c.segment.RefreshLifetime > 0 {
		answer.RefreshToken = g.put(g.refresh, &grant{consent: c, expires: g.now().Add(c.segment.RefreshLifetime)})
	}
	return answer
}

func (g *grants) put(entries map[[sha256.Size]byte]*grant, entry *grant) string {
	value := rand.Text()
	entries[sha256.Sum256([]byte(value))] = entry
	return value
}

// sweep forgets what has expired once there is much of it.
func (g *grants) sweep() {
	const many = 10_000
	if len(g.access)+len(g.codes)+len(g.refresh) < many {
		return
	}
	for _, entries := range []map[[sha256.Size]byte]*grant{g.codes, g.access, g.refresh} {
		for key, entry := range entries {
			if g.now().After(entry.expires) {
				delete(entries, key)
			}
		}
	}
}
