// Package oauth answers one question: how does a customer's consent, or the firm's own
// standing, become a token? It is OAuth 2.0 (RFC 6749) with PKCE (RFC 7636) as banks
// speak it, over mutual TLS.
package oauth

import (
	"net/url"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Credentials are what the bank's portal issued for the application.
type Credentials struct {
	ClientID     string
	ClientSecret secret.Text
	Further      map[string]secret.Text // what else it gives, by name; headers of the profile may hold them
}

// Config is what a Client is made of. Every field is required.
type Config struct {
	Settings     Settings
	AuthorizeURL string // opened by the customer's browser
	TokenURL     string // over mutual TLS
	Credentials  Credentials
	Transport    *mtls.Client
	Refusals     failure.Reader
	Now          func() time.Time
}

// Client calls a bank's authorization server. It is safe for concurrent use.
type Client struct{ cfg Config }

// New returns a Client.
func New(cfg Config) *Client { return &Client{cfg} }

// Settings returns the settings of the bank's authorization server.
func (c *Client) Settings() Settings { return c.cfg.Settings }

// AuthorizeURL is where the customer's browser goes to consent. state must
// be unguessable and bound to this one attempt; redirectURI must be
// exactly as registered with the bank; verifier comes from NewVerifier.
func (c *Client) AuthorizeURL(state, redirectURI string, verifier secret.Text) (string, error) {
	if state == "" || redirectURI == "" {
		return "", fault.New(fault.Invalid, "authorize_incomplete", "Give a state and a redirect URL for the consent.")
	}
	u, err := url.Parse(c.cfg.AuthorizeURL)
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "profile_invalid", "Correct the authorize URL in the bank's profile.")
	}
	query := u.Query()
	query.Set("response_type", "code")
	query.Set("client_id", c.cfg.Credentials.ClientID)
	query.Set("redirect_uri", redirectURI)
	query.Set("scope", c.cfg.Settings.AISScope)
	query.Set("state", state)
	if err := c.challenge(query, verifier); err != nil {
		return "", err
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}
