package mtls

import (
	"errors"
	"io"
	"syscall"
)

// Types of TLS records (RFC 8446 section 5.1).
const (
	recordCipherChange = 20
	recordApplication  = 23
	recordHeader       = 5 // bytes: type, version and length
)

// serverFlight follows what a server sends until it encrypts, by the headers of its records: a connection that ends
// before then was broken off in the handshake. Errors alone do not tell that from one that ends without an answer.
type serverFlight struct {
	header [recordHeader]byte
	read   int // bytes of the header
	skip   int // bytes of the record that are still to come
	over   bool
}

// hears takes in what the server has sent.
func (g *serverFlight) hears(sent []byte) {
	for len(sent) > 0 && !g.over {
		if g.skip > 0 {
			n := min(g.skip, len(sent))
			sent, g.skip = sent[n:], g.skip-n
			continue
		}
		n := copy(g.header[g.read:], sent)
		sent, g.read = sent[n:], g.read+n
		if g.read < recordHeader {
			return
		}
		g.over = g.header[0] == recordCipherChange || g.header[0] == recordApplication
		g.read, g.skip = 0, int(g.header[3])<<8|int(g.header[4])
	}
}

// Read implements net.Conn.
func (c *connection) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if !c.greeted.Load() {
		c.greeting.hears(p[:n])
		c.shook(err)
	}
	return n, err
}

// Write implements net.Conn.
func (c *connection) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if err != nil && !c.greeted.Load() {
		c.shook(err)
	}
	return n, err
}

// shook tells of a handshake that was broken off, once.
func (c *connection) shook(err error) {
	if !c.greeting.over && !hungUp(err) {
		return
	}
	c.greeted.Store(true)
	if !c.greeting.over && c.generation.servers != nil {
		c.generation.servers(Handshake{Host: c.host, Reason: BrokenOff})
	}
}

// hungUp reports whether the other side ended a connection.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
