package source

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// What bounds what is remembered of servers.
const (
	maxServers = 100
	maxIssuer  = 500 // bytes
)

// serversSeen is what servers have shown at their last handshakes, by name.
type serversSeen struct {
	mu  sync.Mutex
	all map[string]api.ServerSeen
}

// note keeps what a server has shown. A handshake that failed before it showed anything leaves what was known.
func (s *serversSeen) note(h mtls.Handshake, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := strings.ToLower(h.Host)
	one, known := s.all[name]
	if !known && len(s.all) >= maxServers {
		return
	}
	one.Reason, one.SeenAt = string(h.Reason), now
	if len(h.Chain) > 0 {
		leaf := h.Chain[0]
		sum := sha256.Sum256(leaf.Raw)
		issuer := leaf.Issuer.String()
		one.SHA256, one.NotAfter, one.Sent = hex.EncodeToString(sum[:]), leaf.NotAfter, min(len(h.Chain), maxServers)
		if year := one.NotAfter.Year(); year < 1970 || year >= 10_000 {
			one.NotAfter = time.Time{}
		}
		issuer = strings.ToValidUTF8(issuer[:min(len(issuer), maxIssuer)], "")
		one.Issuer = strings.Map(printed, issuer) // anybody can have answered
	}
	if s.all == nil {
		s.all = map[string]api.ServerSeen{}
	}
	s.all[name] = one
}

// printed leaves characters out that have no place in a line.
func printed(r rune) rune {
	if unicode.IsControl(r) {
		return -1
	}
	return r
}

// of is what the server at an address, "host:port", has shown; nil: nothing yet.
func (s *serversSeen) of(address string) *api.ServerSeen {
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		name = address
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if one, known := s.all[strings.ToLower(name)]; known {
		return &one
	}
	return nil
}
