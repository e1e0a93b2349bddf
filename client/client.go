// Package client asks a Sealkeeper service, as what its /v1 has: a method for each operation, with the
// types of package api.
//
// A method is named after its operation in the service's description (GET /v1/openapi.yaml,
// web/api/openapi.yaml here). An error that the service answered with is a [fault.Error] with the
// service's own kind, code and sentence, so that errors.Is(err, fault.NotFound) works across the wire.
//
// A Client is for any number of goroutines. It never repeats a call: docs/api.md says which ones may be.
package client

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/loopback"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Config says which service is asked, and on whose behalf.
type Config struct {
	// URL is where the service is: https://sealkeeper.example, with or without /v1. To this machine it may be http.
	URL string
	// Token is the caller's bearer token, as `sealkeeper token add` makes it.
	Token secret.Text
	// TokenFunc is asked for the token at each call, in place of Token: for tokens that are renewed.
	TokenFunc func(context.Context) (secret.Text, error)
	// HTTPClient makes the calls; nil: one with Transport. Redirects are not followed, whatever it says: the
	// token is for the service alone.
	HTTPClient *http.Client
	// Timeout bounds a call whose context does not end sooner; 0: two minutes, which covers the slowest bank.
	Timeout time.Duration
}

// defaultTimeout covers the slowest bank.
const defaultTimeout = 2 * time.Minute

// Client asks one service on behalf of one caller.
type Client struct {
	server  string // without /v1
	token   func(context.Context) (secret.Text, error)
	http    http.Client
	timeout time.Duration
}

// New makes a client. It asks the service nothing yet.
func New(cfg Config) (*Client, error) {
	server, err := serverOf(cfg.URL)
	if err != nil {
		return nil, err
	}
	c := &Client{server: server, token: cfg.TokenFunc, timeout: cmp.Or(cfg.Timeout, defaultTimeout)}
	if c.token == nil {
		c.token = func(context.Context) (secret.Text, error) { return cfg.Token, nil }
	}
	if cfg.HTTPClient != nil {
		c.http = *cfg.HTTPClient
	} else {
		c.http.Transport = Transport()
	}
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c, nil
}

// serverOf is where the service is, without the /v1 that programs put behind it.
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

// Transport is what a client uses that is given none; for one with other settings of TLS, change them in it. It
// gives a proxy nothing but tunnels: in http, which is for this machine alone, the proxy would read the token.
// Go's own exemption of this machine knows neither LOCALHOST nor every address of it.
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
