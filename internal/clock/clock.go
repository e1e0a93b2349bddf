// Package clock says what time it is, as records keep it.
package clock

import "time"

// Micros returns now in UTC and in whole microseconds, which is what columns and
// hashes hold: what a service answers is then what it reads back later.
func Micros(now func() time.Time) func() time.Time {
	return func() time.Time { return now().UTC().Truncate(time.Microsecond) }
}
