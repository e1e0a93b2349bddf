package connector

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Token is what the token endpoint issued. Refresh is empty where the bank
// gives none: the consent then ends with the access token.
type Token struct {
	Access    secret.Text
	Refresh   secret.Text
	Scope     string // as granted; empty when the bank did not say
	ExpiresAt time.Time
	// RefreshExpiresAt is when the refresh token ends; zero when the bank did not say.
	RefreshExpiresAt time.Time
}

// The grants of RFC 6749.
const (
	grantCode              = "authorization_code"
	grantRefresh           = "refresh_token"
	grantClientCredentials = "client_credentials"
)

// AuthorizeURL is where the customer's browser goes to consent. state must
// be unguessable and bound to this one attempt; redirectURI must be
// registered with the bank letter by letter; verifier is NewVerifier's.
func (c *Client) AuthorizeURL(state, redirectURI string, verifier secret.Text) (string, error) {
	if state == "" || redirectURI == "" {
		return "", fault.New(fault.Invalid, "authorize_incomplete", "Give a state and a redirect URL for the consent.")
	}
	u, err := url.Parse(c.profile.AuthorizeURL)
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "profile_invalid", "Correct the authorize URL in the bank's profile.")
	}
	query := u.Query()
	query.Set("response_type", "code")
	query.Set("client_id", c.credentials.ClientID)
	query.Set("redirect_uri", redirectURI)
	query.Set("scope", c.profile.OAuth.AISScope)
	query.Set("state", state)
	if err := c.challenge(query, verifier); err != nil {
		return "", err
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}

// ExchangeCode turns the code of the call-back into a token. A code works
// once, so a failed exchange is not repeated.
func (c *Client) ExchangeCode(ctx context.Context, code, redirectURI string, verifier secret.Text) (*Token, error) {
	form := url.Values{"grant_type": {grantCode}, "code": {code}, "redirect_uri": {redirectURI}}
	if err := c.prove(form, verifier); err != nil {
		return nil, err
	}
	return c.token(ctx, c.withScope(form), secret.NewTextString(code), verifier)
}

// Refresh asks for a new access token. Banks that rotate answer with a new
// refresh token and take a second use of the old one for theft: store the
// result before using it, and refresh a consent from one place at a time.
func (c *Client) Refresh(ctx context.Context, refresh secret.Text) (*Token, error) {
	form := url.Values{"grant_type": {grantRefresh}, "refresh_token": {refresh.Reveal()}}
	token, err := c.token(ctx, c.withScope(form), refresh)
	if err != nil {
		return nil, err
	}
	if token.Refresh.Empty() {
		token.Refresh = refresh
	}
	return token, nil
}

// ClientCredentials asks for a token without a customer, as payments need
// it. An empty scope means the profile's PIS scope.
func (c *Client) ClientCredentials(ctx context.Context, scope string) (*Token, error) {
	if scope == "" {
		scope = c.profile.OAuth.PISScope
	}
	return c.token(ctx, url.Values{"grant_type": {grantClientCredentials}, "scope": {scope}})
}

func (c *Client) withScope(form url.Values) url.Values {
	if c.profile.OAuth.SendScope {
		form.Set("scope", c.profile.OAuth.AISScope)
	}
	return form
}

// token makes one call to the token endpoint: over mTLS, not signed.
func (c *Client) token(ctx context.Context, form url.Values, secrets ...secret.Text) (*Token, error) {
	if c.profile.OAuth.TokenAuth == TokenAuthBody {
		form.Set("client_id", c.credentials.ClientID)
		if !c.credentials.ClientSecret.Empty() {
			form.Set("client_secret", c.credentials.ClientSecret.Reveal())
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.profile.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "profile_invalid", "Correct the token URL in the bank's profile.")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	if c.profile.OAuth.TokenAuth == TokenAuthBasic {
		req.SetBasicAuth(c.credentials.ClientID, c.credentials.ClientSecret.Reveal())
	}
	got, err := c.transport.Send(req)
	if err != nil {
		return nil, err
	}
	if got.Status != http.StatusOK {
		refusal := c.refusals(secrets...).Read(got.Status, got.Header, got.Body)
		return nil, tokenError(refusal, form.Get("grant_type"))
	}
	return c.decodeToken(got)
}

// maxExpiry keeps an absurd expires_in from overflowing.
const maxExpiry = 10 * 365 * 24 * time.Hour

func (c *Client) decodeToken(got *mtls.Answer) (*Token, error) {
	var body struct {
		Access    secret.Text `json:"access_token"`
		Refresh   secret.Text `json:"refresh_token"`
		Type      string      `json:"token_type"`
		Scope     string      `json:"scope"`
		ExpiresIn json.Number `json:"expires_in"` // some banks send a string
		RefreshIn json.Number `json:"refresh_token_expires_in"`
	}
	// The decoder's error may quote the answer, and with it a token.
	if json.Unmarshal(got.Body, &body) != nil || body.Access.Empty() ||
		(body.Type != "" && !strings.EqualFold(body.Type, "bearer")) {
		return nil, failure.Unreadable.Because(&failure.Failure{Status: got.Status})
	}
	token := &Token{
		Access:    body.Access,
		Refresh:   body.Refresh,
		Scope:     body.Scope,
		ExpiresAt: c.now().Add(time.Duration(c.profile.OAuth.ExpiresIn)),
	}
	if life := lifetime(body.ExpiresIn); life > 0 {
		token.ExpiresAt = c.now().Add(life)
	}
	if life := lifetime(body.RefreshIn); life > 0 {
		token.RefreshExpiresAt = c.now().Add(life)
	}
	return token, nil
}

// lifetime is 0 for what is no positive number of seconds.
func lifetime(n json.Number) time.Duration {
	seconds, err := n.Int64()
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, int64(maxExpiry/time.Second))) * time.Second
}

// tokenError judges a refusal of the token endpoint (RFC 6749 section 5.2). Some
// banks report a dead refresh token as 404, and a blocked customer as a bad request.
func tokenError(r failure.Refusal, grant string) error {
	switch {
	case r.Code == "invalid_grant", r.Status == http.StatusNotFound && grant == grantRefresh:
		return r.Because(grantEnded)
	case r.Code == "invalid_client", r.Status == http.StatusUnauthorized:
		return r.Because(failure.ClientRefused)
	case r.Code == "invalid_scope", r.Code == "unauthorized_client":
		return r.Because(failure.ScopeRefused)
	case grant != grantClientCredentials && r.Status < 500 && r.SaysBlocked():
		return r.Because(customerBlocked)
	case r.Status >= 300 && r.Status < 400:
		return r.Because(failure.Redirected)
	}
	return r.OutageOr(tokenRequestRefused)
}
