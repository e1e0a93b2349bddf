package registration

import (
	"context"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/parallel"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
)

// View is a registration with everything a person or the connector needs to
// know about it.
type View struct {
	Registration Registration
	Institution  catalogue.Institution
	Application  Application
	Organization Organization
	Enrolment    Enrolment
	Steps        []checklist.Step // of the enrolment and of the registration, in the order of the catalogue
	Emails       []email.Email
	Bundles      []Bundle           // newest first; in a list only the draft and the active version
	Warnings     []checklist.Gate   // what does not stand in the way, and should be known
	Requests     []approval.Request // changes of the version in use that wait for a second person
	// InUse is what blocks the active version: what the connector is told. Nil without an active version.
	InUse []Blocker
	// Blockers is what blocks the next thing to do: activating the draft, or, when
	// there is no draft, using the active version.
	Blockers []Blocker

	certificates *certificateCache
	holdings     checklist.Holdings
	ends         map[string]time.Time // of the certificates of its versions, by id
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
func (v View) Waiting(kind access.Action, version int) *approval.Request {
	i := slices.IndexFunc(v.Requests, func(r approval.Request) bool {
		return r.Kind == kind && r.Payload["version"] == strconv.Itoa(version)
	})
	if i < 0 {
		return nil
	}
	return &v.Requests[i]
}

// WaitingFor returns the request to take a version into use or out of it that waits for a second person, or nil.
func (v View) WaitingFor(version int) *approval.Request {
	for _, kind := range []access.Action{access.BundleActivate, access.BundleRollback, access.BundleRetire} {
		if r := v.Waiting(kind, version); r != nil {
			return r
		}
	}
	return nil
}

// Step returns a step of the checklist.
func (v View) Step(id string) (checklist.Step, bool) { return checklist.Find(v.Steps, id) }

// Next returns the step to do next: the first that is neither settled nor
// locked nor waiting for the bank; nil when there is none.
func (v View) Next() *checklist.Step { return checklist.Next(v.Steps) }

// Progress returns how many steps are settled, and how many there are.
func (v View) Progress() (settled, all int) {
	for i := range v.Steps {
		if v.Steps[i].Settled() {
			settled++
		}
	}
	return settled, len(v.Steps)
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
	return v, s.fillBlockers(ctx, &v)
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

// fillBlockers says what is in the way of the version in use and of the next thing to do.
func (s *Service) fillBlockers(ctx context.Context, v *View) error {
	active, draft := v.Active(), v.Draft()
	if active != nil {
		f, err := s.bundleFacts(ctx, *v, *active)
		if err != nil {
			return err
		}
		v.InUse = readiness(f)
		v.ends = map[string]time.Time{}
		for _, c := range []certificateFacts{f.qwac, f.qsealc} {
			if c.leaf != nil {
				v.ends[c.id] = c.leaf.NotAfter
			}
		}
		v.Blockers = v.InUse
	}
	if active == nil || draft != nil {
		f, err := s.bundleFacts(ctx, *v, v.candidate())
		if err != nil {
			return err
		}
		v.Blockers = readiness(f)
		if active == nil && draft == nil && len(v.Bundles) > 0 {
			v.Blockers = append(v.Blockers, f.notActive())
		}
	}
	return nil
}

// views puts the views of registrations together.
func (s *Service) views(ctx context.Context, registrations []Registration, all records) ([]View, error) {
	waiting, err := s.cfg.Approvals.Waiting(ctx, "")
	if err != nil {
		return nil, err
	}
	requests := map[string][]approval.Request{}
	for _, w := range waiting {
		requests[w.Object] = append(requests[w.Object], w)
	}
	views := make([]View, len(registrations))
	return views, parallel.Try(len(registrations), runtime.GOMAXPROCS(0), func(i int) (err error) {
		if views[i], _, err = s.assemble(ctx, registrations[i], all); err != nil {
			return err
		}
		views[i].Requests = requests[registrations[i].ID]
		return s.fillBlockers(ctx, &views[i])
	})
}

// view gathers everything but the blockers.
func (s *Service) view(ctx context.Context, id string) (View, error) {
	r, err := s.registration(ctx, id)
	if err != nil {
		return View{}, err
	}
	all, err := s.recordsOf(ctx, r)
	if err != nil {
		return View{}, err
	}
	v, _, err := s.assemble(ctx, r, all)
	return v, err
}

// subscriptions are the roles of the APIs we subscribed to at the bank.
func (v View) subscriptions() []string {
	roles := []string{}
	for _, step := range v.Steps {
		if step.Subscribed() {
			roles = append(roles, step.Role)
		}
	}
	return roles
}

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
