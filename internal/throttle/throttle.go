// Package throttle answers one question: does somebody come too often? It counts by address, and by address and account
// together, and never by account alone: nobody can lock another person out.
package throttle

import (
	"container/list"
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/origin"
)

const (
	// burst is how often an address may come at once, and every how often after that.
	burst = 30
	every = 2 * time.Second
	// remembered is how many are told apart; who was not heard of for longest is forgotten first.
	remembered = 10_000
)

// Throttle slows down who comes too often. It is safe for concurrent use. Each process counts for itself.
type Throttle struct {
	now    func() time.Time
	mu     sync.Mutex
	known  map[string]*list.Element
	recent *list.List // of *visitor, most recently heard of first
}

type visitor struct {
	key   string
	limit *rate.Limiter
}

// New returns a Throttle.
func New(now func() time.Time) *Throttle {
	return &Throttle{now: now, known: map[string]*list.Element{}, recent: list.New()}
}

// Enter counts an attempt of the request's address, and refuses it if there were too many.
func (t *Throttle) Enter(ctx context.Context) error { return t.enter(network(ctx)) }

// EnterAs counts an attempt of the request's address at an account.
func (t *Throttle) EnterAs(ctx context.Context, account string) error {
	return t.enter(network(ctx) + " " + account)
}

func (t *Throttle) enter(key string) error {
	now := t.now()
	if wait := t.of(key).wait(now); wait > 0 {
		return fault.New(fault.Unavailable, "too_often",
			"There were too many attempts from here; wait a moment, and try again.").
			RetryAfter(wait)
	}
	return nil
}

func (v *visitor) wait(now time.Time) time.Duration {
	r := v.limit.ReserveN(now, 1)
	delay := r.DelayFrom(now)
	if delay > 0 {
		r.CancelAt(now)
	}
	return delay
}

func (t *Throttle) of(key string) *visitor {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e, ok := t.known[key]; ok {
		t.recent.MoveToFront(e)
		return e.Value.(*visitor) //nolint:forcetypeassert // nothing else is in the list
	}
	if t.recent.Len() >= remembered {
		oldest := t.recent.Back()
		delete(t.known, oldest.Value.(*visitor).key) //nolint:forcetypeassert // nothing else is in the list
		t.recent.Remove(oldest)
	}
	v := &visitor{key: key, limit: rate.NewLimiter(rate.Every(every), burst)}
	t.known[key] = t.recent.PushFront(v)
	return v
}

// network is where a request comes from. Whoever has an IPv6 address has the /64 around it.
func network(ctx context.Context) string {
	text := origin.Of(ctx).Address
	address, err := netip.ParseAddr(text)
	if err != nil || address.Unmap().Is4() {
		return text
	}
	prefix, err := address.Prefix(64)
	if err != nil {
		return text
	}
	return prefix.String()
}
