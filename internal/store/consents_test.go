package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/vault"
)

func addConsent(t *testing.T, db *store.DB, registrationID, id string, lasts time.Duration) consent.Consent {
	t.Helper()
	c := consent.Consent{
		ID:             id,
		RegistrationID: registrationID,
		InstitutionID:  "bank",
		Customer:       "c-" + id,
		StateHash:      id,
		State:          consent.Active,
		CreatedAt:      at,
		AuthorizedAt:   at,
		ExpiresAt:      at.Add(lasts),
		RefreshesLeft:  -1,
		RefreshLife:    time.Hour,
		HoldsTokens:    true,
	}
	must(t, db.AddConsent(t.Context(), c))
	return c
}

// TestConsentLease: one of many has it, and whoever lost it writes no more.
func TestConsentLease(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		addConsent(t, db, registered(t, db).ID, "1", time.Hour)
		var got atomic.Int32
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				_, abandoned, err := db.LeaseConsent(ctx, "1", at, at.Add(time.Minute))
				switch {
				case err == nil && !abandoned:
					got.Add(1)
				case !errors.Is(err, fault.Conflict):
					t.Errorf("abandoned %v, %v", abandoned, err)
				}
			})
		}
		all.Wait()
		if got.Load() != 1 {
			t.Fatalf("%d have the lease", got.Load())
		}
		first, err := db.ConsentByID(ctx, "1")
		must(t, err)
		second, abandoned, err := db.LeaseConsent(ctx, "1", at.Add(2*time.Minute), at.Add(3*time.Minute))
		if err != nil || !abandoned || second.Fence != first.Fence+1 {
			t.Errorf("after its time: abandoned %v, fence %d after %d, %v", abandoned, second.Fence, first.Fence, err)
		}
		mustBe(t, db.SaveConsent(ctx, first, true), fault.Conflict)
		second.Reason = "x"
		must(t, db.SaveConsent(ctx, second, true))
		third, abandoned, err := db.LeaseConsent(ctx, "1", at, at.Add(time.Minute))
		if err != nil || abandoned || third.Reason != "x" || third.RefreshLife != time.Hour {
			t.Errorf("given back: abandoned %v, %+v, %v", abandoned, third, err)
		}
		_, _, err = db.LeaseConsent(ctx, "none", at, at.Add(time.Minute))
		mustBe(t, err, fault.NotFound)
	})
}

// TestConsentEndings: the end of a consent that lasts half an hour is no news.
func TestConsentEndings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		id := registered(t, db).ID
		addConsent(t, db, id, "short", 30*time.Minute)
		addConsent(t, db, id, "soon", 5*24*time.Hour)
		addConsent(t, db, id, "later", 90*24*time.Hour)
		got, err := db.Expiries(t.Context(), access.Whole(), at.AddDate(0, 0, 7))
		must(t, err)
		if len(got) != 1 || got[0].ID != "soon" || got[0].Name != "c-soon (bank)" {
			t.Errorf("got %+v", got)
		}
		due, err := db.DueConsents(t.Context(), at.Add(time.Hour), 10)
		must(t, err)
		if len(due) != 1 || due[0].ID != "short" {
			t.Errorf("due: %+v", due)
		}
		documents, err := db.Naming(t.Context(), vault.HeldDocument, []string{"soon", "never"})
		must(t, err)
		if _, ok := documents["soon"]; !ok || len(documents) != 1 {
			t.Errorf("the tokens of a consent are taken for an orphan: %v", documents)
		}
	})
}
