package bank

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank/mishap"
	"github.com/sealkeeper/sealkeeper/lab/bank/wire"
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
	if delay := time.Duration(s.latency.Load()); delay > 0 && !wire.Wait(r, delay) {
		return true
	}
	armed, ok := s.mishaps.Take(call, insteadOfWork...)
	if !ok {
		return false
	}
	switch armed.Case {
	case "slow":
		return !wire.Wait(r, s.cfg.SlowFor)
	case "reset":
		wire.Reset(r)
	case "cut":
		wire.Cut(w)
	case "internal_error":
		if changes(call.Operation) && armed.Detail != "lost" {
			work(wire.Discard(), r)
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

// traceID looks like the gateway's.
func traceID() string { return strings.ToLower(rand.Text())[:16] }
