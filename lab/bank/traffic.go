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

// Traffic is what came in over the mTLS listener. Certificates are told by their
// SHA-256.
type Traffic struct {
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

func (s Traffic) clone() Traffic {
	s.Requests, s.Presented, s.Handshakes = maps.Clone(s.Requests), maps.Clone(s.Presented), maps.Clone(s.Handshakes)
	s.Refused, s.Sealed, s.Protocols = maps.Clone(s.Refused), maps.Clone(s.Sealed), maps.Clone(s.Protocols)
	s.LastPresented = maps.Clone(s.LastPresented)
	return s
}

func newTraffic() Traffic {
	return Traffic{
		Requests:      map[string]int{},
		Presented:     map[string]int{},
		LastPresented: map[string]time.Time{},
		Handshakes:    map[string]int{},
		Refused:       map[string]int{},
		Sealed:        map[string]int{},
		Protocols:     map[string]int{},
	}
}

// trafficLog counts what comes in.
type trafficLog struct {
	mu     sync.Mutex
	counts Traffic
}

// Traffic returns what the bank saw so far.
func (s *Sim) Traffic() Traffic {
	s.traffic.mu.Lock()
	defer s.traffic.mu.Unlock()
	return s.traffic.counts.clone()
}

// ForgetTraffic starts the counts again.
func (s *Sim) ForgetTraffic() {
	s.traffic.mu.Lock()
	defer s.traffic.mu.Unlock()
	s.traffic.counts = newTraffic()
}

func (s *trafficLog) handshake(certificate *certs.Certificate, resumed bool, refused error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case refused != nil:
		s.counts.Refused[refused.Error()]++
		return
	case resumed:
		s.counts.ResumedHandshakes++
	default:
		s.counts.FullHandshakes++
	}
	s.counts.Handshakes[certificate.SHA256]++
}

func (s *trafficLog) sealed(seal *certs.Certificate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Sealed[seal.SHA256]++
}

// watch counts requests. Paths nobody serves are counted as one.
func (s *Sim) watch(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := mux.Handler(r)
		s.traffic.request(r, pattern, s.cfg.Now())
		mux.ServeHTTP(w, r)
	})
}

func (s *trafficLog) request(r *http.Request, pattern string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Requests[pattern]++
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return
	}
	sum := sha256.Sum256(r.TLS.PeerCertificates[0].Raw)
	fingerprint := hex.EncodeToString(sum[:])
	s.counts.Presented[fingerprint]++
	s.counts.LastPresented[fingerprint] = now
	s.counts.Protocols[r.Proto+" "+tls.VersionName(r.TLS.Version)]++
}
