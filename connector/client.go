// Package connector answers one question: how is this bank spoken to? It joins mTLS with
// the QWAC, request signatures with the QSealC, OAuth 2.0, account information and payment
// initiation (STET) into one Client. Everything that differs from bank to bank
// is in a Profile. Certificates and keys come from a certs.Source: where they are kept
// is not this package's business.
//
// Errors are *fault.Error with a stable code and a sentence that says what to
// do; where a bank was involved the cause is a *failure.Failure.
package connector

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/connector/signature"
	"github.com/sealkeeper/sealkeeper/connector/stet"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Client calls one bank for one registration. It is safe for concurrent use.
// Close it when it is replaced.
type Client struct {
	OAuth *oauth.Client // consents and tokens
	AIS   *ais.Client   // account information
	PIS   *pis.Client   // payment initiation

	profile   Profile
	transport *mtls.Client
}

// New checks cfg and returns a client. It opens no connection. An incomplete
// or contradictory configuration is a fault.Invalid error.
func New(cfg Config) (*Client, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	transport, err := mtls.New(cfg.Transport, cfg.Profile.Connection)
	if err != nil {
		return nil, err
	}
	transport.OnServer(cfg.Servers)
	transport.OnRequest(cfg.Requests)
	zone, err := cfg.Profile.location()
	if err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	c := &Client{profile: cfg.Profile, transport: transport}
	c.open(cfg, zone)
	return c, nil
}

// open makes the parts and connects them.
func (c *Client) open(cfg Config, zone *time.Location) {
	p, id := cfg.Profile, cfg.Credentials.ClientID
	refusals := failure.Reader{
		Phrases: p.Texts,
		Secrets: slices.AppendSeq([]secret.Text{cfg.Credentials.ClientSecret}, maps.Values(cfg.Credentials.Further)),
		Now:     cfg.Now,
		Zone:    zone,
	}
	c.OAuth = oauth.New(oauth.Config{
		Settings:     p.OAuth,
		AuthorizeURL: p.AuthorizeURL,
		TokenURL:     p.TokenURL,
		Credentials:  cfg.Credentials,
		Transport:    c.transport,
		Refusals:     refusals,
		Now:          cfg.Now,
	})
	caller := stet.New(stet.Config{
		Transport:    c.transport,
		Signer:       signature.NewSigner(p.Signature, cfg.Signing, cfg.KeyIDBase, id),
		Refusals:     refusals,
		ClientID:     id,
		Accept:       p.Accept,
		ExtraHeaders: p.ExtraHeaders,
		Further:      cfg.Credentials.Further,
	})
	c.AIS = ais.New(ais.Config{
		Caller:      caller,
		BaseURL:     p.AISBaseURL,
		HrefMode:    p.HrefMode,
		Resources:   p.Resources,
		MaxPages:    p.MaxPages,
		HistoryDays: p.HistoryDays,
		DateLayout:  p.DateLayout,
		Zone:        zone,
		Now:         cfg.Now,
	})
	c.PIS = pis.New(pis.Config{
		Caller:   caller,
		OAuth:    c.OAuth,
		BaseURL:  p.PISBaseURL,
		Settings: p.Payments,
		Zone:     zone,
		Now:      cfg.Now,
	})
}

// HTTPClient returns the mTLS client for calls this package does not make.
func (c *Client) HTTPClient() *http.Client { return c.transport.HTTPClient() }

// Presented is mtls.Client.Presented.
func (c *Client) Presented() map[string]string { return c.transport.Presented() }

// Rotate is mtls.Client.Rotate.
func (c *Client) Rotate(ctx context.Context) { c.transport.Rotate(ctx) }

// Close is mtls.Client.Close.
func (c *Client) Close() { c.transport.Close() }

// Probe makes a TLS handshake with every mTLS host of the profile, as mtls.Probe does.
func (c *Client) Probe(ctx context.Context) []mtls.ProbeResult {
	var hosts []string
	var results []mtls.ProbeResult
	for _, raw := range []string{c.profile.TokenURL, c.profile.AISBaseURL, c.profile.PISBaseURL} {
		u, err := url.Parse(raw)
		if err == nil && u.Scheme == "https" && !slices.Contains(hosts, mtls.Address(u)) {
			hosts = append(hosts, mtls.Address(u))
			results = append(results, c.transport.Probe(ctx, mtls.Address(u), u.EscapedPath()))
		}
	}
	return results
}
