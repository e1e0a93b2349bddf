package oauth

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Token is what the token endpoint issued. Refresh is empty if the bank gives no
// refresh token: the consent then ends with the access token.
type Token struct {
	Access    secret.Text
	Refresh   secret.Text
	Scope     string // as granted; empty when the bank did not say
	ExpiresAt time.Time
	// RefreshExpiresAt is when the refresh token ends; zero if the bank did not say.
	RefreshExpiresAt time.Time
}

// The grants of RFC 6749.
const (
	grantCode              = "authorization_code"
	grantRefresh           = "refresh_token"
	grantClientCredentials = "client_credentials"
)

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
// refresh token and treat a second use of the old one as theft: store the
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

// ClientCredentials asks for a token without a customer, as payments need. An
// empty scope means the profile's PIS scope.
func (c *Client) ClientCredentials(ctx context.Context, scope string) (*Token, error) {
	if scope == "" {
		scope = c.cfg.Settings.PISScope
	}
	return c.token(ctx, url.Values{"grant_type": {grantClientCredentials}, "scope": {scope}})
}

func (c *Client) withScope(form url.Values) url.Values {
	if c.cfg.Settings.SendScope {
		form.Set("scope", c.cfg.Settings.AISScope)
	}
	return form
}

// token makes one call to the token endpoint: over mTLS, not signed.
func (c *Client) token(ctx context.Context, form url.Values, secrets ...secret.Text) (*Token, error) {
	if c.cfg.Settings.TokenAuth == TokenAuthBody {
		form.Set("client_id", c.cfg.Credentials.ClientID)
		if !c.cfg.Credentials.ClientSecret.Empty() {
			form.Set("client_secret", c.cfg.Credentials.ClientSecret.Reveal())
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "profile_invalid", "Correct the token URL in the bank's profile.")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	if c.cfg.Settings.TokenAuth == TokenAuthBasic {
		req.SetBasicAuth(c.cfg.Credentials.ClientID, c.cfg.Credentials.ClientSecret.Reveal())
	}
	got, err := c.cfg.Transport.Send(req)
	if err != nil {
		return nil, err
	}
	if got.Status != http.StatusOK {
		refusal := c.cfg.Refusals.With(secrets...).Read(got.Status, got.Header, got.Body)
		return nil, tokenError(refusal, form.Get("grant_type"))
	}
	return c.decodeToken(got)
}

// maxExpiry keeps an absurd expires_in from overflowing.
const maxExpiry = 10 * 365 * 24 * time.Hour

func (c *Client) decodeToken(got *mtls.Answer) (*Token, error) {
	var body struct {
		Access  secret.Text `json:"access_token"`
		Refresh secret.Text `json:"refresh_token"`
		Type    string      `json:"token_type"`
		// What is odd in these takes no token away.
		Scope     json.RawMessage `json:"scope"`
		ExpiresIn json.RawMessage `json:"expires_in"` // some banks send a string
		RefreshIn json.RawMessage `json:"refresh_token_expires_in"`
	}
	// The decoder's error may quote the answer, and with it a token.
	if json.Unmarshal(got.Body, &body) != nil || body.Access.Empty() ||
		(body.Type != "" && !strings.EqualFold(body.Type, "bearer")) {
		return nil, failure.Unreadable.Because(&failure.Failure{Status: got.Status})
	}
	token := &Token{
		Access:    body.Access,
		Refresh:   body.Refresh,
		Scope:     scope(body.Scope),
		ExpiresAt: c.cfg.Now().Add(time.Duration(c.cfg.Settings.ExpiresIn)),
	}
	if life := lifetime(body.ExpiresIn); life > 0 {
		token.ExpiresAt = c.cfg.Now().Add(life)
	}
	if life := lifetime(body.RefreshIn); life > 0 {
		token.RefreshExpiresAt = c.cfg.Now().Add(life)
	}
	return token, nil
}

// scope is a text, or a list of them.
func scope(raw json.RawMessage) string {
	var text string
	var list []string
	if json.Unmarshal(raw, &text) != nil && json.Unmarshal(raw, &list) == nil {
		text = strings.Join(list, " ")
	}
	return text
}

// lifetime is 0 for what is no positive number of seconds.
func lifetime(raw json.RawMessage) time.Duration {
	seconds, err := strconv.ParseFloat(strings.Trim(string(raw), `" `), 64)
	if err != nil || !(seconds > 0) { // no number is greater than NaN
		return 0
	}
	return time.Duration(min(seconds, maxExpiry.Seconds())) * time.Second
}
