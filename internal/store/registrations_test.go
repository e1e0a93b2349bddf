package store_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
)

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
		applications, err := db.ApplicationPage(ctx, access.Whole(), registration.Applications.Query())
		must(t, err)
		if diff := cmp.Diff([]string{"https://a.example/cb"}, applications.Items[0].RedirectURIs); diff != "" {
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
		organizations, err := db.OrganizationPage(ctx, access.Whole(), registration.Organizations.Query())
		must(t, err)
		if diff := cmp.Diff([]registration.Organization{o}, organizations.Items); diff != "" {
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
		enrolments, err := db.EnrolmentsByID(ctx, []string{e.ID})
		must(t, err)
		if diff := cmp.Diff([]registration.Enrolment{e}, enrolments); diff != "" {
			t.Error(diff)
		}
	})
}

// Which organizations have registrations at which banks is found out without reading all of either.
func TestOrganizationsEnrolled(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		withRegistration(t, db)
		inserts(t, db,
			`INSERT INTO organizations (id, legal_name, country, organization_identifier, contact_email, created_at)
				VALUES ('o2', 'P', 'FR', 'PSDFR-ACPR-2', 'x@y.example', 0)`,
			`INSERT INTO applications (id, organization_id, name, redirect_uris, client_uri, terms_uri, created_at)
				VALUES ('a2', 'o1', 'B', '[]', '', '', 0), ('a3', 'o2', 'C', '[]', '', '', 0)`,
			`INSERT INTO registrations (id, application_id, institution_id, created_at, archived_at)
				VALUES ('r2', 'a2', 'other', 0, 0), ('r3', 'a2', 'third', 0, 0), ('r4', 'a3', 'other', 0, 1)`)
		banks := map[string]string{"other": "a.live", "third": "a.live", "fourth": "b.live"}
		for name, test := range map[string]struct {
			reach access.Reach
			want  string
			pairs int
		}{
			"all":                   {access.Whole(), "o1", 1},
			"an organization":       {access.Reach{Organizations: []string{"o1"}}, "o1", 1},
			"one whose is archived": {access.Reach{Organizations: []string{"o2"}}, "", 0},
			"an institution":        {access.Reach{Institutions: []string{"third"}}, "o1", 1},
			"nothing":               {access.Reach{}, "", 0},
		} {
			t.Run(name, func(t *testing.T) {
				ids, err := db.OrganizationsEnrolled(t.Context(), test.reach, "", 10)
				must(t, err)
				count, err := db.CountEnrolled(t.Context(), test.reach, banks)
				must(t, err)
				if got := strings.Join(ids, " "); got != test.want || count.N != test.pairs {
					t.Errorf("%q, %d", got, count.N)
				}
			})
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
