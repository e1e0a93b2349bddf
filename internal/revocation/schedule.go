package revocation

import (
	"math/rand/v2"
	"time"

	judge "github.com/sealkeeper/sealkeeper/certs/revocation"
)

// How often an issuer is asked. A list says something of all its certificates and is asked for often enough that a
// revocation is known on the day it is published; an OCSP answer is of one certificate.
const (
	listAtMost = 8 * time.Hour
	ocspAtMost = 24 * time.Hour
	soonest    = 5 * time.Minute
	retryMost  = 6 * time.Hour
)

// next is when a check is due again: by the next update of what was answered, or sooner; after a failure in five
// minutes, and twice as long after each further one. Up to a tenth of it is jitter, so that what was asked together
// does not stay together. What has ended is not asked about any more.
func (c Check) next(now, notAfter time.Time) time.Time {
	if now.After(notAfter) {
		return Never
	}
	wait := ocspAtMost
	if c.Attempt.Means == ByList {
		wait = listAtMost
	}
	switch c.Attempt.Status {
	case judge.Good, judge.Revoked:
		if until := c.Answer.NextUpdate; !until.IsZero() {
			wait = min(wait, until.Sub(now))
		}
		wait = max(wait, soonest)
	default:
		wait = min(soonest<<min(max(c.Failures-1, 0), 10), retryMost)
	}
	jitter := time.Duration(rand.Int64N(int64(wait)/10 + 1)) //nolint:gosec // nothing depends on it
	return now.Add(wait - jitter)
}
