package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

var at = time.Date(2027, 1, 23, 10, 30, 0, 123456000, time.UTC)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustBe(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("got %v, want an error of kind %s", err, kind)
	}
}

func TestMigrateTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		must(t, db.Migrate(t.Context()))
		must(t, db.Health(t.Context()))
	})
}

func TestOpenRefusesOtherAddresses(t *testing.T) {
	_, err := store.Open(t.Context(), secret.NewTextString("mysql://root@localhost/x"))
	mustBe(t, err, fault.Invalid)
}

func TestAuditIsAppendOnlyAndGapless(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := audit.New(db, func() time.Time { return at })
		caller := access.Caller{ID: "u1", Name: "Ada", Roles: []access.Role{access.Admin}}
		var writers sync.WaitGroup
		for i := range 20 {
			writers.Go(func() {
				if err := log.Authorize(t.Context(), caller, access.CertImport, fmt.Sprint(i)); err != nil {
					t.Error(err)
				}
			})
		}
		writers.Wait()
		report, err := log.Verify(t.Context())
		must(t, err)
		if report.Broken != nil || report.Entries != 20 {
			t.Fatalf("got %+v, want 20 whole entries", report)
		}
		for _, change := range []string{
			"UPDATE audit_entries SET object = 'x' WHERE seq = 3",
			"DELETE FROM audit_entries WHERE seq = 20",
		} {
			if err := store.Exec(t.Context(), db, change); err == nil {
				t.Errorf("the database allowed: %s", change)
			}
		}
	})
}

func certificate(t *testing.T) vault.Record {
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{Kind: certs.QSealC, KeyType: qtsp.P256})
	chain := make([]*certs.Certificate, len(issued.Chain))
	for i, der := range issued.Chain {
		c, err := certs.ParseCertificate(der)
		must(t, err)
		chain[i] = c
	}
	return vault.Record{
		ID:        "c-" + issued.Certificate.SHA256[:8],
		State:     vault.Pending,
		Name:      "seal",
		Leaf:      issued.Certificate,
		Chain:     chain,
		Custody:   "embedded",
		CreatedAt: at,
		CreatedBy: "u1",
	}
}

func TestCertificates(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, want := t.Context(), certificate(t)
		_, err := db.CertificateByID(ctx, want.ID)
		mustBe(t, err, fault.NotFound)
		must(t, db.BeginImport(ctx, want))
		again := want
		again.ID = "other"
		mustBe(t, db.BeginImport(ctx, again), fault.Conflict)

		got, err := db.CertificateByFingerprint(ctx, want.Leaf.SHA256)
		must(t, err)
		if diff := cmp.Diff(summary(want), summary(got)); diff != "" {
			t.Error(diff)
		}
		must(t, db.FinishImport(ctx, want.ID))
		mustBe(t, db.FinishImport(ctx, want.ID), fault.Conflict)
		mustBe(t, db.AbandonImport(ctx, want.ID), fault.Conflict)
		stored, err := db.Certificates(ctx, vault.Stored)
		must(t, err)
		pending, err := db.Certificates(ctx, vault.Pending)
		must(t, err)
		if len(stored) != 1 || len(pending) != 0 {
			t.Errorf("%d stored and %d pending, want 1 and 0", len(stored), len(pending))
		}
	})
}

func summary(r vault.Record) []string {
	return []string{r.ID, string(r.State), r.Name, r.ChainPEM(), r.Custody, r.CreatedAt.String(), r.CreatedBy}
}

func TestAbandonedImportLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := certificate(t)
		must(t, db.BeginImport(t.Context(), r))
		must(t, db.AbandonImport(t.Context(), r.ID))
		must(t, db.BeginImport(t.Context(), r))
	})
}

func registered(t *testing.T, db *store.DB) registration.Registration {
	ctx := t.Context()
	must(t, db.AddOrganization(ctx, registration.Organization{
		ID:                     "o1",
		LegalName:              "Exemple",
		Country:                "FR",
		OrganizationIdentifier: "PSDFR-ACPR-1",
		ContactEmail:           "a@b.example",
		CreatedAt:              at,
	}))
	must(t, db.AddApplication(ctx, registration.Application{
		ID:             "a1",
		OrganizationID: "o1",
		Name:           "App",
		RedirectURIs:   []string{"https://a.example/cb"},
		CreatedAt:      at,
	}))
	r := registration.Registration{ID: "r1", ApplicationID: "a1", InstitutionID: "bank", CreatedAt: at}
	must(t, db.AddRegistration(ctx, r))
	return r
}

func TestRegistrations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, want := t.Context(), registered(t, db)
		again := want
		again.ID = "r2"
		mustBe(t, db.AddRegistration(ctx, again), fault.Conflict)
		mustBe(t, db.AddApplication(ctx, registration.Application{
			ID:             "a2",
			OrganizationID: "nobody",
			Name:           "B",
		}), fault.Invalid)

		got, err := db.Registrations(ctx)
		must(t, err)
		if diff := cmp.Diff([]registration.Registration{want}, got); diff != "" {
			t.Error(diff)
		}
		applications, err := db.Applications(ctx)
		must(t, err)
		if diff := cmp.Diff([]string{"https://a.example/cb"}, applications[0].RedirectURIs); diff != "" {
			t.Error(diff)
		}
		found, err := db.RegistrationByID(ctx, want.ID)
		must(t, err)
		if diff := cmp.Diff(want, found); diff != "" {
			t.Error(diff)
		}
		_, err = db.RegistrationByID(ctx, "nobody")
		mustBe(t, err, fault.NotFound)
	})
}

