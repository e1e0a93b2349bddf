package bank

import (
	"crypto/rand"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
)

const (
	sessionLifetime = 10 * time.Minute
	maxSessions     = 1000
	maxTries        = 3
)

// session is one customer on the way from the authorize page to the redirect.
type session struct {
	clientID    string
	redirectURI string
	state       string
	scope       string
	segment     segments.Segment
	challenge   string // PKCE
	payment     string // the payment to approve; "" for a consent
	debtor      string // IBAN chosen for it
	expires     time.Time
	tries       int
	loggedIn    bool
}

type sessions struct {
	now  func() time.Time
	mu   sync.Mutex
	byID map[string]*session
}

func newSessions(now func() time.Time) *sessions {
	return &sessions{now: now, byID: map[string]*session{}}
}

// open starts a session. When there are too many all of them end: a
// simulated bank need not be fair.
func (s *sessions) open(opened session) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.byID) >= maxSessions {
		clear(s.byID)
	}
	opened.expires = s.now().Add(sessionLifetime)
	id := rand.Text()
	s.byID[id] = &opened
	return id
}

// step lets change work on a live session and returns it as it is then.
// The session ends when change says so.
func (s *sessions) step(id string, change func(*session) (end bool)) (session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.byID[id]
	if !ok || s.now().After(found.expires) {
		delete(s.byID, id)
		return session{}, false
	}
	if change(found) {
		delete(s.byID, id)
	}
	return *found, true
}
