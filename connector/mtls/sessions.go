package mtls

import (
	"context"
	"crypto/tls"
	"sync"

	"github.com/sealkeeper/sealkeeper/certs"
)

// sessions is a TLS session cache for one identity. A resumed session stands
// for the certificate of its first handshake, and nothing in a ticket tells
// which that was; so once a second identity has been presented the cache
// stays empty, and every handshake is a full one.
type sessions struct {
	source certs.Source
	cache  tls.ClientSessionCache

	mu       sync.Mutex
	identity *certs.Identity // the first that was presented
	mixed    bool            // a second one has been presented
}

func newSessions(source certs.Source) *sessions {
	return &sessions{source: source, cache: tls.NewLRUClientSessionCache(64)}
}

func (s *sessions) presented(identity *certs.Identity) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.identity == nil {
		s.identity = identity
	}
	s.mixed = s.mixed || !s.identity.Presents(identity)
}

// usable reports whether every ticket in the cache is of the current identity.
func (s *sessions) usable() bool {
	current, err := s.source.Identity(context.Background())
	s.mu.Lock()
	defer s.mu.Unlock()
	return err == nil && !s.mixed && s.identity != nil && s.identity.Presents(current)
}

// Get implements tls.ClientSessionCache.
func (s *sessions) Get(key string) (*tls.ClientSessionState, bool) {
	if !s.usable() {
		return nil, false
	}
	return s.cache.Get(key)
}

// Put implements tls.ClientSessionCache.
func (s *sessions) Put(key string, state *tls.ClientSessionState) {
	if state == nil || s.usable() {
		s.cache.Put(key, state)
	}
}
