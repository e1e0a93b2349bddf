// Package mtls answers one question: how does a request reach the bank with our
// certificate? It makes an *http.Client from a certs.Source. The client presents the
// certificate that the source holds now, never talks to a server it has not verified, and
// its errors say what a refused handshake means. It knows nothing of a bank's interface.
package mtls

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
)

// Client makes requests that present the identity its source holds at the time
// of each. When the source changes, the next request opens a connection with
// the new certificate; requests in flight finish on the old connections, which
// are closed with the last of them, and no later than request_timeout. It is
// safe for concurrent use.
type Client struct {
	source   certs.Source
	settings Settings
	config   func() *tls.Config
	http     *http.Client
	budget   *budget
	closed   atomic.Bool

	current atomic.Pointer[generation]
	mu      sync.Mutex // held while one generation replaces another

	seen      sync.Mutex
	presented map[string]string
	servers   Servers
	requests  Requests
}

// Requests is told of each request when it is sent, by its method and the host that it goes to, and what it returns is
// told how that ended: with an HTTP status, or with an error and 0. Neither path nor query is told, which may name a
// customer's account.
type Requests func(ctx context.Context, method, host string) (ended func(status int, err error))

// OnRequest has every request from now on told. It is called before the client is used.
func (c *Client) OnRequest(told Requests) { c.requests = told }

// OnServer has every handshake from now on told. It is called before the client is used.
func (c *Client) OnServer(told Servers) { c.servers = told }

// toldOfServers tells of each handshake; one whose server is not trusted ends before VerifyConnection.
func (c *Client) toldOfServers(config *tls.Config) {
	verify := config.VerifyConnection
	config.VerifyConnection = func(state tls.ConnectionState) error {
		err := verify(state)
		if c.servers == nil || state.DidResume && err != nil {
			return err
		}
		h := Handshake{Host: serverName(state)}
		if !state.DidResume { // what a session has kept is not what the server sends now
			h.Chain = state.PeerCertificates
		}
		if err != nil {
			h.Reason = NameNotPinned // crypto/tls has verified the rest
		}
		c.servers(h)
		return err
	}
}

