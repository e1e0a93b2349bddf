package portal

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/sealkeeper/sealkeeper/certs"
)

// Revocations are the serials of certificates taken for revoked, QWACs and
// QSealCs, in lower-case hex. A simulation asks no CRL or OCSP responder.
type Revocations struct {
	mu      sync.RWMutex
	serials map[string]bool
}

// Revoked reports whether the certificate is among them.
func (v *Revocations) Revoked(c *certs.Certificate) bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.serials[c.Serial]
}

// Serials returns them in order.
func (v *Revocations) Serials() []string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return slices.Sorted(maps.Keys(v.serials))
}

// Revoke takes the certificate with this serial, in hex, for revoked. Its
// handshakes fail, and what its open connections ask is refused.
func (v *Revocations) Revoke(serial string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.serials == nil {
		v.serials = map[string]bool{}
	}
	v.serials[plainSerial(serial)] = true
}

// Reinstate undoes Revoke.
func (v *Revocations) Reinstate(serial string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.serials, plainSerial(serial))
}

// plainSerial takes the spellings of openssl and of browsers.
func plainSerial(serial string) string {
	return strings.TrimLeft(strings.ToLower(strings.ReplaceAll(serial, ":", "")), "0")
}
