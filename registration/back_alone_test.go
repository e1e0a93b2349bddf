package registration_test

import (
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
)

// A version that people took out of use is not the one before.
func TestTheVersionBefore(t *testing.T) {
	at := func(hours int) time.Time { return time.Date(2026, 12, 1, hours, 0, 0, 0, time.UTC) }
	first := registration.Bundle{Version: 1, State: registration.Superseded, ActivatedAt: at(1)}
	second := registration.Bundle{Version: 2, State: registration.Superseded, ActivatedAt: at(2)}
	third := registration.Bundle{Version: 3, State: registration.Active, ActivatedAt: at(3)}
	taken := second
	taken.TakenOutAt = at(2)
	for name, test := range map[string]struct {
		versions []registration.Bundle
		former   int // 0: there is none
		back     int
		alone    bool
	}{
		"the one that was replaced":     {[]registration.Bundle{third, second, first}, 2, 2, true},
		"an earlier one":                {[]registration.Bundle{third, second, first}, 2, 1, false},
		"one that was taken out of use": {[]registration.Bundle{third, taken}, 0, 2, false},
		"the one before that":           {[]registration.Bundle{third, taken, first}, 1, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			v := registration.View{Bundles: test.versions}
			former := 0
			if b := v.Former(); b != nil {
				former = b.Version
			}
			if alone := v.BackAlone(test.back, at(4)) == nil; former != test.former || alone != test.alone {
				t.Errorf("the version before is %d, and back to %d alone: %v", former, test.back, alone)
			}
		})
	}
}

func TestTakingOutOfUseIsKept(t *testing.T) {
	s, r := liveDraft(t)
	approve(t, s, ask(t, s, r.ID, registration.ChangeRequest{Version: 1}))
	approve(t, s, ask(t, s, r.ID, registration.ChangeRequest{Version: 1, Retire: true}))
	if b := view(t, s, r.ID).Bundles[0]; b.TakenOutAt.IsZero() {
		t.Errorf("taken out of use is %+v", b)
	}
	approve(t, s, ask(t, s, r.ID, registration.ChangeRequest{Version: 1}))
	if b := view(t, s, r.ID).Bundles[0]; !b.TakenOutAt.IsZero() {
		t.Errorf("in use again is %+v", b)
	}
	detailed(t, s, access.BundleRollback, r.ID, "version 1; two people")
}
