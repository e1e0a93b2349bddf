package bank

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

// consent is what one customer allowed one client. Every code and token
// comes from one; revoking it ends them all.
type consent struct {
	clientID    string
	environment string
	segment     segments.Segment // none for client_credentials
	scope       string
	accounts    []string // resource ids; nil for all
	payment     string   // the payment it confirms, where that takes a code
	revoked     bool
}

// allows reports whether the scope is among those granted.
func (c consent) allows(scope string) bool { return slices.Contains(strings.Fields(c.scope), scope) }

// grants holds codes and tokens under the hash of their value.
type grants struct {
	now      func() time.Time
	lifetime time.Duration

	mu      sync.Mutex
	rules   map[string]refreshRule // by segment, where they were changed
	codes   map[[sha256.Size]byte]*grant
	access  map[[sha256.Size]byte]*grant
	refresh map[[sha256.Size]byte]*grant
}

type grant struct {
	*consent
	redirectURI string      // codes only
	challenge   string      // codes only: PKCE, "" when none was sent
	rule        refreshRule // refresh tokens only
	expires     time.Time
	uses        int
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
		now:      now,
		lifetime: lifetime,
		rules:    map[string]refreshRule{},
		codes:    map[[sha256.Size]byte]*grant{},
		access:   map[[sha256.Size]byte]*grant{},
		refresh:  map[[sha256.Size]byte]*grant{},
	}
}

// code issues an authorization code.
func (g *grants) code(c *consent, redirectURI, challenge string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.put(g.codes, &grant{
		consent:     c,
		redirectURI: redirectURI,
		challenge:   challenge,
		expires:     g.now().Add(codeLifetime),
	})
}

// exchange redeems a code. A second use ends the consent (RFC 6749 section
// 4.1.2). The PKCE verifier counts when a challenge was sent (RFC 7636).
func (g *grants) exchange(clientID string, form url.Values) (issued, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	entry, ok := g.redeem(g.codes, form.Get("code"), clientID, 1)
	if !ok || entry.redirectURI != form.Get("redirect_uri") {
		return issued{}, false
	}
	if sum := sha256.Sum256([]byte(form.Get("code_verifier"))); entry.challenge != "" &&
		entry.challenge != base64.RawURLEncoding.EncodeToString(sum[:]) {
		return issued{}, false
	}
	return g.issue(entry.consent), true
}

// rotate redeems a refresh token. Where each is for one use, a second use is
// taken for theft and ends the consent (RFC 9700 section 4.14.2).
func (g *grants) rotate(token, clientID string) (issued, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	known := g.refresh[sha256.Sum256([]byte(token))]
	if known == nil {
		return issued{}, false
	}
	uses := known.rule.uses
	entry, ok := g.redeem(g.refresh, token, clientID, uses)
	switch {
	case !ok:
		return issued{}, false
	case uses > 0:
		return g.accessOnly(entry.consent), true
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

func (g *grants) redeem(entries map[[sha256.Size]byte]*grant, value, clientID string, uses int) (*grant, bool) {
	entry := entries[sha256.Sum256([]byte(value))]
	if entry == nil || entry.clientID != clientID || entry.revoked || g.now().After(entry.expires) {
		return nil, false
	}
	if entry.uses++; entry.uses > max(uses, 1) {
		entry.revoked = entry.revoked || uses < 2
		return nil, false
	}
	return entry, true
}

func (g *grants) issue(c *consent) issued {
	answer := g.accessOnly(c)
	if rule := g.ruleOf(c.segment); rule.lifetime > 0 {
		answer.RefreshToken = g.put(g.refresh, &grant{consent: c, rule: rule, expires: g.now().Add(rule.lifetime)})
	}
	return answer
}

func (g *grants) accessOnly(c *consent) issued {
	g.sweep()
	token := g.put(g.access, &grant{consent: c, expires: g.now().Add(g.lifetime)})
	return issued{AccessToken: token, TokenType: "Bearer", ExpiresIn: int(g.lifetime.Seconds()), Scope: c.scope}
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
