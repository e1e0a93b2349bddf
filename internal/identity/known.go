package identity

import (
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

// KnownFor is how long a process knows whose a bearer token is without asking the database: so
// long after another process has revoked it, it may still be taken.
const KnownFor = time.Second

// knownMost bounds how many tokens are known; beyond that, all are asked for anew.
const knownMost = 10_000

// callerCache is whose bearer tokens are, by their hashes. Those that are not good are never in it.
type callerCache struct {
	mu      sync.Mutex
	callers map[string]knownCaller
	era     int // counts what was forgotten
}

type knownCaller struct {
	caller  access.Caller
	expires time.Time // of the token, by the service's clock; zero: never
	until   time.Time // by this machine's
}

// moment is the moment at which the database was asked: what was revoked since must not be kept.
type moment struct {
	at  time.Time
	era int
}

func (k *callerCache) of(hash string, now time.Time) (access.Caller, moment) {
	k.mu.Lock()
	defer k.mu.Unlock()
	since := moment{time.Now(), k.era}
	c, ok := k.callers[hash]
	if !ok || !since.at.Before(c.until) || !c.expires.IsZero() && now.After(c.expires) {
		return access.Caller{}, since
	}
	return c.caller, since
}

func (k *callerCache) keep(hash string, caller access.Caller, expires time.Time, since moment) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if since.era != k.era {
		return
	}
	if k.callers == nil || len(k.callers) >= knownMost {
		k.callers = map[string]knownCaller{}
	}
	k.callers[hash] = knownCaller{caller, expires, since.at.Add(KnownFor)}
}

// forget has all tokens asked for anew.
func (k *callerCache) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.callers, k.era = nil, k.era+1
}
