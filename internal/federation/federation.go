// Package federation answers one question: whose account at one of the firm's identity providers is this? It speaks
// OpenID Connect: authorization code with PKCE, state and nonce. No refresh token is asked for and no token is kept.
package federation

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"golang.org/x/oauth2"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Settings are one identity provider, as it is configured.
type Settings struct {
	ID           string // part of addresses here: the provider knows them as its redirect URIs
	Name         string // for people
	Issuer       string
	ClientID     string
	ClientSecret secret.Text                 // empty: a public client, PKCE alone
	Scopes       []string                    // beside openid and profile, such as groups
	GroupsClaim  string                      // claim that lists groups, in the ID token or in userinfo
	Groups       map[string]access.RoleGrant // the role that each stands for, and where it holds
}

// Purpose is what somebody shows for that it is them.
type Purpose string

// The purposes.
const (
	ToSignIn  Purpose = "sign_in"
	ToAdd     Purpose = "add"     // the account to who is signed in
	ToConfirm Purpose = "confirm" // that it is still they who are signed in
)

// Request is somebody's way to a provider and back.
type Request struct {
	StateHash, HeldHash string // SHA-256, hex
	Provider            string
	Purpose             Purpose
	UserID, SessionID   string // of who is signed in; empty: nobody is
	Nonce, Verifier     string
	Next                string // where they go on to
	BeganAt, ExpiresAt  time.Time
}

// Store keeps requests until they are answered.
type Store interface {
	// AddAccountRequest adds one, and removes those that are over and the oldest beyond most.
	AddAccountRequest(ctx context.Context, r Request, most int) error
	// TakeAccountRequest removes one and returns it; NotFound if it is not there.
	TakeAccountRequest(ctx context.Context, stateHash string) (Request, error)
}

const (
	// requestLasts is how long somebody may take at the provider.
	requestLasts = 10 * time.Minute
	// requestsMost bounds how many people are on their way at once: anybody can begin.
	requestsMost = 10_000
	// leeway is by how much a provider's clock may be behind or ahead.
	leeway = time.Minute
)

// Config is what a Service is made of.
type Config struct {
	Providers []Settings
	PublicURL string // under which browsers reach the console
	Store     Store
	Asks      *internet.Client
	Audit     *audit.Log
	Now       func() time.Time
}

// Service sends people to providers and reads what they come back with. It is safe for concurrent use.
type Service struct {
	cfg       Config
	providers []*provider
}

// New returns a Service. Nobody is asked yet: a provider that is down is in nobody's way but of who signs in with it.
func New(cfg Config) *Service {
	s := &Service{cfg: cfg}
	for _, settings := range cfg.Providers {
		s.providers = append(s.providers, newProvider(settings, cfg))
	}
	return s
}

// Choice is a provider that people can sign in with.
type Choice struct{ ID, Name string }

// Choices are all of them, as they are configured.
func (s *Service) Choices() []Choice {
	var all []Choice
	for _, p := range s.providers {
		all = append(all, Choice{p.ID, p.Name})
	}
	return all
}

func (s *Service) provider(id string) (*provider, error) {
	i := slices.IndexFunc(s.providers, func(p *provider) bool { return p.ID == id })
	if i < 0 {
		return nil, fault.New(fault.NotFound, "provider_unknown", "No identity provider of that name is configured.")
	}
	return s.providers[i], nil
}

// Begin returns the address at the provider to which somebody goes, and what their browser holds meanwhile. caller is
// who is signed in, if anybody is; next is where they go on to.
func (s *Service) Begin(
	ctx context.Context, caller access.Caller, providerID string, purpose Purpose, next string,
) (address string, held secret.Text, err error) {
	p, err := s.provider(providerID)
	if err != nil {
		return "", held, err
	}
	found, err := p.discover(ctx)
	if err != nil {
		return "", held, err
	}
	now := s.cfg.Now()
	state, nonce, browser := random(), random(), random()
	r := Request{
		StateHash: hash(state),
		HeldHash:  hash(browser),
		Provider:  p.ID,
		Purpose:   purpose,
		UserID:    caller.ID,
		SessionID: caller.Session,
		Nonce:     nonce,
		Verifier:  oauth2.GenerateVerifier(),
		Next:      next,
		BeganAt:   now,
		ExpiresAt: now.Add(requestLasts),
	}
	if err := s.cfg.Store.AddAccountRequest(ctx, r, requestsMost); err != nil {
		return "", held, err
	}
	options := []oauth2.AuthCodeOption{
		oauth2.S256ChallengeOption(r.Verifier),
		oauth2.SetAuthURLParam("nonce", nonce),
	}
	if purpose != ToSignIn { // they show it now, not some time ago
		options = append(options, oauth2.SetAuthURLParam("max_age", "0"), oauth2.SetAuthURLParam("prompt", "login"))
	}
	return found.oauth.AuthCodeURL(state, options...), secret.NewTextString(browser), nil
}

// Answer is what a browser comes back with from a provider.
type Answer struct {
	Provider string
	State    string
	Code     string
	Issuer   string // RFC 9207
	Error    string // RFC 6749, section 4.1.2.1
	Held     secret.Text
}

// Complete reads an answer. The request tells what it was for. Whatever does not fit is refused and recorded.
func (s *Service) Complete(ctx context.Context, caller access.Caller, a Answer) (identity.Shown, Request, error) {
	shown, r, err := s.complete(ctx, caller, a)
	if err != nil {
		err = s.cfg.Audit.Refuse(ctx, caller, access.SessionStart, a.Provider, err)
	}
	return shown, r, err
}

func (s *Service) complete(ctx context.Context, caller access.Caller, a Answer) (identity.Shown, Request, error) {
	r, err := s.cfg.Store.TakeAccountRequest(ctx, hash(a.State))
	over := fault.New(fault.Unauthenticated, "account_request_over",
		"This sign-in was already answered, took too long or was begun in another browser; begin again.")
	if errors.Is(err, fault.NotFound) {
		return identity.Shown{}, Request{}, over
	}
	if err != nil {
		return identity.Shown{}, Request{}, err
	}
	same := subtle.ConstantTimeCompare([]byte(r.HeldHash), []byte(hash(a.Held.Reveal()))) == 1
	if !same || r.Provider != a.Provider || s.cfg.Now().After(r.ExpiresAt) ||
		r.UserID != caller.ID || r.SessionID != caller.Session {
		return identity.Shown{}, Request{}, over
	}
	p, err := s.provider(a.Provider)
	if err != nil {
		return identity.Shown{}, r, err
	}
	found, err := p.discover(ctx)
	if err != nil {
		return identity.Shown{}, r, err
	}
	// RFC 9207: whose answer it is, so that no provider is given another's code.
	if a.Issuer != p.Issuer && (a.Issuer != "" || found.namesItself) {
		return identity.Shown{}, r, fault.New(fault.Unauthenticated, "account_issuer",
			"The answer comes from another identity provider than the question went to, so nothing was done.")
	}
	if a.Error != "" || a.Code == "" {
		return identity.Shown{}, r, fault.New(fault.Unauthenticated, "account_refused",
			"The identity provider has not signed you in; try again, or ask whoever runs it.")
	}
	shown, err := p.exchange(ctx, found, r, a.Code)
	if err == nil && r.Purpose != ToSignIn && shown.At.Before(r.BeganAt.Add(-leeway)) {
		err = fault.New(fault.Unauthenticated, "account_stale",
			"The identity provider did not ask you again who you are, so this does not count; its "+
				"administrators have to "+
				"allow max_age.")
	}
	return shown, r, err
}

func random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
