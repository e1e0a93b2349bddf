package federation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
)

const (
	// rediscoverAfter is how long what a provider says of itself is kept. Its keys are asked for when there are others.
	rediscoverAfter = time.Hour
	// pause is how long a provider that has not answered is left alone.
	pause = 5 * time.Second
	// waiting is how many requests may wait for what a provider says of itself: anybody can begin to sign in, and each
	// takes the place of a request meanwhile.
	waiting = 32
)

// provider is one identity provider.
type provider struct {
	Settings
	redirect string
	back     string // where browsers go after signing out there
	http     *http.Client
	now      func() time.Time
	place    chan struct{} // of the one who asks what the provider is
	places   chan struct{} // of that one and all who wait for the answer

	mu       sync.Mutex
	found    *providerMetadata
	until    time.Time // when it is asked again what it is
	failedAt time.Time // zero: it answered last time
}

// providerMetadata is what a provider says of itself.
type providerMetadata struct {
	*oidc.Provider
	oauth       oauth2.Config
	verifier    *oidc.IDTokenVerifier
	namesItself bool   // in its answers, RFC 9207
	endSession  string // OpenID Connect RP-Initiated Logout; may be empty
}

func newProvider(settings Settings, cfg Config) *provider {
	return &provider{
		Settings: settings,
		redirect: cfg.PublicURL + "/sign-in/account/" + url.PathEscape(settings.ID) + "/callback",
		back:     cfg.PublicURL + "/sign-in",
		http:     &http.Client{Transport: cfg.Asks.Transport("oidc", 0)},
		now:      cfg.Now,
		place:    make(chan struct{}, 1),
		places:   make(chan struct{}, waiting),
	}
}

// discover asks the provider what it is, unless that is known. While it does not answer, what was known goes on.
func (p *provider) discover(ctx context.Context) (*providerMetadata, error) {
	if known, good := p.known(); good {
		return known, nil
	}
	select {
	case p.places <- struct{}{}:
		defer func() { <-p.places }()
	default:
		return p.orKnown(nil)
	}
	select {
	case p.place <- struct{}{}:
		defer func() { <-p.place }()
	case <-ctx.Done():
		return p.orKnown(ctx.Err())
	}
	if known, good := p.known(); good {
		return known, nil
	}
	if p.silent() {
		return p.orKnown(nil)
	}
	found, err := p.ask(ctx)
	p.mu.Lock()
	p.failedAt = time.Time{}
	if err != nil {
		p.failedAt = p.now()
	} else {
		p.found, p.until = found, p.now().Add(rediscoverAfter)
	}
	p.mu.Unlock()
	if err != nil {
		return p.orKnown(err)
	}
	return found, nil
}

func (p *provider) known() (found *providerMetadata, good bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.found, p.found != nil && p.now().Before(p.until)
}

// silent reports whether the provider has not answered a moment ago.
func (p *provider) silent() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.failedAt.IsZero() && p.now().Sub(p.failedAt).Abs() < pause
}

// orKnown is what was known of a provider that cannot be asked now.
func (p *provider) orKnown(err error) (*providerMetadata, error) {
	if known, _ := p.known(); known != nil {
		return known, nil
	}
	return nil, fault.Wrap(err, fault.Unavailable, "provider_unavailable",
		"The identity provider does not answer as expected; try again, sign in with a passkey or with a link "+
			"made on the server, and tell the operator if it stays so.").RetryAfter(pause)
}

func (p *provider) ask(ctx context.Context) (*providerMetadata, error) {
	// The context of a provider is kept for asking for its keys, and must not end with this request.
	op, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.http), p.Issuer)
	if err != nil {
		return nil, err
	}
	var more struct {
		NamesItself bool   `json:"authorization_response_iss_parameter_supported"`
		EndSession  string `json:"end_session_endpoint"`
	}
	if err := op.Claims(&more); err != nil {
		return nil, err
	}
	return &providerMetadata{
		Provider: op,
		oauth: oauth2.Config{
			ClientID:     p.ClientID,
			ClientSecret: p.ClientSecret.Reveal(),
			Endpoint:     op.Endpoint(),
			RedirectURL:  p.redirect,
			Scopes:       append([]string{oidc.ScopeOpenID, "profile"}, p.Scopes...),
		},
		verifier:    op.Verifier(&oidc.Config{ClientID: p.ClientID, Now: p.now}),
		namesItself: more.NamesItself,
		endSession:  more.EndSession,
	}, nil
}

// claims are what we read of an ID token and of userinfo.
type claims struct {
	Name              string `json:"name"`
	PreferredUsername string `json:"preferred_username"`
	Sid               string `json:"sid"`
	AuthTime          int64  `json:"auth_time"`
}

