package banksim

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"sync"
)

// Seen is what came in over the mTLS listener.
type Seen struct {
	Requests          map[string]int // by "METHOD /path"
	Presented         map[string]int // requests by fingerprint of the client certificate
	FullHandshakes    int
	ResumedHandshakes int
}

type seen struct {
	mu   sync.Mutex
	seen Seen
}

// Seen returns what the bank saw so far.
func (s *Sim) Seen() Seen {
	s.seen.mu.Lock()
	defer s.seen.mu.Unlock()
	copied := s.seen.seen
	copied.Requests = maps.Clone(copied.Requests)
	copied.Presented = maps.Clone(copied.Presented)
	return copied
}

func (s *seen) handshake(resumed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if resumed {
		s.seen.ResumedHandshakes++
	} else {
		s.seen.FullHandshakes++
	}
}

// watch counts requests. Paths nobody serves are counted as one.
func (s *Sim) watch(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := mux.Handler(r)
		s.seen.mu.Lock()
		if s.seen.seen.Requests == nil {
			s.seen.seen.Requests, s.seen.seen.Presented = map[string]int{}, map[string]int{}
		}
		s.seen.seen.Requests[pattern]++
		if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
			sum := sha256.Sum256(r.TLS.PeerCertificates[0].Raw)
			s.seen.seen.Presented[hex.EncodeToString(sum[:])]++
		}
		s.seen.mu.Unlock()
		mux.ServeHTTP(w, r)
	})
}
