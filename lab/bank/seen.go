package bank

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
)

// Seen is what came in over the mTLS listener. Certificates are told by their
// SHA-256.
type Seen struct {
	Requests          map[string]int       `json:"requests"`  // by "METHOD /path"
	Presented         map[string]int       `json:"presented"` // requests by client certificate
	LastPresented     map[string]time.Time `json:"last_presented"`
	FullHandshakes    int                  `json:"full_handshakes"`
	ResumedHandshakes int                  `json:"resumed_handshakes"`
	Handshakes        map[string]int       `json:"handshakes"` // good ones by client certificate
	Refused           map[string]int       `json:"refused"`    // handshakes by reason
	Sealed            map[string]int       `json:"sealed"`     // good signatures by QSealC
	Protocols         map[string]int       `json:"protocols"`  // requests by HTTP and TLS version
}

func (s Seen) clone() Seen {
	s.Requests, s.Presented, s.Handshakes = maps.Clone(s.Requests), maps.Clone(s.Presented), maps.Clone(s.Handshakes)
	s.Refused, s.Sealed, s.Protocols = maps.Clone(s.Refused), maps.Clone(s.Sealed), maps.Clone(s.Protocols)
	s.LastPresented = maps.Clone(s.LastPresented)
	return s
}

func newSeen() Seen {
	return Seen{
		Requests:      map[string]int{},
		Presented:     map[string]int{},
		LastPresented: map[string]time.Time{},
		Handshakes:    map[string]int{},
		Refused:       map[string]int{},
		Sealed:        map[string]int{},
		Protocols:     map[string]int{},
	}
}

type seen struct {
	mu   sync.Mutex
	seen Seen
}

// Seen returns what the bank saw so far.
func (s *Sim) Seen() Seen {
	s.seen.mu.Lock()
	defer s.seen.mu.Unlock()
	return s.seen.seen.clone()
}

// ForgetSeen starts the counts again.
func (s *Sim) ForgetSeen() {
	s.seen.mu.Lock()
	defer s.seen.mu.Unlock()
	s.seen.seen = newSeen()
}

func (s *seen) handshake(certificate *certs.Certificate, resumed bool, refused error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case refused != nil:
		s.seen.Refused[refused.Error()]++
		return
	case resumed:
		s.seen.ResumedHandshakes++
	default:
		s.seen.FullHandshakes++
	}
	s.seen.Handshakes[certificate.SHA256]++
}

func (s *seen) sealed(seal *certs.Certificate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen.Sealed[seal.SHA256]++
}

// watch counts requests. Paths nobody serves are counted as one.
func (s *Sim) watch(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := mux.Handler(r)
		s.seen.request(r, pattern, s.cfg.Now())
		mux.ServeHTTP(w, r)
	})
}

func (s *seen) request(r *http.Request, pattern string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen.Requests[pattern]++
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return
	}
	sum := sha256.Sum256(r.TLS.PeerCertificates[0].Raw)
	fingerprint := hex.EncodeToString(sum[:])
	s.seen.Presented[fingerprint]++
	s.seen.LastPresented[fingerprint] = now
	s.seen.Protocols[r.Proto+" "+tls.VersionName(r.TLS.Version)]++
}
