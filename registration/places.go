package registration

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
)

const (
	readers       = 2 // how many read everything at once: each may take a gigabyte where there are ten thousand
	readersWait   = 5 * time.Second
	readersReturn = 2 * time.Second
)

// places bounds how many do the same costly thing at once.
type places chan struct{}

// take waits for a place and returns what gives it back; Unavailable if none became free.
func (p places) take(ctx context.Context, wait time.Duration) (leave func(), err error) {
	patience := time.NewTimer(wait)
	defer patience.Stop()
	select {
	case p <- struct{}{}:
		return func() { <-p }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-patience.C:
		return nil, fault.New(fault.Unavailable, "readers_too_many",
			"Others are reading everything there is just now; try again in a moment.").RetryAfter(readersReturn)
	}
}
