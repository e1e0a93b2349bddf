package registration_test

import (
	"context"
	"errors"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

// What is archived cannot be changed, nothing is to be done about it, and its archiving is in the audit log.
func TestArchived(t *testing.T) {
	s, ctx := stack.New(t), t.Context()
	r := s.Activate()
	v := viewOf(t, s, r.ID)
	put := func(archived bool) error {
		return s.Registrations.SetArchived(ctx, stack.Engineer, registration.NamedRegistration, r.ID, archived)
	}
	if err := put(true); fault.Code(err) != "archive_in_use" {
		t.Fatalf("a registration in use: %v", err)
	}
	_, done, err := s.Registrations.RequestChange(ctx, stack.Engineer, r.ID, registration.ChangeRequest{
		Version: 1,
		Retire:  true,
	})
	if err != nil || !done {
		t.Fatalf("not taken out of use: %v", err)
	}
	must(t, put(true))
	for what, act := range map[string]func() error{
		"a draft": func() error {
			_, err := s.Registrations.SaveBundle(ctx, stack.Engineer, r.ID, registration.BundleInput{ClientID: "x"})
			return err
		},
		"a step": func() error {
			return s.Registrations.SetStep(ctx, stack.Engineer, r.ID, "application", checklist.Todo, "")
		},
		"a test": func() error {
			_, _, err := s.Registrations.TestableBundle(ctx, r.ID)
			return err
		},
		"an activation": func() error {
			_, err := s.Registrations.Activate(ctx, stack.Engineer, r.ID, 1)
			return err
		},
	} {
		if err := act(); fault.Code(err) != "archived" || !errors.Is(err, fault.Conflict) {
			t.Errorf("%s: %v", what, err)
		}
	}
	tasks, err := s.Registrations.Today(ctx, stack.Engineer)
	if err != nil || len(tasks.Tasks) != 0 {
		t.Errorf("something is to be done: %+v, %v", tasks.Tasks, err)
	}
	enrolments, err := s.Registrations.Enrolments(ctx, stack.Auditor, registration.Enrolled.Query())
	if err != nil || len(enrolments.Items) != 0 || enrolments.Count.N != 0 {
		t.Errorf("an enrolment of what is archived: %+v, %v", enrolments, err)
	}
	must(t, archive(ctx, s, registration.NamedApplication, v.Application.ID))
	must(t, archive(ctx, s, registration.NamedOrganization, v.Organization.ID))
	if _, err := s.Registrations.AddApplication(ctx, stack.Engineer, registration.Application{
		OrganizationID: v.Organization.ID,
		Name:           "Another",
		RedirectURIs:   []string{stack.RedirectURI},
	}); fault.Code(err) != "archived" {
		t.Errorf("an application of an archived organization: %v", err)
	}
	if _, err := s.Registrations.UpdateEnrolment(ctx, stack.Engineer, v.Enrolment); fault.Code(err) != "archived" {
		t.Errorf("an enrolment of an archived organization: %v", err)
	}
	if err := put(false); fault.Code(err) != "archived_above" {
		t.Errorf("taken out below what is archived: %v", err)
	}
	must(t, s.Registrations.SetArchived(ctx, stack.Engineer, registration.NamedOrganization, v.Organization.ID, false))
	must(t, s.Registrations.SetArchived(ctx, stack.Engineer, registration.NamedApplication, v.Application.ID, false))
	must(t, put(false))
	if tasks, err := s.Registrations.Today(ctx, stack.Engineer); err != nil || len(tasks.Tasks) == 0 {
		t.Errorf("nothing is to be done about what came back: %v", err)
	}
	if err := s.Registrations.SetArchived(ctx, stack.Auditor, registration.NamedRegistration, r.ID, true); !errors.Is(
		err, fault.Denied) {
		t.Errorf("an auditor archives: %v", err)
	}
	entries, err := s.DB.LatestAudit(ctx, 100)
	must(t, err)
	said := map[string]int{}
	for _, e := range entries {
		if e.Object == r.ID && e.Outcome == audit.Done {
			said[e.Code]++
		}
	}
	if said["put_aside"] != 1 || said["unarchived"] != 1 {
		t.Errorf("the log says %v", said)
	}
}

func archive(ctx context.Context, s *stack.Stack, kind registration.NamedKind, id string) error {
	return s.Registrations.SetArchived(ctx, stack.Engineer, kind, id, true)
}

// What waits for a second person is decided before a registration is archived.
func TestArchiveWaits(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.LiveAtSim)
	s.DoSteps(r.ID)
	b := s.SaveBundle(r.ID, s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC}))
	s.TestConnection(r.ID)
	_, err := s.Registrations.Activate(t.Context(), stack.Engineer, r.ID, b.Version)
	must(t, err)
	if err := archive(t.Context(), s, registration.NamedRegistration, r.ID); fault.Code(err) != "archive_change_waits" {
		t.Errorf("archived while a change waits: %v", err)
	}
}