func TestChecklist(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		record := checklist.Record{
			Step:         "portal",
			Note:         "n",
			Owner:        "Ada",
			DueAt:        at,
			WaitingSince: at,
			RemindAt:     at,
			Told:         map[string]string{"legal_name": "Exemple"},
			ChangedBy:    "u",
			ChangedAt:    at,
		}
		var history []registration.HistoryEntry
		for _, state := range []checklist.State{checklist.Waiting, checklist.Done} {
			record.State = state
			entry := registration.HistoryEntry{
				Subject: "r1",
				Step:    "portal",
				At:      at,
				ByID:    "u",
				ByName:  "Ada",
				What:    "state",
				To:      string(state),
				Note:    "n",
			}
			must(t, db.SetSteps(ctx, "r1", []checklist.Record{record}, []registration.HistoryEntry{entry}))
			history = append([]registration.HistoryEntry{entry}, history...)
		}
		must(t, db.SetSteps(ctx, "e1", []checklist.Record{{Step: "portal", State: checklist.Todo}}, nil))
		steps, err := db.Steps(ctx, "r1")
		must(t, err)
		if diff := cmp.Diff(map[string][]checklist.Record{"r1": {record}}, steps); diff != "" {
			t.Error(diff)
		}
		if all, err := db.Steps(ctx); err != nil || len(all) != 2 {
			t.Errorf("all steps: %v, %v", all, err)
		}
		got, err := db.History(ctx, "r1", "e1")
		must(t, err)
		for i := range got {
			if got[i].Seq == 0 {
				t.Error("an entry has no number")
			}
			got[i].Seq = 0
		}
		if diff := cmp.Diff(history, got); diff != "" {
			t.Error(diff)
		}
		if err := store.Exec(ctx, db, "UPDATE checklist_history SET note = 'x'"); err == nil {
			t.Error("the history was changed")
		}
		if err := store.Exec(ctx, db, "DELETE FROM checklist_history"); err == nil {
			t.Error("the history was cut")
		}
	})
}

func TestPartiesChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, _ := t.Context(), registered(t, db)
		o := registration.Organization{
			ID:                     "o1",
			LegalName:              "Exemple SA",
			Country:                "FR",
			OrganizationIdentifier: "PSDFR-ACPR-2",
			NCA:                    "FR-ACPR",
			ContactEmail:           "c@b.example",
			Contacts: []registration.Contact{{
				Name:  "Ada",
				Role:  "compliance",
				Email: "ada@b.example",
				Phone: "1",
			}},
			CreatedAt: at,
		}
		must(t, db.UpdateOrganization(ctx, o, []registration.HistoryEntry{{Subject: "o1", What: "legal_name", At: at}}))
		organizations, err := db.Organizations(ctx)
		must(t, err)
		if diff := cmp.Diff([]registration.Organization{o}, organizations); diff != "" {
			t.Error(diff)
		}
		a := registration.Application{
			ID:             "a1",
			OrganizationID: "o1",
			Name:           "App 2",
			RedirectURIs:   []string{"https://b.example/cb"},
			ClientURI:      "https://b.example",
			CreatedAt:      at,
		}
		must(t, db.UpdateApplication(ctx, a, nil))
		got, err := db.ApplicationByID(ctx, "a1")
		must(t, err)
		if diff := cmp.Diff(a, got); diff != "" {
			t.Error(diff)
		}
		a.ID = "nobody"
		mustBe(t, db.UpdateApplication(ctx, a, nil), fault.NotFound)
		e := registration.Enrolment{
			ID:              "o1.bank.live",
			OrganizationID:  "o1",
			GroupID:         "bank",
			Environment:     "live",
			PortalAccount:   "a@b.example",
			AgreementNumber: "PSDFR-ACPR-2",
			UpdatedAt:       at,
		}
		for _, name := range []string{"Exemple", "Exemple SA"} {
			e.CustomerName = name
			must(t, db.UpdateEnrolment(ctx, e, nil))
		}
		enrolments, err := db.Enrolments(ctx)
		must(t, err)
		if diff := cmp.Diff([]registration.Enrolment{e}, enrolments); diff != "" {
			t.Error(diff)
		}
	})
}

