// Package throttle answers one question: does somebody come too often? Attempts are counted by
// address, and by address and account together, and never by account alone: nobody can lock another person out.
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

// Rate is how often somebody may come.
type Rate struct {
	Most  int           // at once
	Every time.Duration // in which one more may come
}

// The rates.
var (
	Attempts = Rate{Most: 30, Every: 2 * time.Second}         // to sign in, or to confirm that it is them
	Calls    = Rate{Most: 1200, Every: 50 * time.Millisecond} // of the API by a person's programs
)

// Window is the time in which everything that was used up comes back.
func (r Rate) Window() time.Duration { return time.Duration(r.Most) * r.Every }

// remembered is how many are told apart; who was not heard of for longest is forgotten first.
const remembered = 10_000

// Throttle slows down who comes too often. It is safe for concurrent use. Each process counts for itself.
type Throttle struct {
	now    func() time.Time
	rate   Rate
	mu     sync.Mutex
	known  map[string]*list.Element
	recent *list.List // of *visitor, most recently heard of first
}

type visitor struct {
	key   string
	limit *rate.Limiter
}

// New returns a Throttle.
func New(now func() time.Time, rate Rate) *Throttle {
	return &Throttle{now: now, rate: rate, known: map[string]*list.Element{}, recent: list.New()}
}

// Enter counts an attempt of the request's address, and refuses it if there were too many.
func (t *Throttle) Enter(ctx context.Context) error { return t.enter(network(ctx)) }

// EnterAs counts an attempt of the request's address at an account.
func (t *Throttle) EnterAs(ctx context.Context, account string) error {
	return t.enter(network(ctx) + " " + account)
}

// Left is how many attempts the request's address has left, and how long it takes until all are there again.
func (t *Throttle) Left(ctx context.Context) (left int, full time.Duration) {
	return t.left(t.of(network(ctx)), t.now())
}

// Call counts a call in somebody's name, whatever address it comes from: they have a token, so nobody else uses up what
// is theirs. It returns how many calls are left, and how long it takes until all are there again.
func (t *Throttle) Call(who string) (left int, full time.Duration, err error) {
	now, visitor := t.now(), t.of(who)
	if wait := visitor.wait(now); wait > 0 {
		err = fault.New(fault.Unavailable, "calls_too_often",
			"There were too many calls with your tokens; wait as long as Retry-After says, and go on.").
			RetryAfter(wait)
	}
	left, full = t.left(visitor, now)
	return left, full, err
}

func (t *Throttle) left(v *visitor, now time.Time) (left int, full time.Duration) {
	tokens := max(0, v.limit.TokensAt(now))
	return int(tokens), time.Duration((float64(t.rate.Most) - tokens) * float64(t.rate.Every))
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
	v := &visitor{key: key, limit: rate.NewLimiter(rate.Every(t.rate.Every), t.rate.Most)}
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
