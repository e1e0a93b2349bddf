package source

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
)

const (
	firstBound = 500 * time.Millisecond
	lastBound  = 30 * time.Second
	// notReadyFor is how long a registration that is out of use is not asked for again, unless an event comes.
	notReadyFor = time.Minute
)

// backoff is how long to wait after failures: a random time up to a bound that doubles (full jitter).
type backoff struct{ bound time.Duration }

// next is how long to wait after err. What does not pass by itself has the last bound at once.
func (b *backoff) next(err error) time.Duration {
	b.bound = max(firstBound, min(2*b.bound, lastBound))
	if final(err) {
		b.bound = lastBound
	}
	wait := rand.N(b.bound) //nolint:gosec // it spreads attempts, and is no secret
	if outOfUse(err) {
		wait += notReadyFor
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		wait = max(wait, e.After)
	}
	return wait
}

func (b *backoff) reset() { b.bound = 0 }

// final reports whether waiting does not help.
func final(err error) bool {
	code := fault.Code(err)
	return errors.Is(err, fault.Unauthenticated) || errors.Is(err, fault.Denied) || errors.Is(err, fault.NotFound) ||
		errors.Is(err, fault.Invalid) || code == "lookup_ambiguous"
}

// outOfUse reports whether an answer says that the registration is not to be used.
func outOfUse(err error) bool {
	code := fault.Code(err)
	return code == "not_ready" || code == "registration_unknown" || code == "lookup_ambiguous"
}
