package registration

import (
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
)

// backAloneFor is for how long after an activation one person who is on call may go back by themselves.
const backAloneFor = 24 * time.Hour

// Former returns the version in whose place the active one came, or nil. One that was taken out of use before is none:
// people had a reason.
func (v View) Former() *Bundle {
	var former *Bundle
	for i, b := range v.Bundles {
		if b.State == Superseded && !b.ActivatedAt.IsZero() && b.TakenOutAt.IsZero() &&
			(former == nil || b.ActivatedAt.After(former.ActivatedAt)) {
			former = &v.Bundles[i]
		}
	}
	return former
}

// BackAlone refuses a version to which nobody goes back by themselves: only to the one before, and only within 24 hours
// of the activation of the one in use.
func (v View) BackAlone(version int, now time.Time) error {
	active, former := v.Active(), v.Former()
	if active == nil || former == nil || former.Version != version || version > active.Version ||
		now.Sub(active.ActivatedAt) > backAloneFor {
		return fault.New(fault.Conflict, "back_alone_not",
			"Without a second person, one goes back to the version before alone, and within 24 hours of the "+
				"activation; request the rollback instead.")
	}
	return nil
}
