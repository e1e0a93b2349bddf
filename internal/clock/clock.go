// Package clock tells the time as records keep it, and waits.
package clock

import (
	"context"
	"time"
)

// Micros returns now in UTC and in whole microseconds, which is what columns and
// hashes hold: what a service answers is then what it reads back later.
func Micros(now func() time.Time) func() time.Time {
	return func() time.Time { return now().UTC().Truncate(time.Microsecond) }
}

// Pause waits for d and reports whether ctx let it.
func Pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
