package wire

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// sink is an answer that never leaves the bank.
type sink struct{ header http.Header }

func (d sink) Header() http.Header         { return d.header }
func (d sink) Write(b []byte) (int, error) { return len(b), nil }
func (d sink) WriteHeader(int)             {}

// Discard returns where an answer goes that never leaves the bank.
func Discard() http.ResponseWriter { return sink{http.Header{}} }

// connection is the key of a request's connection in its context.
type connection struct{}

// Keep is http.Server.ConnContext: Reset finds the connection in the context.
func Keep(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connection{}, c)
}

// Reset ends the connection without the courtesies of TCP.
func Reset(r *http.Request) {
	conn, _ := r.Context().Value(connection{}).(*tls.Conn)
	if conn != nil {
		if tcp, ok := conn.NetConn().(patientConn); ok {
			_ = tcp.SetLinger(0)
			_ = tcp.TCPConn.Close()
		}
	}
	panic(http.ErrAbortHandler) // the way to tell net/http that there is no answer
}

// Cut sends less than it promised.
func Cut(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "4096")
	_, _ = w.Write([]byte(`{"accounts":[{"resourceId":"3000`))
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// Wait waits, and reports whether the client was still there at the end.
func Wait(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}
