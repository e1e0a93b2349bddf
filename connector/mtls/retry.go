package mtls

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/internal/clock"
)

// maxRetryWait is the longest wait before another try if the context has no
// deadline. A longer wait that the bank asks for is passed on as Failure.RetryAfter.
const maxRetryWait = 5 * time.Second

// Retry repeats a read while the bank is briefly out of order, with a limit on
// the tries of a call and on the repetitions of a client. It must not be used for a
// call that changes something at the bank.
func (c *Client) Retry(ctx context.Context, read func() (*Answer, error)) (*Answer, error) {
	backoff := time.Duration(c.settings.RetryBackoff)
	c.budget.earn()
	for attempt := 1; ; attempt++ {
		got, err := read()
		if err == nil || attempt >= c.settings.ReadAttempts || !retriable(err) {
			return got, err
		}
		wait := max(backoff+rand.N(backoff), retryAfterOf(err)) //nolint:gosec // jitter, not a secret
		if !fits(ctx, wait) || !c.budget.spend() || !clock.Pause(ctx, wait) {
			return nil, err
		}
		backoff *= 2
	}
}

// fits reports whether there is time to wait and try again.
func fits(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	if !ok {
		return wait <= maxRetryWait
	}
	return wait < time.Until(deadline)
}

// retriable reports whether a read that failed with err is worth repeating.
// Rate limiting is, if the bank said how long it lasts.
func retriable(err error) bool {
	cause, ok := errors.AsType[*failure.Failure](err)
	if !ok || cause.Action != failure.RetryLater {
		return false
	}
	switch cause.Status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	case http.StatusTooManyRequests:
		return cause.RetryAfter > 0
	case 0:
		return cause.Code == Unreachable.Code || cause.Code == ProxyDown.Code
	}
	return false
}

// retryAfterOf returns how long the bank asked to wait.
func retryAfterOf(err error) time.Duration {
	if cause, ok := errors.AsType[*failure.Failure](err); ok {
		return cause.RetryAfter
	}
	return 0
}

// budget bounds the repetitions of a whole client, so that a bank's outage
// does not multiply the load: every call earns a tenth of a repetition, up to a
// limit.
type budget struct {
	mu    sync.Mutex
	saved float64
	most  float64
}

const earned = 0.1

func newBudget(most int) *budget { return &budget{saved: float64(most), most: float64(most)} }

func (b *budget) earn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.saved = min(b.saved+earned, b.most)
}

func (b *budget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.saved < 1 {
		return false
	}
	b.saved--
	return true
}
