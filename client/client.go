// Package client calls a Sealkeeper service. It has a method for each operation of /v1, with the types of
// package api.
//
// A method is named after its operation in the service's description (GET /v1/openapi.yaml;
// web/api/openapi.yaml in the repository). An error from the service is a [fault.Error] with the service's
// own kind, code and sentence, so errors.Is(err, fault.NotFound) works across the wire.
//
// A Client is safe for concurrent use. It never repeats a call; docs/api.md says which calls may be
// repeated, and [WithIdempotencyKey] makes others so.
package client

import (
	"cmp"
	"context"
	"crypto/tls"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/loopback"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Config says which service is called, and on whose behalf.
type Config struct {
	// URL is the service's address: https://sealkeeper.example, with or without /v1. On this machine it may be http.
	URL string
	// Token is the caller's bearer token, as `sealkeeper token add` makes it.
	Token secret.Text
	// TokenFunc, if set, is asked for the token at each call instead of Token, for tokens that are renewed.
	TokenFunc func(context.Context) (secret.Text, error)
	// WorkloadFunc, if set, is asked for the JWT that the platform gives this program (of a
	// Kubernetes service account, of
	// a job of GitHub or GitLab), which is exchanged for a short token instead of Token: for
	// [TokenFile], in most cases.
	WorkloadFunc func(context.Context) (secret.Text, error)
	// Account is the name or id of the service account that is meant, where that JWT stands for several.
	Account string
	// GetClientCertificate, if set, gives the client certificate with which the calls are made instead of a token, to a
	// service behind a proxy that passes certificates on: [CertificateFiles], in most cases. The transport of
	// HTTPClient is then an *http.Transport, of which a copy is used.
	GetClientCertificate func(*tls.CertificateRequestInfo) (*tls.Certificate, error)
	// HTTPClient makes the calls; nil means one with Transport. Redirects are never followed, because the token
	// is for the service alone.
	HTTPClient *http.Client
	// Timeout bounds each call; 0 means two minutes, which covers the slowest bank.
	Timeout time.Duration
}

// defaultTimeout covers the slowest bank.
const defaultTimeout = 2 * time.Minute

// Client calls one service on behalf of one caller.
type Client struct {
	server  string // without /v1
	token   func(context.Context) (secret.Text, error)
	http    http.Client
	timeout time.Duration

	own       bool           // the transport is this Client's and nobody else's
	exchanged *tokenResponse // nil: the token is the caller's own
	presents  bool           // a certificate and no token
}

// New makes a client. It does not contact the service.
func New(cfg Config) (*Client, error) {
	server, err := serverOf(cfg.URL)
	if err != nil {
		return nil, err
	}
	c := &Client{server: server, token: cfg.TokenFunc, timeout: cmp.Or(cfg.Timeout, defaultTimeout)}
	if cfg.WorkloadFunc != nil {
		c.exchanged = &tokenResponse{
			workload: cfg.WorkloadFunc,
			account:  cfg.Account,
			exchange: c.ExchangeToken,
			place:    make(chan struct{}, 1),
		}
		c.token = c.exchanged.get
	}
	if c.token == nil {
		c.token = func(context.Context) (secret.Text, error) { return cfg.Token, nil }
	}
	if cfg.HTTPClient != nil {
		c.http = *cfg.HTTPClient
	} else {
		c.http.Transport, c.own = Transport(), true
	}
	if cfg.GetClientCertificate != nil {
		transport, err := cfg.presenting(server)
		if err != nil {
			return nil, err
		}
		c.http.Transport, c.presents, c.own = transport, true, true
	}
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c, nil
}

// CloseIdleConnections closes connections that no call is using, for a program that is done with the service. Those of
// a Config.HTTPClient are its owner's, and stay.
func (c *Client) CloseIdleConnections() {
	if c.own {
		c.http.CloseIdleConnections()
	}
}

// serverOf is the service's address without /v1.
func serverOf(address string) (string, error) {
	address = strings.TrimSuffix(strings.TrimSuffix(address, "/"), "/v1")
	server, err := url.Parse(address)
	switch {
	case err != nil || server.Hostname() == "" || (server.Scheme != "https" && server.Scheme != "http") ||
		server.User != nil || server.RawQuery != "" || server.Fragment != "":
		return "", fault.New(fault.Invalid, "server_invalid",
			"The address of the service must be of the form https://sealkeeper.example.")
	case server.Scheme == "http" && !loopback.Host(server.Hostname()):
		return "", fault.New(fault.Invalid, "server_insecure",
			"The address of the service must begin with https:// unless it is this machine: the bearer token would "+
				"cross the network in clear.")
	}
	return address, nil
}

// Transport returns the default transport of a Client, for callers who want other TLS settings. It uses a proxy
// for https only: in http, which is for this machine alone, the proxy would read the token. Go's own exception
// for this machine covers neither LOCALHOST nor all of its addresses.
func Transport() *http.Transport {
	return &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) {
			if r.URL.Scheme != "https" {
				return nil, nil //nolint:nilnil // net/http takes nil for no proxy
			}
			return http.ProxyFromEnvironment(r)
		},
		ForceAttemptHTTP2:   true,
		TLSHandshakeTimeout: 10 * time.Second,
		IdleConnTimeout:     90 * time.Second,
	}
}
