// Package connector reaches a bank's PSD2 interface (STET): an mTLS client
// that presents the QWAC, request signatures made with the QSealC, OAuth 2.0
// and the account information calls. Everything that differs from bank to
// bank is in a Profile. Certificates and keys come from a certs.Source, so
// the package neither knows nor cares where they are kept.
//
// Errors are *fault.Error with a stable code and a sentence that says what to
// do; where a bank was involved the cause is a *Failure.
package connector

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/connector/signature"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/loopback"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Config is what a Client is made of.
type Config struct {
	Profile     Profile
	Transport   certs.Source // the QWAC
	Signing     certs.Source // the QSealC
	Credentials oauth.Credentials
	KeyIDBase   string           // public base URL under which QSealCs are published
	Now         func() time.Time // nil means time.Now
}

// Client speaks to one bank for one registration. It is safe for concurrent
// use; Close it when another bundle takes its place.
type Client struct {
	OAuth *oauth.Client // tokens

	profile     Profile
	credentials oauth.Credentials
	now         func() time.Time
	transport   *mtls.Client
	signer      *signature.Signer
	zone        *time.Location
	payments    paymentToken
}

// New checks cfg and returns a client. It opens no connection. An incomplete
// or contradictory configuration is a fault.Invalid error.
func New(cfg Config) (*Client, error) {
	if err := cfg.Profile.Validate(); err != nil {
		return nil, err
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	transport, err := mtls.New(cfg.Transport, cfg.Profile.Connection)
	if err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	zone, err := cfg.Profile.location()
	if err != nil {
		return nil, err
	}
	c := &Client{
		profile:     cfg.Profile,
		credentials: cfg.Credentials,
		now:         cfg.Now,
		transport:   transport,
		signer: signature.NewSigner(
			cfg.Profile.Signature, cfg.Signing, cfg.KeyIDBase, cfg.Credentials.ClientID),
		zone: zone,
	}
	c.OAuth = oauth.New(oauth.Config{
		Settings:     cfg.Profile.OAuth,
		AuthorizeURL: cfg.Profile.AuthorizeURL,
		TokenURL:     cfg.Profile.TokenURL,
		Credentials:  cfg.Credentials,
		Transport:    transport,
		Refusals:     c.refusals(),
		Now:          cfg.Now,
	})
	return c, nil
}

func (cfg Config) check() error {
	switch {
	case cfg.Transport == nil || cfg.Signing == nil:
		return fault.New(fault.Invalid, "certificates_missing",
			"Configure a transport certificate (QWAC) and a signing certificate (QSealC).")
	case cfg.Credentials.ClientID == "":
		return fault.New(fault.Invalid, "client_id_missing", "Enter the client id that the bank's portal issued.")
	case cfg.Credentials.ClientSecret.Empty() && cfg.Profile.OAuth.TokenAuth == oauth.TokenAuthBasic:
		return fault.New(fault.Invalid, "client_secret_missing",
			"Enter the client secret that the bank's portal issued.")
	case strings.Contains(cfg.Profile.Signature.KeyID, "{base}"):
		if err := loopback.CheckURL(cfg.KeyIDBase); err != nil {
			return fault.Wrap(err, fault.Invalid, "key_id_base_invalid",
				"Configure the public https URL under which signing certificates are published.")
		}
	}
	return nil
}

// HTTPClient returns the mTLS client for calls this package does not make.
func (c *Client) HTTPClient() *http.Client { return c.transport.HTTPClient() }

// Presented is mtls.Client.Presented.
func (c *Client) Presented() map[string]string { return c.transport.Presented() }

// Rotate is mtls.Client.Rotate.
func (c *Client) Rotate(ctx context.Context) { c.transport.Rotate(ctx) }

// Close is mtls.Client.Close.
func (c *Client) Close() { c.transport.Close() }

// read does a signed GET of an AIS resource, more than once if it has to.
func (c *Client) read(ctx context.Context, url string, token *oauth.Token) (*mtls.Answer, error) {
	return c.transport.Retry(ctx, func() (*mtls.Answer, error) { return c.readOnce(ctx, url, token) })
}

// newRequest makes a request with the headers that all calls of resources carry, unsigned.
func (c *Client) newRequest(ctx context.Context, method, url string, body []byte, token *oauth.Token) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body)) // an empty reader counts as no body
	if err != nil {
		return nil, failure.LinkRefused.Because(&failure.Failure{Err: err})
	}
	req.Header.Set("Accept", c.profile.Accept)
	req.Header.Set("Authorization", "Bearer "+token.Access.Reveal())
	for name, value := range c.profile.ExtraHeaders {
		req.Header.Set(name, strings.ReplaceAll(value, "{client_id}", c.credentials.ClientID))
	}
	return req, nil
}

func (c *Client) readOnce(ctx context.Context, url string, token *oauth.Token) (*mtls.Answer, error) {
	req, err := c.newRequest(ctx, http.MethodGet, url, nil, token)
	if err != nil {
		return nil, err
	}
	attended, err := customerOf(ctx).announce(req.Header)
	if err != nil {
		return nil, err
	}
	if err := c.signer.Sign(ctx, req, nil, signature.AIS); err != nil {
		return nil, err
	}
	got, err := c.transport.Send(req)
	if err != nil {
		return nil, err
	}
	if got.Status != http.StatusOK && got.Status != http.StatusNoContent {
		reader := c.refusals(token.Access)
		reader.Attended = attended
		return nil, reader.Read(got.Status, got.Header, got.Body).ResourceError()
	}
	return got, nil
}

// refusals reads the bank's refusals of calls that carry secrets.
func (c *Client) refusals(secrets ...secret.Text) failure.Reader {
	reader := failure.Reader{Phrases: c.profile.Texts, Now: c.now, Zone: c.zone}
	return reader.With(append(secrets, c.credentials.ClientSecret)...)
}

// Probe does a handshake with every mTLS host of the profile and sends no
// request.
func (c *Client) Probe(ctx context.Context) []mtls.ProbeResult {
	var hosts []string
	for _, raw := range []string{c.profile.TokenURL, c.profile.AISBaseURL, c.profile.PISBaseURL} {
		u, err := url.Parse(raw)
		if err == nil && u.Scheme == "https" && !slices.Contains(hosts, mtls.Address(u)) {
			hosts = append(hosts, mtls.Address(u))
		}
	}
	results := make([]mtls.ProbeResult, len(hosts))
	for i, host := range hosts {
		results[i] = c.transport.Probe(ctx, host)
	}
	return results
}
