package store_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/registration"
)

func TestBundleVersions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, r := t.Context(), registered(t, db)
		b1 := registration.Bundle{
			ID:             "b1",
			RegistrationID: r.ID,
			Version:        1,
			State:          registration.Draft,
			QWACID:         "w",
			CreatedBy:      "u",
			CreatedAt:      at,
		}
		must(t, db.SaveDraft(ctx, b1))
		tested := b1
		tested.Test = registration.TestResult{At: at, Passed: true, Detail: "fine"}
		must(t, db.AmendBundle(ctx, tested))

		changed := b1
		changed.QSealCID = "s"
		must(t, db.SaveDraft(ctx, changed))
		mustBe(t, db.AmendBundle(ctx, tested), fault.Conflict) // that content is gone
		other := b1
		other.ClientID = "c"
		mustBe(t, db.ChangeDraft(ctx, b1, other), fault.Conflict) // made from what is gone too
		must(t, db.ChangeDraft(ctx, changed, other))
		must(t, db.ChangeDraft(ctx, other, changed))
		mustBe(t, db.SwitchBundle(ctx, nil, &tested), fault.Conflict)

		must(t, db.SwitchBundle(ctx, nil, &changed))
		mustBe(t, db.SaveDraft(ctx, changed), fault.Conflict) // no longer a draft
		b2 := registration.Bundle{
			ID:             "b2",
			RegistrationID: r.ID,
			Version:        2,
			State:          registration.Draft,
			CreatedBy:      "u",
			CreatedAt:      at,
		}
		must(t, db.SaveDraft(ctx, b2))
		b3 := b2
		b3.ID, b3.Version = "b3", 3
		mustBe(t, db.SaveDraft(ctx, b3), fault.Conflict)          // one draft at a time
		mustBe(t, db.SwitchBundle(ctx, nil, &b2), fault.Conflict) // b1 is active, and nobody said that it goes
		b1 = changed
		b1.State = registration.Active
		poorer := b2
		poorer.QWACID = "other"
		mustBe(t, db.SwitchBundle(ctx, &b1, &poorer), fault.Conflict)
		must(t, db.SwitchBundle(ctx, &b1, &b2))

		versions, err := db.Bundles(ctx, r.ID)
		must(t, err)
		var got []string
		for _, b := range versions {
			got = append(got, fmt.Sprintf("%d %s %v", b.Version, b.State, b.Test.Passed))
		}
		if diff := cmp.Diff([]string{"2 active false", "1 superseded false"}, got); diff != "" {
			t.Error(diff)
		}
	})
}
