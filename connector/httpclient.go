package connector

import (
	"context"
	"crypto/tls"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
)

// HTTPClient hands out an *http.Client that presents the identity its source
// holds at the time of each request. When the source changes, the next
// request opens a connection with the new certificate; requests in flight
// finish on the old connections, which are closed with the last of them, and
// no later than request_timeout. It is safe for concurrent use.
type HTTPClient struct {
	source     certs.Source
	connection Connection
	config     func() *tls.Config
	client     *http.Client
	closed     atomic.Bool

	current atomic.Pointer[generation]
	mu      sync.Mutex // held while one generation replaces another

	seen      sync.Mutex
	presented map[string]string
}

// NewHTTPClient returns a client with the profile's connection settings:
// mTLS, no redirects followed, no proxy unless configured, every wait and
// number bounded. The error is a profile that does not validate.
func NewHTTPClient(source certs.Source, connection Connection) (*HTTPClient, error) {
	h := &HTTPClient{source: source, connection: connection, presented: map[string]string{}}
	base, err := connection.tlsConfig(source)
	if err != nil {
		return nil, err
	}
	h.config = func() *tls.Config {
		config := base()
		h.report(config)
		return config
	}
	h.client = &http.Client{
		Transport: h,
		// A bank API has no reason to redirect, and the Authorization
		// header must not follow it if it does.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return h, nil
}

// Client returns the *http.Client; always the same one.
func (h *HTTPClient) Client() *http.Client { return h.client }

// Presented returns the fingerprint (lower-case hex SHA-256 of the DER) of
// the certificate last presented to each "host:port" that asked for one.
func (h *HTTPClient) Presented() map[string]string {
	h.seen.Lock()
	defer h.seen.Unlock()
	return maps.Clone(h.presented)
}

// Close lets go of all connections: idle ones now, busy ones as their
// request ends. A caller that still holds the *http.Client may go on using
// it; such requests leave no connection behind.
func (h *HTTPClient) Close() {
	h.closed.Store(true)
	if current := h.current.Load(); current != nil {
		current.retire(h.bound())
	}
}

// Rotate looks at the source now instead of at the next request: the
// connections of an identity it no longer holds are let go.
func (h *HTTPClient) Rotate(ctx context.Context) {
	identity, err := h.source.Identity(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	current := h.current.Load()
	if current == nil || h.closed.Load() || (err == nil && current.fingerprint == identity.Certificate.SHA256) {
		return
	}
	h.current.Store(nil)
	current.retire(h.bound())
}

// bound is how long a request and its answer may take at most.
func (h *HTTPClient) bound() time.Duration { return time.Duration(h.connection.RequestTimeout) }

// CloseIdleConnections implements the method http.Client looks for.
func (h *HTTPClient) CloseIdleConnections() {
	if current := h.current.Load(); current != nil {
		current.transport.CloseIdleConnections()
	}
}

// RoundTrip implements http.RoundTripper. The source is asked first, so that
// a retired certificate is out of use at once, open connections or not.
func (h *HTTPClient) RoundTrip(req *http.Request) (*http.Response, error) {
	identity, err := h.source.Identity(req.Context())
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // as http.RoundTripper asks, whatever happens
		}
		return nil, sourceError(err, "transport certificate (QWAC)")
	}
	// http.Client.Timeout would do, at the price of a goroutine per request.
	ctx, cancel := context.WithTimeout(req.Context(), h.bound())
	req = req.WithContext(context.WithValue(ctx, dialledKey{}, req.URL))
	g := h.generation(identity.Certificate.SHA256)
	req.Close = req.Close || h.closed.Load()
	response, err := g.transport.RoundTrip(req)
	if err != nil {
		cancel()
		g.end()
		return nil, err
	}
	response.Body = &answerBody{ReadCloser: response.Body, cancel: cancel, generation: g}
	return response, nil
}

// answerBody ends a request's time-out, and its place on the connections, with its answer.
type answerBody struct {
	io.ReadCloser
	cancel     context.CancelFunc
	generation *generation
	closed     atomic.Bool
}

// Close implements io.Closer.
func (b *answerBody) Close() error {
	err := b.ReadCloser.Close()
	b.cancel()
	if !b.closed.Swap(true) {
		b.generation.end()
	}
	return err
}

// generation returns the connections of the identity with this fingerprint,
// with a request begun on them.
func (h *HTTPClient) generation(fingerprint string) *generation {
	for {
		g := h.current.Load()
		if g == nil || g.fingerprint != fingerprint {
			g = h.replace(fingerprint)
		}
		// A closed client has nothing else to go on; its requests each close their connection.
		if g.begin() || h.closed.Load() {
			return g
		}
		g.end()
	}
}

func (h *HTTPClient) replace(fingerprint string) *generation {
	h.mu.Lock()
	defer h.mu.Unlock()
	former := h.current.Load()
	if former != nil && former.fingerprint == fingerprint {
		return former
	}
	g := h.newGeneration(fingerprint)
	h.current.Store(g)
	if former != nil {
		former.retire(h.bound())
	}
	return g
}

func (h *HTTPClient) newGeneration(fingerprint string) *generation {
	c := h.connection
	g := &generation{fingerprint: fingerprint, connections: map[*connection]struct{}{}}
	g.transport = &http.Transport{
		TLSClientConfig:     h.config(),
		DialContext:         g.dial(&net.Dialer{Timeout: time.Duration(c.DialTimeout)}),
		TLSHandshakeTimeout: time.Duration(c.HandshakeTimeout),
		IdleConnTimeout:     time.Duration(c.IdleTimeout),
		MaxConnsPerHost:     c.MaxPerHost,
		MaxIdleConnsPerHost: c.MaxPerHost,
		// net/http switches HTTP/2 off where it is given a TLS configuration.
		ForceAttemptHTTP2: true,
	}
	if proxy, err := url.Parse(c.ProxyURL); err == nil && c.ProxyURL != "" {
		g.transport.Proxy = http.ProxyURL(proxy)
	}
	return g
}

// dialledKey is the context key under which a handshake finds its *url.URL.
type dialledKey struct{}

// report notes what config presents, and to whom. The host travels in the
// context because a CertificateRequestInfo does not name it.
func (h *HTTPClient) report(config *tls.Config) {
	ask := config.GetClientCertificate
	config.GetClientCertificate = func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		certificate, err := ask(request)
		if err != nil {
			return nil, err
		}
		if u, ok := request.Context().Value(dialledKey{}).(*url.URL); ok {
			h.seen.Lock()
			h.presented[hostPort(u)] = fingerprint(certificate.Certificate[0])
			h.seen.Unlock()
		}
		return certificate, nil
	}
}

func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	if u.Scheme == "http" {
		return net.JoinHostPort(u.Hostname(), "80")
	}
	return net.JoinHostPort(u.Hostname(), "443")
}