func TestEvidenceAndEmails(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, entry := t.Context(), registration.HistoryEntry{Subject: "r1", What: "evidence", At: at}
		e := evidence.File{
			ID:      "e1",
			Subject: "r1",
			Step:    "s",
			Name:    "mail.eml",
			Type:    "message/rfc822",
			Size:    3,
			SHA256:  "ab",
			AddedBy: "u",
			AddedAt: at,
		}
		must(t, db.AddEvidence(ctx, e, []byte("sealed"), entry))
		listed, err := db.Evidence(ctx, "r1")
		must(t, err)
		if diff := cmp.Diff(map[string][]evidence.File{"r1": {e}}, listed); diff != "" {
			t.Error(diff)
		}
		got, sealed, err := db.EvidenceFile(ctx, "e1")
		must(t, err)
		if got != e || string(sealed) != "sealed" {
			t.Errorf("got %+v, %q", got, sealed)
		}
		l := email.Email{
			ID:            "l1",
			Subject:       "r1",
			Step:          "s",
			SentAt:        at,
			SentBy:        "u",
			CertificateID: "c",
			Note:          "n",
		}
		must(t, db.AddEmail(ctx, l, entry))
		l.Answer = email.Answer{At: at, From: "support", Confirmed: true, Note: "ok", By: "v"}
		must(t, db.AnswerEmail(ctx, l, entry))
		mustBe(t, db.AnswerEmail(ctx, l, entry), fault.Conflict)
		emails, err := db.Emails(ctx)
		must(t, err)
		if diff := cmp.Diff(map[string][]email.Email{"r1": {l}}, emails); diff != "" {
			t.Error(diff)
		}
	})
}

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

func TestCustodyRowsCompareAndSet(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, rows := t.Context(), db.CustodyRows()
		row := embedded.Row{Kind: "document", ID: "d1", Version: 1, Sealed: []byte{1}}
		must(t, rows.Put(ctx, row))
		mustBe(t, rows.Put(ctx, row), fault.Conflict)
		row.Version, row.Sealed = 3, []byte{3}
		mustBe(t, rows.Put(ctx, row), fault.Conflict)
		row.Version = 2
		must(t, rows.Put(ctx, row))
		got, err := rows.Get(ctx, "document", "d1")
		must(t, err)
		if diff := cmp.Diff(row, got); diff != "" {
			t.Error(diff)
		}
		ids, err := rows.List(ctx, "document")
		must(t, err)
		if diff := cmp.Diff([]string{"d1"}, ids); diff != "" {
			t.Error(diff)
		}
		must(t, rows.Delete(ctx, "document", "d1"))
		must(t, rows.Delete(ctx, "document", "d1"))
		_, err = rows.Get(ctx, "document", "d1")
		mustBe(t, err, fault.NotFound)
	})
}

func TestOneTimeThingsAreTakenOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		must(t, db.AddUser(ctx, identity.User{
			ID:        "u1",
			Name:      "Ada",
			Roles:     []access.Role{access.Admin, access.Auditor},
			CreatedAt: at,
		}))
		mustBe(t, db.AddUser(ctx, identity.User{
			ID:        "u2",
			Name:      "Ada",
			Roles:     []access.Role{access.Admin},
			CreatedAt: at,
		}), fault.Conflict)
		must(t, db.AddSignInLink(ctx, "h1", "u1", at))

		for name, takeIt := range map[string]func(context.Context) error{
			"sign-in link": func(ctx context.Context) error { _, _, err := db.TakeSignInLink(ctx, "h1"); return err },
		} {
			results := make(chan error, 8)
			for range cap(results) {
				go func() { results <- takeIt(ctx) }()
			}
			taken := 0
			for range cap(results) {
				if err := <-results; err == nil {
					taken++
				} else {
					mustBe(t, err, fault.NotFound)
				}
			}
			if taken != 1 {
				t.Errorf("the %s was taken %d times", name, taken)
			}
		}
		u, err := db.UserByName(ctx, "Ada")
		must(t, err)
		if diff := cmp.Diff([]access.Role{access.Admin, access.Auditor}, u.Roles); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSessionsExpire(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, sessions := t.Context(), db.Sessions()
		must(t, sessions.CommitCtx(ctx, "old", []byte("x"), time.Now().Add(-time.Second)))
		must(t, sessions.CommitCtx(ctx, "new", []byte("y"), time.Now().Add(time.Hour)))
		must(t, sessions.CommitCtx(ctx, "new", []byte("z"), time.Now().Add(time.Hour)))
		_, found, err := sessions.FindCtx(ctx, "old")
		must(t, err)
		data, foundNew, err := sessions.FindCtx(ctx, "new")
		must(t, err)
		if found || !foundNew || string(data) != "z" {
			t.Errorf("old found: %v; new found: %v with %q", found, foundNew, data)
		}
	})
}

// What nobody came back for goes when the next one is added.
func TestExpiredOneTimeThingsAreSweptOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		past, future := time.Now().Add(-time.Second), time.Now().Add(time.Hour)
		must(t, db.AddUser(ctx, identity.User{ID: "u1", Name: "Ada", CreatedAt: at}))
		for _, thing := range []struct {
			name      string
			expiresAt time.Time
		}{{"old", past}, {"new", future}, {"newer", future}} {
			must(t, db.AddSignInLink(ctx, thing.name, "u1", thing.expiresAt))
		}
		_, _, link := db.TakeSignInLink(ctx, "old")
		mustBe(t, link, fault.NotFound)
		_, _, link = db.TakeSignInLink(ctx, "new")
		must(t, link)
	})
}
