// Package wire answers one question: how does a connection to the simulated bank go wrong?
// It has the failures that are no HTTP answer: alerts, resets, cuts, silence.
package wire

import (
	"encoding/binary"
	"io"
	"net"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank/mishap"
)

// maxUnread is what is read of a connection that is on its way out.
const maxUnread = 1 << 20

// Listener is the mTLS listener with the alerts that were switched on. They
// are sent by hand: crypto/tls chooses its own.
type Listener struct {
	net.Listener
	Mishaps *mishap.Armed
}

// Accept returns the next connection that no alert is meant for.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		armed, ok := l.Mishaps.Take(mishap.Call{Product: "tls", Operation: mishap.Handshake}, "tls_alert")
		if !ok {
			return patient(conn), nil
		}
		go alert(conn, mishap.AlertCode(armed.Detail))
	}
}

// alert answers a ClientHello with a fatal alert, which is in clear at this
// point of every TLS version (RFC 8446 section 5.1).
func alert(conn net.Conn, code byte) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	var header [5]byte
	if _, err := io.ReadFull(conn, header[:]); err != nil {
		return
	}
	length := int64(binary.BigEndian.Uint16(header[3:]))
	if _, err := io.CopyN(io.Discard, conn, length); err != nil {
		return // unread bytes would turn the close into a reset
	}
	_, _ = conn.Write([]byte{21, 3, 3, 0, 2, 2, code})
}

// patientConn closes after it has heard the other side out. In TLS 1.3 a client
// has sent its request before it hears that its certificate was refused;
// closing on unread bytes would reset the connection and lose the alert.
type patientConn struct{ *net.TCPConn }

func patient(conn net.Conn) net.Conn {
	if tcp, ok := conn.(*net.TCPConn); ok {
		return patientConn{tcp}
	}
	return conn
}

// Close ends our side now, and the connection within a second.
func (c patientConn) Close() error {
	if err := c.CloseWrite(); err != nil {
		return c.TCPConn.Close()
	}
	go func() {
		_ = c.SetReadDeadline(time.Now().Add(time.Second))
		_, _ = io.Copy(io.Discard, io.LimitReader(c.TCPConn, maxUnread))
		_ = c.TCPConn.Close()
	}()
	return nil
}
