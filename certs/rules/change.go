package rules

import (
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
)

// Revision counts the changes of the rules: findings of a lower revision that somebody has kept are out of date.
const Revision = 3

// NextChange is the first moment after at when [Judge] may find something else than at that time, the
// rules being the same; zero if there is none.
func NextChange(leaf *certs.Certificate, chain []*certs.Certificate, at time.Time) time.Time {
	moments := []time.Time{leaf.NotBefore, leaf.NotAfter, renewalDue(leaf)}
	for _, issuer := range chain {
		moments = append(moments, issuer.NotAfter)
	}
	var next time.Time
	for _, m := range moments {
		if m.IsZero() {
			continue
		}
		// Rules hold until then, through that moment, or through that second; records have whole microseconds.
		for _, m := range []time.Time{m, m.Add(time.Microsecond), m.Add(time.Second)} {
			if m.After(at) && (next.IsZero() || m.Before(next)) {
				next = m
			}
		}
	}
	return next
}

// renewalDue is when less than a third of the lifetime is left.
func renewalDue(c *certs.Certificate) time.Time {
	if c.NotBefore.IsZero() || c.NotAfter.IsZero() {
		return time.Time{}
	}
	life := c.NotAfter.Unix() - c.NotBefore.Unix()
	return time.Unix(c.NotAfter.Unix()-life/3, 0)
}

// Worse orders findings: 3 is an error, 2 a warning, 1 a notice and 0 none.
func (s Severity) Worse() int {
	if s == "" {
		return 0
	}
	return 3 - s.rank()
}
