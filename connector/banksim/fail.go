package banksim

import (
	"net/http"
	"sync"
	"time"
)

// Failure is a way in which the bank can misbehave.
type Failure string

// The failures.
const (
	Unavailable    Failure = "unavailable"     // 503
	GatewayTimeout Failure = "gateway_timeout" // 504, as the gateway says after ten seconds
	RateLimited    Failure = "rate_limited"    // 429 with Retry-After
	NoConsent      Failure = "no_consent"      // 403: the customer has withdrawn
	NotJSON        Failure = "not_json"        // 200 with a page of HTML
	Slow           Failure = "slow"            // the right answer, late
)

type failures struct {
	mu   sync.Mutex
	left int
	kind Failure
}

// Fail makes the next n API calls fail; it replaces what an earlier call
// asked for, and 0 ends it.
func (s *Sim) Fail(n int, kind Failure) {
	s.failures.mu.Lock()
	defer s.failures.mu.Unlock()
	s.failures.left, s.failures.kind = n, kind
}

// RevokeConsents withdraws what customers allowed a client.
func (s *Sim) RevokeConsents(clientID string) { s.grants.revoke(clientID) }

func (f *failures) next() Failure {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left <= 0 {
		return ""
	}
	f.left--
	return f.kind
}

// failed reports whether it has answered in place of the bank.
func (s *Sim) failed(w http.ResponseWriter, r *http.Request) bool {
	switch s.failures.next() {
	case Unavailable:
		s.refuse(w, r, http.StatusServiceUnavailable, "Service Unavailable")
	case GatewayTimeout:
		s.refuse(w, r, http.StatusGatewayTimeout, "Response took longer than timeout: PT10S")
	case RateLimited:
		w.Header().Set("Retry-After", "3600")
		s.refuse(w, r, http.StatusTooManyRequests, "Daily limit of calls exceeded")
	case NoConsent:
		s.refuse(w, r, http.StatusForbidden, "No consent for TPP ["+r.Header.Get("Client-Id")+"] and scope [AISP]")
	case NotJSON:
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><body>Maintenance</body></html>"))
	case Slow:
		return !wait(r, s.cfg.SlowFor)
	default:
		return false
	}
	return true
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