// New returns a client that follows no redirects, uses no proxy unless configured,
// and has a bound on every wait and number. It fails without a source or with
// settings that have Problems.
func New(source certs.Source, settings Settings) (*Client, error) {
	if source == nil {
		return nil, noCertificate(errors.New("no source"))
	}
	if problems := settings.Problems(); problems != nil {
		return nil, fault.New(fault.Invalid, "profile_invalid",
			"Correct the connection settings of the bank's profile: %s.", strings.Join(problems, "; "))
	}
	base, err := settings.tlsConfig(source)
	if err != nil {
		return nil, err
	}
	c := &Client{
		source:    source,
		settings:  settings,
		budget:    newBudget(settings.RetryBudget),
		presented: map[string]string{},
	}
	c.config = func() *tls.Config {
		config := base()
		c.report(config)
		c.toldOfServers(config)
		return config
	}
	c.http = &http.Client{
		Transport: c,
		// A bank API has no reason to redirect, and the Authorization
		// header must not follow it if it does.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// HTTPClient returns the *http.Client, for calls that need its errors unchanged. It is always the same one.
func (c *Client) HTTPClient() *http.Client { return c.http }

// Presented returns the fingerprint (lower-case hex SHA-256 of the DER) of
// the certificate last presented to each "host:port" that asked for one.
func (c *Client) Presented() map[string]string {
	c.seen.Lock()
	defer c.seen.Unlock()
	return maps.Clone(c.presented)
}

// Close closes all connections: idle ones now, busy ones when their request ends.
// The *http.Client may still be used; such requests leave no connection behind.
func (c *Client) Close() {
	c.closed.Store(true)
	if current := c.current.Load(); current != nil {
		current.retire(c.bound())
	}
}

// InFlight returns how many requests have neither failed nor had their answer's body closed. Of a closed client, that
// is how many keep its connections.
func (c *Client) InFlight() int {
	if current := c.current.Load(); current != nil {
		return int(current.requests.Load())
	}
	return 0
}

// Rotate asks the source now instead of at the next request, and closes the
// connections of an identity that the source no longer holds.
func (c *Client) Rotate(ctx context.Context) {
	identity, err := c.source.Identity(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	current := c.current.Load()
	if current == nil || c.closed.Load() || (err == nil && current.identity.Presents(identity)) {
		return
	}
	c.current.Store(nil)
	current.retire(c.bound())
}

// bound is how long a request and its answer may take.
func (c *Client) bound() time.Duration { return time.Duration(c.settings.RequestTimeout) }

// CloseIdleConnections implements the method http.Client looks for.
func (c *Client) CloseIdleConnections() {
	if current := c.current.Load(); current != nil {
		current.transport.CloseIdleConnections()
	}
}

// RoundTrip implements http.RoundTripper. The source is asked first, so that
// a retired certificate is out of use at once, open connections or not.
func (c *Client) RoundTrip(req *http.Request) (*http.Response, error) {
	identity, err := c.source.Identity(req.Context())
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // as http.RoundTripper asks, whatever happens
		}
		return nil, noCertificate(err)
	}
	// http.Client.Timeout would do, at the price of a goroutine per request.
	g := c.generation(identity)
	one := &call{target: req.URL, generation: g}
	one.Context, one.cancel = context.WithTimeout(req.Context(), c.bound())
	req = req.WithContext(one)
	req.Close = req.Close || c.closed.Load()
	ended := unheard
	if c.requests != nil {
		ended = c.requests(one, req.Method, req.URL.Hostname())
	}
	response, err := g.transport.RoundTrip(req)
	if err != nil {
		if c.servers != nil {
			h, failed := failedHandshake(req.URL.Hostname(), err)
			if failed && (h.Reason != TooSlow || !one.late()) {
				c.servers(h)
			}
		}
		ended(0, err)
		one.cancel()
		g.end()
		return nil, err
	}
	ended(response.StatusCode, nil)
	one.answer.ReadCloser, one.answer.call = response.Body, one
	response.Body = &one.answer
	return response, nil
}

// unheard is what nobody is told of.
func unheard(int, error) {}

// call is what a request needs beside net/http, in one piece: its time-out, whom it is for, and its place on the
// connections until its answer has been read.
type call struct {
	context.Context
	cancel     context.CancelFunc
	target     *url.URL
	generation *generation
	answer     answerBody
}

// late reports whether the request had no time left: that it took too long says nothing of the server then.
func (c *call) late() bool {
	end, bounded := c.Deadline()
	return c.Err() != nil || bounded && !time.Now().Before(end)
}

// Value implements context.Context.
func (c *call) Value(key any) any {
	if key == (targetKey{}) {
		return c.target
	}
	return c.Context.Value(key)
}

// answerBody ends a request's time-out, and its place on the connections, with its answer.
type answerBody struct {
	io.ReadCloser
	call   *call
	closed atomic.Bool
}

// Close implements io.Closer.
func (b *answerBody) Close() error {
	err := b.ReadCloser.Close()
	b.call.cancel()
	if !b.closed.Swap(true) {
		b.call.generation.end()
	}
	return err
}

// targetKey is the context key under which a handshake finds its *url.URL.
type targetKey struct{}

// report notes what config presents, and to whom. The host travels in the
// context because a CertificateRequestInfo does not name it.
func (c *Client) report(config *tls.Config) {
	ask := config.GetClientCertificate
	config.GetClientCertificate = func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		certificate, err := ask(request)
		if err != nil {
			return nil, err
		}
		if u, ok := request.Context().Value(targetKey{}).(*url.URL); ok {
			c.note(Address(u), certificate)
		}
		return certificate, nil
	}
}

// note keeps what was presented to an address.
func (c *Client) note(address string, certificate *tls.Certificate) {
	c.seen.Lock()
	defer c.seen.Unlock()
	c.presented[address] = fingerprint(certificate)
}

// Address returns the "host:port" that a URL leads to.
func Address(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	if u.Scheme == "http" {
		return net.JoinHostPort(u.Hostname(), "80")
	}
	return net.JoinHostPort(u.Hostname(), "443")
}

// fingerprint is that of the leaf.
func fingerprint(certificate *tls.Certificate) string {
	sum := sha256.Sum256(certificate.Certificate[0])
	return hex.EncodeToString(sum[:])
}
