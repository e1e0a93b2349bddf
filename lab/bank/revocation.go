package bank

import (
	"strings"
	"sync"

	"github.com/sealkeeper/sealkeeper/certs"
)

// revocations are the serials of certificates taken for revoked, QWACs and
// QSealCs, in lower-case hex. A simulation asks no CRL or OCSP responder.
type revocations struct {
	mu      sync.RWMutex
	serials map[string]bool
}

func (v *revocations) has(c *certs.Certificate) bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.serials[c.Serial]
}

func (v *revocations) list() []string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return sortedKeys(v.serials)
}

// Revoke takes the certificate with this serial, in hex, for revoked. Its
// handshakes fail, and what its open connections ask is refused.
func (s *Sim) Revoke(serial string) {
	s.revoked.mu.Lock()
	defer s.revoked.mu.Unlock()
	if s.revoked.serials == nil {
		s.revoked.serials = map[string]bool{}
	}
	s.revoked.serials[plainSerial(serial)] = true
}

// Reinstate undoes Revoke.
func (s *Sim) Reinstate(serial string) {
	s.revoked.mu.Lock()
	defer s.revoked.mu.Unlock()
	delete(s.revoked.serials, plainSerial(serial))
}

// plainSerial takes the spellings of openssl and of browsers.
func plainSerial(serial string) string {
	return strings.TrimLeft(strings.ToLower(strings.ReplaceAll(serial, ":", "")), "0")
}
