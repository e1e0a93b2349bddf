package bank

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank/mishap"
)

// Failure is a way in which the bank can misbehave, by its name in package
// mishap.
type Failure string

// Some failures; package mishap lists them all.
const (
	Unavailable    Failure = "unavailable"     // 503
	GatewayTimeout Failure = "gateway_timeout" // 504, as the gateway says after ten seconds
	RateLimited    Failure = "rate_limited"    // 429 with Retry-After
	NoConsent      Failure = "no_consent"      // 403: the customer has withdrawn
	NotJSON        Failure = "not_json"        // 200 with a page of HTML
	Slow           Failure = "slow"            // the right answer, late
)

// Fail makes the next n API calls fail; it replaces every switch that is on,
// and 0 ends it.
func (s *Sim) Fail(n int, kind Failure) {
	s.mishaps.Clear()
	if n > 0 {
		_ = s.mishaps.Arm(mishap.Switch{Case: string(kind), Count: n}) // an unknown kind fails nothing
	}
}

// Arm switches a failure on beside those that are on already.
func (s *Sim) Arm(switches ...mishap.Switch) error {
	for _, one := range switches {
		if err := s.mishaps.Arm(one); err != nil {
			return err
		}
	}
	return nil
}

// RevokeConsents withdraws what customers allowed a client.
func (s *Sim) RevokeConsents(clientID string) { s.grants.Revoke(clientID) }

// duringWork are failures that only the handler can bring about.
var duringWork = []string{"rejected", "no_approval_link"}

// insteadOfWork are all others.
var insteadOfWork = others(duringWork)

func others(without []string) (names []string) {
	for _, c := range mishap.Cases() {
		if !strings.Contains(" "+strings.Join(without, " ")+" ", " "+c.Name+" ") {
			names = append(names, c.Name)
		}
	}
	return names
}

// failed reports whether it has answered in place of the bank. work is what
// the bank would have done.
func (s *Sim) failed(w http.ResponseWriter, r *http.Request, call mishap.Call, work http.HandlerFunc) bool {
	if delay := time.Duration(s.latency.Load()); delay > 0 && !wait(r, delay) {
		return true
	}
	armed, ok := s.mishaps.Take(call, insteadOfWork...)
	if !ok {
		return false
	}
	switch armed.Case {
	case "slow":
		return !wait(r, s.cfg.SlowFor)
	case "reset":
		reset(r)
	case "cut":
		cut(w)
	case "internal_error":
		if changes(call.Operation) && armed.Detail != "lost" {
			work(discarded{http.Header{}}, r)
		}
		s.refuse(w, r, http.StatusInternalServerError, "Something went wrong")
	default:
		s.misanswer(w, r, armed)
	}
	return true
}

func changes(operation string) bool {
	return operation == mishap.Create || operation == mishap.Confirm || operation == mishap.Change
}

// discarded is an answer that never leaves the bank.
type discarded struct{ header http.Header }

func (d discarded) Header() http.Header         { return d.header }
func (d discarded) Write(b []byte) (int, error) { return len(b), nil }
func (d discarded) WriteHeader(int)             {}

// connection is the key of a request's connection in its context.
type connection struct{}

func keepConnection(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connection{}, c)
}

// reset ends the connection without the courtesies of TCP.
func reset(r *http.Request) {
	conn, _ := r.Context().Value(connection{}).(*tls.Conn)
	if conn != nil {
		if tcp, ok := conn.NetConn().(patientConn); ok {
			_ = tcp.SetLinger(0)
			_ = tcp.TCPConn.Close()
		}
	}
	panic(http.ErrAbortHandler) // the way to tell net/http that there is no answer
}

// cut sends less than it promised.
func cut(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "4096")
	_, _ = w.Write([]byte(`{"accounts":[{"resourceId":"3000`))
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// wait reports whether the client was still there at the end.
func wait(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// traceID looks like the gateway's.
func traceID() string { return strings.ToLower(rand.Text())[:16] }
