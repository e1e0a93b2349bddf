package revocation

import (
	"math/rand/v2"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	judge "github.com/sealkeeper/sealkeeper/certs/revocation"
)

// How often an issuer is asked: by the next update of what it answered, and once a day where that is later. A tenth of
// atMost is jitter, so that even on the first day nobody is asked twice.
const (
	atMost    = 24 * time.Hour * 10 / 9
	soonest   = 5 * time.Minute
	retryMost = 6 * time.Hour
)

// next is when a check is due again: by the next update of what was answered, or sooner; after a failure in five
// minutes, and twice as long after each further one. Up to a tenth of it is jitter, so that what was asked together
// does not stay together. What has ended is not asked about any more.
func (c Check) next(now time.Time, leaf *certs.Certificate) time.Time {
	if now.After(leaf.NotAfter) {
		return Never
	}
	wait := atMost
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
