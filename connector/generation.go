package connector

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// generation is the connections made for one identity, and how many requests
// are on them. Once retired it lets those finish and closes every connection:
// net/http alone would keep a busy HTTP/2 connection until it has been idle
// for the idle timeout.
type generation struct {
	fingerprint string
	transport   *http.Transport

	requests atomic.Int64
	retired  atomic.Bool

	mu          sync.Mutex
	connections map[*connection]struct{}
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
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.generation.mu.Lock()
	delete(c.generation.connections, c)
	c.generation.mu.Unlock()
	return c.Conn.Close()
}

// dial is http.Transport.DialContext, keeping track.
func (g *generation) dial(dialer *net.Dialer) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		raw, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		c := &connection{Conn: raw, generation: g}
		g.mu.Lock()
		g.connections[c] = struct{}{}
		g.mu.Unlock()
		if g.retired.Load() && g.requests.Load() == 0 { // nobody waits for it any more
			_ = c.Close()
		}
		return c, nil
	}
}
