package store_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// inCustody stores a certificate and returns its record.
func inCustody(t *testing.T, db *store.DB) vault.Record {
	t.Helper()
	r := certificate(t)
	r.KeyID, r.Line, r.KeyMode = r.ID, vault.Line{ID: r.ID, Version: 1, Change: vault.First}, vault.KeyHeld
	must(t, db.BeginImport(t.Context(), r))
	must(t, db.FinishImport(t.Context(), r.ID))
	r.State = vault.Stored
	return r
}

func TestCertificateLifecycle(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, r, on := t.Context(), inCustody(t, db), registered(t, db)
		draft := registration.Bundle{
			ID:             "b1",
			RegistrationID: on.ID,
			Version:        1,
			State:          registration.Draft,
			QWACID:         r.ID,
			CreatedAt:      at,
		}
		must(t, db.SaveDraft(ctx, draft))
		must(t, db.SwitchBundle(ctx, nil, &draft))
		named, err := db.CertificateUses(ctx, access.Whole(), r.ID, 10)
		must(t, err)
		if diff := cmp.Diff(vault.Mentions{
			First: []vault.Use{{RegistrationID: on.ID, InstitutionID: "bank", Version: 1, State: "active"}},
			Tally: []vault.Tally{{InstitutionID: "bank", State: "active", N: 1, Versions: 1}},
		}, named); diff != "" {
			t.Error(diff)
		}
		if few, err := db.CertificateUses(ctx, access.Whole(), r.ID, 0); err != nil || len(few.First) != 0 ||
			few.Count("active") != 1 || few.Count("superseded") != 0 {
			t.Errorf("of none shown there are %+v, %v", few, err)
		}
		if none, err := db.CertificateUses(ctx, access.Reach{}, r.ID, 10); err != nil || none.Count() != 0 {
			t.Errorf("who may see nothing sees %+v, %v", none, err)
		}
		r.Retired = vault.Retirement{Reason: "old", By: "u1", At: at}
		mustBe(t, db.RetireCertificate(ctx, r), fault.Conflict)
		active := draft
		active.State = registration.Active
		must(t, db.SwitchBundle(ctx, &active, nil))
		mustBe(t, db.BeginDestroy(ctx, r), fault.Conflict)
		must(t, db.RetireCertificate(ctx, r))
		mustBe(t, db.RetireCertificate(ctx, r), fault.Conflict)

		superseded := draft
		superseded.State = registration.Superseded
		mustBe(t, db.SwitchBundle(ctx, nil, &superseded), fault.Conflict)

		stale, err := db.StaleCertificates(ctx, 10)
		must(t, err)
		if len(stale) != 1 || stale[0].Revision != 1 || stale[0].Retired != r.Retired {
			t.Fatalf("stale: %+v", stale)
		}
		must(t, db.CopiedCertificate(ctx, stale[0]))
		if stale, err = db.StaleCertificates(ctx, 10); err != nil || len(stale) != 0 {
			t.Errorf("%d are stale after the copy, %v", len(stale), err)
		}
		destroyRetired(t, db, on.ID, r)
	})
}

// destroyRetired destroys r, which is refused as long as a draft names it.
func destroyRetired(t *testing.T, db *store.DB, registrationID string, r vault.Record) {
	t.Helper()
	ctx := t.Context()
	next := registration.Bundle{
		ID:             "b2",
		RegistrationID: registrationID,
		Version:        2,
		State:          registration.Draft,
		QSealCID:       r.ID,
		CreatedAt:      at,
	}
	must(t, db.SaveDraft(ctx, next))
	mustBe(t, db.BeginDestroy(ctx, r), fault.Conflict)
	next.QSealCID = ""
	must(t, db.SaveDraft(ctx, next))
	r.Destroyed = vault.Destruction{By: "u2", At: at}
	must(t, db.BeginDestroy(ctx, r))
	mustBe(t, db.BeginDestroy(ctx, r), fault.Conflict)
	must(t, db.FinishDestroy(ctx, r.ID))
	mustBe(t, db.FinishDestroy(ctx, r.ID), fault.Conflict)
	got, err := db.CertificateByID(ctx, r.ID)
	must(t, err)
	if got.State != vault.Destroyed || got.Destroyed != r.Destroyed || got.Retired != r.Retired ||
		got.Line != r.Line {
		t.Errorf("what is left is %+v", got)
	}
}

