package mtls

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
)

// generation is the connections made for one identity, and how many requests
// are on them. Once retired it lets those finish and closes every connection:
// net/http alone would keep a busy HTTP/2 connection until it has been idle
// for the idle timeout.
type generation struct {
	identity  *certs.Identity
	transport *http.Transport
	servers   Servers // nil: nobody is told

	requests atomic.Int64
	retired  atomic.Bool

	mu          sync.Mutex
	connections map[*connection]struct{}
}

// generation returns the connections on which the certificates of an identity are
// presented, with a request begun on them.
func (c *Client) generation(identity *certs.Identity) *generation {
	for {
		g := c.current.Load()
		if g == nil || !g.identity.Presents(identity) {
			g = c.replace(identity)
		}
		// A closed client has nothing else to go on; its requests each close their connection.
		if g.begin() || c.closed.Load() {
			return g
		}
		g.end()
	}
}

func (c *Client) replace(identity *certs.Identity) *generation {
	c.mu.Lock()
	defer c.mu.Unlock()
	former := c.current.Load()
	if former != nil && former.identity.Presents(identity) {
		return former
	}
	g := c.newGeneration(identity)
	c.current.Store(g)
	if former != nil {
		former.retire(c.bound())
	}
	return g
}

func (c *Client) newGeneration(identity *certs.Identity) *generation {
	s := c.settings
	g := &generation{identity: identity, servers: c.servers, connections: map[*connection]struct{}{}}
	g.transport = &http.Transport{
		TLSClientConfig:     c.config(),
		DialContext:         g.dial(s.dialer()),
		TLSHandshakeTimeout: time.Duration(s.HandshakeTimeout),
		IdleConnTimeout:     time.Duration(s.IdleTimeout),
		MaxConnsPerHost:     s.MaxPerHost,
		MaxIdleConnsPerHost: s.MaxPerHost,
		// net/http switches HTTP/2 off where it is given a TLS configuration.
		ForceAttemptHTTP2: true,
	}
	if s.Renegotiation {
		g.transport.ForceAttemptHTTP2 = false
		g.transport.DialTLSContext = c.dialTLS(g)
	}
	return g
}

// dialTLS is http.Transport.DialTLSContext for servers that renegotiate: crypto/tls does so without the context
// of a request, so each connection has to know itself to whom a certificate is presented on it.
func (c *Client) dialTLS(g *generation) func(ctx context.Context, network, address string) (net.Conn, error) {
	base := c.config()
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		raw, err := g.transport.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		config := base.Clone()
		config.ServerName, _, _ = net.SplitHostPort(address) // it was dialled
		present := config.GetClientCertificate
		config.GetClientCertificate = func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			certificate, err := present(request)
			if err == nil {
				c.note(address, certificate)
			}
			return certificate, err
		}
		shaking, cancel := context.WithTimeout(ctx, time.Duration(c.settings.HandshakeTimeout))
		defer cancel()
		conn := tls.Client(raw, config)
		if err := conn.HandshakeContext(shaking); err != nil {
			_ = raw.Close()
			if g.servers != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
				g.servers(Handshake{Host: config.ServerName, Reason: TooSlow})
			}
			return nil, err
		}
		return conn, nil
	}
}

// begin counts a request and reports whether the generation still takes new ones.
func (g *generation) begin() bool {
	g.requests.Add(1)
	return !g.retired.Load()
}

// end counts a request as over: its answer was read or there is none.
func (g *generation) end() {
	if g.requests.Add(-1) == 0 && g.retired.Load() {
		g.close(g.open())
	}
}

// retire closes the connections when the last request on them is over, and
// after bound in any case: an answer nobody closes must not hold them.
func (g *generation) retire(bound time.Duration) {
	if g.retired.Swap(true) {
		return
	}
	g.transport.CloseIdleConnections()
	if g.requests.Load() == 0 {
		g.close(g.open())
		return
	}
	former := g.open()
	time.AfterFunc(bound, func() { g.close(former) })
}

// open returns the connections open now.
func (g *generation) open() []*connection {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]*connection, 0, len(g.connections))
	for c := range g.connections {
		all = append(all, c)
	}
	return all
}

func (g *generation) close(connections []*connection) {
	g.transport.CloseIdleConnections()
	for _, c := range connections {
		_ = c.Close()
	}
}

// connection is a TCP connection its generation knows of.
type connection struct {
	net.Conn
	generation *generation
	host       string
	greeting   serverFlight // the handshake is one goroutine's
	greeted    atomic.Bool  // it is over, or was told of
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.generation.mu.Lock()
	delete(c.generation.connections, c)
	c.generation.mu.Unlock()
	return c.Conn.Close()
}

// dial is http.Transport.DialContext, keeping track.
func (g *generation) dial(dialer *dialer) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		raw, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		host, _, _ := net.SplitHostPort(address) // net/http has joined them
		c := &connection{Conn: raw, generation: g, host: host}
		g.mu.Lock()
		g.connections[c] = struct{}{}
		g.mu.Unlock()
		if g.retired.Load() && g.requests.Load() == 0 { // nobody waits for it any more
			_ = c.Close()
		}
		return c, nil
	}
}
