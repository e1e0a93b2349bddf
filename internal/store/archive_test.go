package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

// What is archived leaves the lists from the bottom up, takes nothing new, and comes back from the top down.
func TestArchive(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, r := t.Context(), registered(t, db)
		must(t, db.SetSteps(ctx, r.ID, []checklist.Record{{Step: "application", State: checklist.Waiting}}, nil))
		must(t, db.SaveDraft(ctx, registration.Bundle{
			ID: "b1", RegistrationID: r.ID, Version: 1, State: registration.Draft,
		}))
		must(t, store.Exec(ctx, db, "UPDATE bundles SET state = 'active'"))
		for _, step := range archiving(t, db, r) {
			code := ""
			if err := step.do(); err != nil {
				code = fault.Code(err)
			}
			if code != step.code {
				t.Fatalf("%s: %q, want %q", step.what, code, step.code)
			}
			if got := archivedLists(t, db, ""); got != step.lists {
				t.Errorf("%s: listed %q, want %q", step.what, got, step.lists)
			}
			archivedOrNot(t, db, step.what, strings.Contains(step.lists, "r1"))
		}
	})
}

// archiveStep is something done to one organization with an application and a registration.
type archiveStep struct {
	what, code string
	do         func() error
	lists      string // organizations, applications and registrations that are not archived afterwards
}

func archiving(t *testing.T, db *store.DB, r registration.Registration) []archiveStep {
	t.Helper()
	ctx := t.Context()
	put := func(kind registration.NamedKind, id string, at time.Time) func() error {
		return func() error { return db.SetArchived(ctx, kind, id, at) }
	}
	const o, a = registration.NamedOrganization, registration.NamedApplication
	add := func(organization string) func() error {
		return func() error {
			return db.AddApplication(ctx, registration.Application{
				ID:             "a2",
				OrganizationID: organization,
				Name:           "B",
			})
		}
	}
	register := func() error {
		return db.AddRegistration(ctx, registration.Registration{
			ID:            "r2",
			ApplicationID: "a1",
			InstitutionID: "b2",
		})
	}
	version := func() *registration.Bundle {
		all, err := db.Bundles(ctx, r.ID)
		must(t, err)
		return &all[0]
	}
	retire := func() error { return db.SwitchBundle(ctx, version(), nil) }
	activate := func() error { return db.SwitchBundle(ctx, nil, version()) }
	later, none := at.Add(time.Hour), time.Time{}
	return []archiveStep{
		{"what is in use", "archive_in_use", put(registration.NamedRegistration, "r1", at), "o1 a1 r1"},
		{"an application above it", "archive_registrations", put(a, "a1", at), "o1 a1 r1"},
		{"an organization above it", "archive_applications", put(o, "o1", at), "o1 a1 r1"},
		{"what is none of the kind", "not_found", put(a, "r1", at), "o1 a1 r1"},
		{"taking it out of use", "", retire, "o1 a1 r1"},
		{"the registration", "", put(registration.NamedRegistration, "r1", at), "o1 a1"},
		{"the registration again", "", put(registration.NamedRegistration, "r1", later), "o1 a1"},
		{"its activation", "archived", activate, "o1 a1"},
		{"the application", "", put(a, "a1", at), "o1"},
		{"another registration of it", "archived", register, "o1"},
		{"the organization", "", put(o, "o1", at), ""},
		{"another application of it", "archived", add("o1"), ""},
		{"an application of an unknown one", "reference_unknown", add("o9"), ""},
		{"the registration back", "archived_above", put(registration.NamedRegistration, "r1", none), ""},
		{"the application back", "archived_above", put(a, "a1", none), ""},
		{"the organization back", "", put(o, "o1", none), "o1"},
		{"the application back then", "", put(a, "a1", none), "o1 a1"},
		{"the registration back then", "", put(registration.NamedRegistration, "r1", none), "o1 a1 r1"},
		{"the registration back twice", "", put(registration.NamedRegistration, "r1", none), "o1 a1 r1"},
	}
}

// archivedOrNot looks whether the records agree that the registration r1 is kept or archived.
func archivedOrNot(t *testing.T, db *store.DB, what string, kept bool) {
	t.Helper()
	both := archivedLists(t, db, "") + " " + archivedLists(t, db, "archived=true")
	if n := len(strings.Fields(both)); n != 3 {
		t.Errorf("%s: either archived or not are %s", what, both)
	}
	facts, err := db.StepFacts(t.Context(), "r1", "application")
	must(t, err)
	if facts.Waiting != kept {
		t.Errorf("%s: the step waits for the bank: %v", what, facts.Waiting)
	}
	since, err := db.ArchivedAt(t.Context(), "r1")
	must(t, err)
	if !kept && !since.Equal(at) {
		t.Errorf("%s: archived since %v", what, since)
	}
}

func archivedLists(t *testing.T, db *store.DB, text string) string {
	t.Helper()
	var ids []string
	ctx := t.Context()
	organizations, err := db.OrganizationPage(ctx, access.Whole(), listQuery(t, registration.Organizations, text))
	must(t, err)
	for _, o := range organizations.Items {
		ids = append(ids, o.ID)
	}
	applications, err := db.ApplicationPage(ctx, access.Whole(), listQuery(t, registration.Applications, text))
	must(t, err)
	ids = append(ids, applicationIDs(applications.Items)...)
	registrations, err := db.RegistrationPage(ctx, access.Whole(), listQuery(t, registration.Listed, text), nil)
	must(t, err)
	for _, r := range registrations.Items {
		ids = append(ids, r.ID)
	}
	n, err := db.CountRegistrations(ctx, access.Whole(), listQuery(t, registration.Listed, text), nil)
	must(t, err)
	if n != listing.CountOf(len(registrations.Items)) {
		t.Errorf("%d registrations are counted as %d", len(registrations.Items), n.N)
	}
	return strings.Join(ids, " ")
}
