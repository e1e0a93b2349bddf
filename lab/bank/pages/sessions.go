package pages

import (
	"crypto/rand"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
)

const (
	sessionLifetime = 10 * time.Minute
	maxSessions     = 1000
)

// MaxTries is how often a customer may give a password.
const MaxTries = 3

// Session is one customer on the way from the authorize page to the redirect.
type Session struct {
	ClientID    string
	RedirectURI string
	State       string
	Scope       string
	Segment     segments.Segment
	Challenge   string // PKCE
	Payment     string // the payment to approve; "" for a consent
	Debtor      string // IBAN chosen for it
	Tries       int
	LoggedIn    bool
	expires     time.Time
}

// Sessions are those of all customers. They are safe for concurrent use.
type Sessions struct {
	now  func() time.Time
	mu   sync.Mutex
	byID map[string]*Session
}

// NewSessions returns none.
func NewSessions(now func() time.Time) *Sessions {
	return &Sessions{now: now, byID: map[string]*Session{}}
}

// Open starts a session. When there are too many all of them end: a
// simulated bank need not be fair.
func (s *Sessions) Open(opened Session) string {
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

// Step lets change work on a live session and returns it as it is then.
// The session ends when change says so.
func (s *Sessions) Step(id string, change func(*Session) (end bool)) (Session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.byID[id]
	if !ok || s.now().After(found.expires) {
		delete(s.byID, id)
		return Session{}, false
	}
	if change(found) {
		delete(s.byID, id)
	}
	return *found, true
}
