package bank

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/loopback"
	"github.com/sealkeeper/sealkeeper/lab/bank/mishap"
	"github.com/sealkeeper/sealkeeper/lab/bank/payment"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
)

var errNoReason = errors.New("bank: STET has no such reason")

// adminRoute is one read or switch.
type adminRoute struct {
	pattern string
	do      func(r *http.Request) (any, error)
}

// Admin returns the handler of the switches. It asks for no password: serve
// it on loopback only.
func (s *Sim) Admin() http.Handler {
	mux := http.NewServeMux()
	for _, route := range append(s.adminReads(), s.adminSwitches()...) {
		mux.HandleFunc(route.pattern, func(w http.ResponseWriter, r *http.Request) {
			answer, err := route.do(r)
			if err != nil {
				adminError(w, err)
				return
			}
			if answer == nil {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			writeJSON(w, http.StatusOK, answer)
		})
	}
	return localOnly(mux)
}

func (s *Sim) adminReads() []adminRoute {
	return []adminRoute{
		{"GET /admin/state", func(*http.Request) (any, error) { return s.state(), nil }},
		{"GET /admin/seen", func(*http.Request) (any, error) { return s.Traffic(), nil }},
		{"DELETE /admin/seen", func(*http.Request) (any, error) { s.ForgetTraffic(); return nil, nil }},
		{"GET /admin/failures", func(*http.Request) (any, error) { return mishap.Cases(), nil }},
		{"DELETE /admin/failures", func(*http.Request) (any, error) { s.mishaps.Clear(); return nil, nil }},
	}
}

func (s *Sim) adminSwitches() []adminRoute {
	return []adminRoute{
		{"POST /admin/failures", input(func(r *http.Request, in mishap.Switch) (any, error) { return nil, s.Arm(in) })},
		{"PUT /admin/latency", input(func(_ *http.Request, in duration) (any, error) {
			s.Delay(in.parsed)
			return nil, nil
		})},
		{"PUT /admin/clock", input(func(_ *http.Request, in duration) (any, error) {
			s.MoveClock(in.parsed)
			return nil, nil
		})},
		{"PUT /admin/tokens", input(func(_ *http.Request, in tokenRule) (any, error) {
			return nil, s.setTokenRule(in)
		})},
		{"POST /admin/revocations", input(func(_ *http.Request, in struct{ Serial string }) (any, error) {
			s.Revoke(in.Serial)
			return nil, nil
		})},
		{"DELETE /admin/revocations/{serial}", func(r *http.Request) (any, error) {
			s.Reinstate(r.PathValue("serial"))
			return nil, nil
		}},
		{"DELETE /admin/consents/{client}", func(r *http.Request) (any, error) {
			s.RevokeConsents(r.PathValue("client"))
			return nil, nil
		}},
		{
			"POST /admin/clients/{client}/certificates",
			input(func(r *http.Request, in struct{ PEM string }) (any, error) {
				fingerprint, err := s.announcePEM(r.PathValue("client"), in.PEM)
				return map[string]string{"sha256": fingerprint}, err
			}),
		},
		{"POST /admin/clients/{client}/certificates/{sha256}/accept", func(r *http.Request) (any, error) {
			return nil, s.Accept(r.PathValue("client"), r.PathValue("sha256"))
		}},
		{"DELETE /admin/clients/{client}/certificates/{sha256}", func(r *http.Request) (any, error) {
			return nil, s.Withdraw(r.PathValue("client"), r.PathValue("sha256"))
		}},
		{"POST /admin/payments/outcomes", input(func(_ *http.Request, in payment.Outcome) (any, error) {
			return nil, s.script(in)
		})},
		{"POST /admin/payments/{payment}/expire", func(r *http.Request) (any, error) {
			_, err := s.payments.Expire(r.PathValue("payment"))
			return nil, err
		}},
	}
}

func (s *Sim) script(outcome payment.Outcome) error {
	if !payment.KnownReason(outcome.Reason) {
		return errNoReason
	}
	s.ScriptPayments(outcome)
	return nil
}

// input decodes the body into what do takes.
func input[T any](do func(*http.Request, T) (any, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		var in T
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			return nil, errors.New("send application/json") // so that no web page can
		}
		decoder := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&in); err != nil {
			return nil, err
		}
		return do(r, in)
	}
}

// duration is a time as Go writes it: "36h", "250ms", "-1h".
type duration struct {
	Duration string `json:"duration"`
	parsed   time.Duration
}

// UnmarshalJSON reads the duration.
func (d *duration) UnmarshalJSON(b []byte) error {
	var in struct{ Duration string }
	err := json.Unmarshal(b, &in)
	if err == nil {
		d.parsed, err = time.ParseDuration(in.Duration)
	}
	return err
}

func adminError(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	for _, missing := range []error{portal.ErrNoClient, portal.ErrNoCertificate, payment.ErrUnknown} {
		if errors.Is(err, missing) {
			status = http.StatusNotFound
		}
	}
	writeJSON(w, status, map[string]string{"error": err.Error()})
}

// localOnly keeps out web pages that reach this machine by a name of theirs.
func localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if !loopback.Host(host) {
			http.Error(w, "The switches answer on this machine only.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
