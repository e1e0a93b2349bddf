// Package workload answers one question: whom does the issuer of this token say that it stands for? The token is a JWT
// that a platform gives to what runs on it: a Kubernetes service account, a job of GitHub or GitLab, or whatever
// another issuer of OpenID Connect vouches for.
package workload

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/secret"
)

const (
	// maxToken bounds a token, in bytes: those of the platforms have 1 to 4 kB.
	maxToken = 16 << 10
	// maxLife is for how long a token may be good in all: a platform's is short, and what is not was made to be kept.
	maxLife = 24 * time.Hour
	// leeway is by how much an issuer's clock may be ahead.
	leeway = time.Minute
)

// algorithms are those with which a token may be signed. With a shared secret (HS256) whoever checks could sign, too.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512,
	oidc.EdDSA,
}

// Claims are what an issuer says of a workload.
type Claims struct {
	Issuer   string
	Subject  string
	Audience []string
	all      map[string]any
}

// Text returns a claim that is a text, a number or a truth value, as text.
func (c Claims) Text(name string) (string, bool) {
	switch value := c.all[name].(type) {
	case string:
		return value, true
	case bool:
		return strconv.FormatBool(value), true
	case json.Number:
		return value.String(), true
	}
	return "", false
}

// Config is what a Verifier is made of.
type Config struct {
	Issuers []string // addresses of those whose word counts, as they call themselves
	Asks    *internet.Client
	Now     func() time.Time
}

// Verifier checks tokens. It is safe for concurrent use. No issuer is asked before one of its tokens comes.
type Verifier struct {
	issuers map[string]*issuer
	names   []string
	now     func() time.Time
}

// New returns a Verifier.
func New(cfg Config) *Verifier {
	v := &Verifier{issuers: map[string]*issuer{}, names: slices.Clone(cfg.Issuers), now: cfg.Now}
	for _, name := range cfg.Issuers {
		one := &issuer{
			name:   name,
			asks:   cfg.Asks.Transport("workload", keysKept),
			now:    cfg.Now,
			place:  make(chan struct{}, 1),
			places: make(chan struct{}, waiting),
		}
		one.http = &http.Client{Transport: one}
		v.issuers[name] = one
	}
	return v
}

// Issuers are those whose word counts.
func (v *Verifier) Issuers() []string { return slices.Clone(v.names) }

// Verify returns what a token says if its issuer is one of ours and has signed it, and it is good now. Whom it is meant
// for, the caller checks. Unauthenticated: it is not good; Unavailable: its issuer cannot be asked for its keys.
func (v *Verifier) Verify(ctx context.Context, token secret.Text) (Claims, error) {
	text := token.Reveal()
	one := v.issuers[claimedIssuer(text)]
	if one == nil {
		return Claims{}, invalid(nil)
	}
	verified, err := one.verify(ctx, text)
	if err != nil {
		return Claims{}, err
	}
	now := v.now()
	switch {
	case verified.IssuedAt.IsZero() || verified.IssuedAt.After(now.Add(leeway)):
		return Claims{}, invalid(errors.New("it was issued at no time, or in the future"))
	case verified.Expiry.Sub(verified.IssuedAt) > maxLife:
		return Claims{}, fault.New(fault.Unauthenticated, "workload_token_long",
			"This token is good for more than 24 hours; have its issuer make one that ends sooner.")
	}
	claims := Claims{Issuer: verified.Issuer, Subject: verified.Subject, Audience: verified.Audience}
	var payload json.RawMessage
	if err := verified.Claims(&payload); err != nil {
		return Claims{}, invalid(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(payload)))
	decoder.UseNumber() // an id of 17 digits stays what it is
	if err := decoder.Decode(&claims.all); err != nil {
		return Claims{}, invalid(err)
	}
	return claims, nil
}

// claimedIssuer is whose token a text claims to be; it may claim anything.
func claimedIssuer(token string) string {
	parts := strings.Split(token, ".")
	if len(token) > maxToken || len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claimed struct {
		Issuer string `json:"iss"`
	}
	if json.Unmarshal(payload, &claimed) != nil {
		return ""
	}
	return claimed.Issuer
}

// invalid is the one answer for every token that is not good: which of its parts is wrong, the log knows.
func invalid(cause error) error {
	return fault.Wrap(cause, fault.Unauthenticated, "workload_token_invalid",
		"This token is not a valid one of an issuer that is configured (workload_issuers); look at its "+
			"issuer, audience "+
			"and end.")
}
