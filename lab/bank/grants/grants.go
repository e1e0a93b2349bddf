// Package grants answers one question: what is a code or token of the simulated bank good
// for? It holds consents, and what was issued for them.
package grants

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
)

const codeLifetime = 2 * time.Minute

// Consent is what one customer allowed one client. Every code and token
// comes from one; revoking it ends them all.
type Consent struct {
	ClientID    string
	Environment string
	Segment     segments.Segment // none for client_credentials
	Scope       string
	Accounts    []string // resource ids; nil for all
	Payment     string   // the payment it confirms, where that takes a code
	Revoked     bool
}

// Allows reports whether the scope is among those granted.
func (c Consent) Allows(scope string) bool { return slices.Contains(strings.Fields(c.Scope), scope) }

// Store holds codes and tokens under the hash of their value.
type Store struct {
	now      func() time.Time
	lifetime time.Duration

	mu      sync.Mutex
	rules   map[string]RefreshRule // by segment, where they were changed
	codes   map[[sha256.Size]byte]*grant
	access  map[[sha256.Size]byte]*grant
	refresh map[[sha256.Size]byte]*grant
}

type grant struct {
	*Consent
	redirectURI string      // codes only
	challenge   string      // codes only: PKCE, "" when none was sent
	rule        RefreshRule // refresh tokens only
	expires     time.Time
	uses        int
}

// Token is an answer of the token endpoint.
type Token struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token,omitempty"`
	Scope        string `json:"scope"`
}

// New returns a store; access tokens live for lifetime.
func New(now func() time.Time, lifetime time.Duration) *Store {
	return &Store{
		now:      now,
		lifetime: lifetime,
		rules:    map[string]RefreshRule{},
		codes:    map[[sha256.Size]byte]*grant{},
		access:   map[[sha256.Size]byte]*grant{},
		refresh:  map[[sha256.Size]byte]*grant{},
	}
}

// Code issues an authorization code.
func (g *Store) Code(c *Consent, redirectURI, challenge string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.put(g.codes, &grant{
		Consent:     c,
		redirectURI: redirectURI,
		challenge:   challenge,
		expires:     g.now().Add(codeLifetime),
	})
}

// Exchange redeems a code. A second use ends the consent (RFC 6749 section
// 4.1.2). The PKCE verifier counts when a challenge was sent (RFC 7636).
func (g *Store) Exchange(clientID string, form url.Values) (Token, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	entry, ok := g.redeem(g.codes, form.Get("code"), clientID, 1)
	if !ok || entry.redirectURI != form.Get("redirect_uri") {
		return Token{}, false
	}
	if sum := sha256.Sum256([]byte(form.Get("code_verifier"))); entry.challenge != "" &&
		entry.challenge != base64.RawURLEncoding.EncodeToString(sum[:]) {
		return Token{}, false
	}
	return g.issue(entry.Consent), true
}

// Rotate redeems a refresh token. Where each is for one use, a second use is
// taken for theft and ends the consent (RFC 9700 section 4.14.2).
func (g *Store) Rotate(token, clientID string) (Token, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	known := g.refresh[sha256.Sum256([]byte(token))]
	if known == nil {
		return Token{}, false
	}
	uses := known.rule.Uses
	entry, ok := g.redeem(g.refresh, token, clientID, uses)
	switch {
	case !ok:
		return Token{}, false
	case uses > 0:
		return g.accessOnly(entry.Consent), true
	}
	return g.issue(entry.Consent), true
}

// Direct issues a token without a customer.
func (g *Store) Direct(c *Consent) Token {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.issue(c)
}

// Bearer returns the consent behind an access token that has not expired;
// the consent itself may have been revoked.
func (g *Store) Bearer(token string) (c Consent, live bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	entry := g.access[sha256.Sum256([]byte(token))]
	if entry == nil || g.now().After(entry.expires) {
		return Consent{}, false
	}
	return *entry.Consent, true
}

// Revoke ends every consent of a client.
func (g *Store) Revoke(clientID string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, entries := range []map[[sha256.Size]byte]*grant{g.codes, g.access, g.refresh} {
		for _, entry := range entries {
			entry.Revoked = entry.Revoked || entry.ClientID == clientID
		}
	}
}

func (g *Store) redeem(entries map[[sha256.Size]byte]*grant, value, clientID string, uses int) (*grant, bool) {
	entry := entries[sha256.Sum256([]byte(value))]
	if entry == nil || entry.ClientID != clientID || entry.Revoked || g.now().After(entry.expires) {
		return nil, false
	}
	if entry.uses++; entry.uses > max(uses, 1) {
		entry.Revoked = entry.Revoked || uses < 2
		return nil, false
	}
	return entry, true
}

func (g *Store) issue(c *Consent) Token {
	answer := g.accessOnly(c)
	if rule := g.ruleOf(c.Segment); rule.Lifetime > 0 {
		answer.RefreshToken = g.put(g.refresh, &grant{Consent: c, rule: rule, expires: g.now().Add(rule.Lifetime)})
	}
	return answer
}

func (g *Store) accessOnly(c *Consent) Token {
	g.sweep()
	token := g.put(g.access, &grant{Consent: c, expires: g.now().Add(g.lifetime)})
	return Token{AccessToken: token, TokenType: "Bearer", ExpiresIn: int(g.lifetime.Seconds()), Scope: c.Scope}
}

func (g *Store) put(entries map[[sha256.Size]byte]*grant, entry *grant) string {
	value := rand.Text()
	entries[sha256.Sum256([]byte(value))] = entry
	return value
}

// sweep forgets what has expired once there is much of it.
func (g *Store) sweep() {
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
