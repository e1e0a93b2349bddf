package registration

import (
	"context"
	"slices"
	"strconv"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
)

// View is a registration with everything a person or the connector needs to
// know about it.
type View struct {
	Registration Registration
	Institution  Institution
	Application  Application
	Organization Organization
	Steps        []StepView
	Bundles      []Bundle           // newest first
	Requests     []approval.Request // changes of the version in use that wait for a second person
	// InUse is what blocks the active version: what the connector is told. Nil without an active version.
	InUse []Blocker
	// Blockers is what blocks the next thing to do: activating the draft, or, when
	// there is no draft, using the active version.
	Blockers []Blocker
}

// Ready reports whether there is an active version and nothing blocks its use:
// the connector gets a client.
func (v View) Ready() bool { return v.Active() != nil && len(v.InUse) == 0 }

// Active returns the active version, or nil.
func (v View) Active() *Bundle { return v.inState(Active) }

// Draft returns the draft, or nil.
func (v View) Draft() *Bundle { return v.inState(Draft) }

func (v View) inState(state BundleState) *Bundle {
	i := slices.IndexFunc(v.Bundles, func(b Bundle) bool { return b.State == state })
	if i < 0 {
		return nil
	}
	return &v.Bundles[i]
}

// candidate is the version that blockers are about.
func (v View) candidate() Bundle {
	if b := v.Draft(); b != nil {
		return *b
	}
	if b := v.Active(); b != nil {
		return *b
	}
	if len(v.Bundles) > 0 { // the registration was taken out of use
		return v.Bundles[0]
	}
	return Bundle{}
}

// Waiting returns the request of a kind about a version that waits for a second person, or nil.
func (v View) Waiting(kind approval.Kind, version int) *approval.Request {
	i := slices.IndexFunc(v.Requests, func(r approval.Request) bool { return r.Kind == kind && r.Payload["version"] == strconv.Itoa(version) })
	if i < 0 {
		return nil
	}
	return &v.Requests[i]
}

// WaitingFor returns the request to take a version into use or out of it that waits for a second person, or nil.
func (v View) WaitingFor(version int) *approval.Request {
	for _, kind := range []approval.Kind{approval.BundleActivate, approval.BundleRollback, approval.BundleRetire} {
		if r := v.Waiting(kind, version); r != nil {
			return r
		}
	}
	return nil
}

// Registration returns one registration's view.
func (s *Service) Registration(ctx context.Context, caller access.Caller, id string) (View, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, id); err != nil {
		return View{}, err
	}
	v, err := s.viewWaiting(ctx, id)
	if err != nil {
		return View{}, err
	}
	return v, s.judge(ctx, &v)
}

// viewWaiting is view with the requests that wait.
func (s *Service) viewWaiting(ctx context.Context, id string) (View, error) {
	v, err := s.view(ctx, id)
	if err != nil {
		return View{}, err
	}
	v.Requests, err = s.cfg.Approvals.Waiting(ctx, id)
	return v, err
}

// judge fills in the blockers.
func (s *Service) judge(ctx context.Context, v *View) (err error) {
	if active := v.Active(); active != nil {
		if v.InUse, err = s.contentBlockers(ctx, *v, *active); err != nil {
			return err
		}
		v.Blockers = v.InUse
	}
	if v.Active() == nil || v.Draft() != nil {
		v.Blockers, err = s.activationBlockers(ctx, *v, v.candidate())
	}
	if v.Active() == nil && v.Draft() == nil && len(v.Bundles) > 0 {
		v.Blockers = append(v.Blockers, v.notActive())
	}
	return err
}

// List returns the views of all registrations.
func (s *Service) List(ctx context.Context, caller access.Caller) ([]View, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, ""); err != nil {
		return nil, err
	}
	all, err := s.cfg.Registrations.Registrations(ctx)
	if err != nil {
		return nil, err
	}
	waiting, err := s.cfg.Approvals.Waiting(ctx, "")
	if err != nil {
		return nil, err
	}
	views := make([]View, 0, len(all))
	for _, r := range all {
		v, err := s.view(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		for _, w := range waiting {
			if w.Object == r.ID {
				v.Requests = append(v.Requests, w)
			}
		}
		if err := s.judge(ctx, &v); err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	return views, nil
}

// view gathers everything but the blockers.
func (s *Service) view(ctx context.Context, id string) (View, error) {
	var v View
	var err error
	if v.Registration, err = s.registration(ctx, id); err != nil {
		return v, err
	}
	if v.Institution, err = s.institution(v.Registration.InstitutionID); err != nil {
		return v, err
	}
	if v.Application, err = s.application(ctx, v.Registration.ApplicationID); err != nil {
		return v, err
	}
	organizations, err := s.cfg.Parties.Organizations(ctx)
	if err != nil {
		return v, err
	}
	for _, o := range organizations {
		if o.ID == v.Application.OrganizationID {
			v.Organization = o
		}
	}
	records, err := s.cfg.Registrations.Steps(ctx, id)
	if err != nil {
		return v, err
	}
	v.Steps = stepViews(v.Institution.Steps, records)
	v.Bundles, err = s.cfg.Bundles.Bundles(ctx, id)
	return v, err
}

// subscriptions are the roles of the APIs we subscribed to at the bank.
func (v View) subscriptions() []string {
	roles := []string{}
	for _, step := range v.Steps {
		if step.Role != "" && step.Record.State == StepDone {
			roles = append(roles, step.Role)
		}
	}
	return roles
}