func TestSharedKeyAndLine(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, first, second := t.Context(), inCustody(t, db), certificate(t)
		second.ID, second.KeyID, second.Line = "second", first.KeyID, vault.Line{
			ID:      first.ID,
			Version: 1,
			Change:  vault.Renewal,
		}
		mustBe(t, db.BeginImport(ctx, second), fault.Conflict) // there is a version 1
		second.Line.Version = 2
		must(t, db.BeginImport(ctx, second))
		line, err := db.CertificatesOfLine(ctx, first.ID)
		must(t, err)
		if len(line) != 2 || line[1].ID != "second" {
			t.Errorf("the line has %d", len(line))
		}
		shared, err := db.KeyShared(ctx, first)
		must(t, err)
		if !shared {
			t.Error("the key of an import under way counts as nobody's")
		}
		must(t, db.AbandonImport(ctx, "second"))
		byKey, err := db.CertificatesByKey(ctx, first.Leaf.SPKISHA256)
		must(t, err)
		if len(byKey) != 1 || byKey[0].ID != first.ID {
			t.Errorf("got %d certificates by key", len(byKey))
		}
		must(t, db.RetireCertificate(ctx, first))
		must(t, db.BeginDestroy(ctx, first))
		mustBe(t, db.BeginImport(ctx, second), fault.Conflict) // its key is going
	})
}

func TestApproveExport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, held, r := t.Context(), inCustody(t, db), certificate(t)
		held.Export.ApprovedBy = "u2"
		mustBe(t, db.ApproveExport(ctx, held), fault.Conflict)
		r.ID, r.KeyID, r.KeyMode, r.Export = "kept", "kept", vault.KeyExportable, vault.ExportChoice{
			Reason: "file",
			By:     "u1",
		}
		must(t, db.BeginImport(ctx, r))
		must(t, db.FinishImport(ctx, r.ID))
		r.Export.ApprovedBy, r.Export.ApprovedAt = "u2", at
		must(t, db.ApproveExport(ctx, r))
		mustBe(t, db.ApproveExport(ctx, r), fault.Conflict)
		got, err := db.CertificateByID(ctx, r.ID)
		must(t, err)
		if got.Export != r.Export || got.KeyMode != vault.KeyExportable {
			t.Errorf("got %+v", got.Export)
		}
	})
}

// TestRetireOrActivate has both tried at the same moment, again and again: one of them wins.
func TestRetireOrActivate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		on := registered(t, db)
		var active *registration.Bundle
		for n := 1; n <= 8; n++ {
			r := inCustody(t, db)
			draft := registration.Bundle{
				ID:             "b" + r.ID,
				RegistrationID: on.ID,
				Version:        n,
				State:          registration.Draft,
				QWACID:         r.ID,
				CreatedAt:      at,
			}
			must(t, db.SaveDraft(t.Context(), draft))
			var retired, activated error
			var both sync.WaitGroup
			both.Go(func() { retired = db.RetireCertificate(t.Context(), r) })
			both.Go(func() { activated = db.SwitchBundle(t.Context(), active, &draft) })
			both.Wait()
			if (retired == nil) == (activated == nil) {
				t.Fatalf("retired: %v; activated: %v", retired, activated)
			}
			if activated == nil {
				draft.State = registration.Active
				active = &draft
				continue
			}
			draft.QWACID = "" // so that there can be another draft
			must(t, db.SaveDraft(t.Context(), draft))
			must(t, db.SwitchBundle(t.Context(), active, &draft))
			draft.State = registration.Active
			active = &draft
		}
	})
}