// exchange trades a code for an ID token and reads it. The tokens are forgotten.
func (p *provider) exchange(
	ctx context.Context, found *providerMetadata, r Request, code string,
) (identity.Shown, error) {
	ctx = oidc.ClientContext(ctx, p.http)
	tokens, err := found.oauth.Exchange(ctx, code, oauth2.VerifierOption(r.Verifier))
	if err != nil {
		return identity.Shown{}, fault.Wrap(withoutBody(err), fault.Unavailable, "provider_exchange",
			"The identity provider did not give what it promised; begin again, and tell the operator if it stays so.")
	}
	raw, _ := tokens.Extra("id_token").(string)
	token, err := found.verifier.Verify(ctx, raw)
	if err != nil || token.Nonce != r.Nonce || token.Subject == "" {
		return identity.Shown{}, fault.Wrap(err, fault.Unauthenticated, "account_token",
			"What the identity provider says of you is not meant for this sign-in, or is not signed by it; begin "+
				"again, and "+
				"tell the operator if it stays so.")
	}
	var c claims
	all := map[string]any{}
	if err := errors.Join(token.Claims(&c), token.Claims(&all)); err != nil {
		return identity.Shown{}, unreadable(err)
	}
	if _, there := all[p.GroupsClaim]; (!there || c.Name == "") && found.UserInfoEndpoint() != "" {
		if err := p.userinfo(ctx, found, tokens, token.Subject, &c, all); err != nil {
			return identity.Shown{}, err
		}
	}
	shown := identity.Shown{
		Account: identity.Account{Issuer: p.Issuer, Subject: token.Subject, Provider: p.ID},
		Name:    c.Name,
		Sid:     c.Sid,
	}
	shown.Roles, shown.Grants = p.rights(all[p.GroupsClaim])
	if shown.Name == "" {
		shown.Name = c.PreferredUsername
	}
	if c.AuthTime > 0 {
		shown.At = time.Unix(c.AuthTime, 0).UTC()
	}
	return shown, nil
}

// withoutBody leaves out of an error what the provider answered: a page may be long, and may say again what it was
// asked, client secret and code.
func withoutBody(err error) error {
	e, ok := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case !ok:
		return err
	case e.Response == nil:
		return errors.New("oauth2: " + bounded(e.ErrorCode))
	}
	return fmt.Errorf("oauth2: HTTP status %d, error %q", e.Response.StatusCode, bounded(e.ErrorCode))
}

// bounded is a code of RFC 6749, which are short.
func bounded(code string) string { return code[:min(len(code), 64)] }

// userinfo adds what the provider says only there. It has to be about the same subject (OpenID Connect Core 5.3.2).
func (p *provider) userinfo(
	ctx context.Context, found *providerMetadata, tokens *oauth2.Token, subject string, c *claims, all map[string]any,
) error {
	info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return unreadable(err)
	}
	if info.Subject != subject {
		return unreadable(nil)
	}
	more, extra := claims{}, map[string]any{}
	if err := errors.Join(info.Claims(&more), info.Claims(&extra)); err != nil {
		return unreadable(err)
	}
	if c.Name == "" {
		c.Name = more.Name
	}
	if c.PreferredUsername == "" {
		c.PreferredUsername = more.PreferredUsername
	}
	if _, there := all[p.GroupsClaim]; !there {
		all[p.GroupsClaim] = extra[p.GroupsClaim]
	}
	return nil
}

func unreadable(err error) error {
	return fault.Wrap(err, fault.Unavailable, "account_unreadable",
		"What the identity provider says of you cannot be read; tell the operator.")
}

// rights are what groups stand for: roles everywhere, in the order of all roles, and roles on parts.
func (p *provider) rights(groups any) (roles []access.Role, parts []access.RoleGrant) {
	for _, name := range namesOf(groups) {
		g, known := p.Groups[name]
		g.Group = name
		same := func(other access.RoleGrant) bool { return other.Role == g.Role && other.Scope == g.Scope }
		switch {
		case !known:
		case g.Scope == access.Everything:
			roles = append(roles, g.Role)
		case !slices.ContainsFunc(parts, same) && len(parts) < maxParts:
			parts = append(parts, g)
		}
	}
	missing := func(r access.Role) bool { return !slices.Contains(roles, r) }
	return slices.DeleteFunc(access.PersonalRoles(), missing), parts
}

// maxParts bounds what one person is given on parts by groups.
const maxParts = 50

func namesOf(groups any) (names []string) {
	switch groups := groups.(type) {
	case string:
		return []string{groups}
	case []any:
		for _, g := range groups {
			if name, ok := g.(string); ok {
				names = append(names, name)
			}
		}
	}
	return names
}

// SignOutURL is where somebody who signed in with a provider of this issuer signs out there, too; empty where that is
// not known. No token is kept for it, so the provider asks whether they want to.
func (s *Service) SignOutURL(ctx context.Context, issuer string) string {
	i := slices.IndexFunc(s.providers, func(p *provider) bool { return p.Issuer == issuer })
	if i < 0 {
		return ""
	}
	p := s.providers[i]
	found, err := p.discover(ctx)
	if err != nil || !strings.HasPrefix(found.endSession, "http") {
		return ""
	}
	end, err := url.Parse(found.endSession)
	if err != nil {
		return ""
	}
	values := end.Query()
	values.Set("client_id", p.ClientID)
	values.Set("post_logout_redirect_uri", p.back)
	end.RawQuery = values.Encode()
	return end.String()
}
