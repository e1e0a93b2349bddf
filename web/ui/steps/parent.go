package steps

import (
	"context"
	"slices"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	onboarding "github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
)

// Parents are what has a checklist.
type Parents interface {
	Registration(ctx context.Context, caller access.Caller, id string) (registration.View, error)
	Enrolment(ctx context.Context, caller access.Caller, id string) (registration.EnrolmentView, error)
}

// parent is the registration or the enrolment that a step is of.
type parent struct {
	checklist.List
	Title     string
	Bank      string
	Agreement string // number of the organization
	Enrolment registration.Enrolment
	Archive   page.Archive // of the thing itself, on whose page it is taken out again
}

func (n Needs) registration(ctx context.Context, caller access.Caller, id string) (parent, error) {
	r, err := n.Service.Registration(ctx, caller, id)
	return parent{
		Title:     r.Institution.Name,
		Bank:      r.Institution.Group.Name,
		Agreement: r.Organization.OrganizationIdentifier,
		Enrolment: r.Enrolment,
		Archive:   page.Archive{Since: r.Registration.ArchivedAt},
		List: checklist.List{
			Base:        link.Registration(id),
			Application: r.Application.ID,
			Steps:       r.Steps,
			Emails:      r.Emails,
			Caller:      caller,
			Zone:        r.Institution.Zone(),
		},
	}, err
}

func (n Needs) enrolment(ctx context.Context, caller access.Caller, id string) (parent, error) {
	e, err := n.Service.Enrolment(ctx, caller, id)
	return parent{
		Title:     e.Group.Name,
		Bank:      e.Group.Name,
		Agreement: e.Organization.OrganizationIdentifier,
		Enrolment: e.Enrolment,
		Archive:   page.Archive{Since: e.Organization.ArchivedAt},
		List: checklist.List{
			Base:   link.Enrolment(id),
			Steps:  e.Steps,
			Emails: e.Emails,
			Caller: caller,
			Zone:   e.Zone,
		},
	}, err
}

// step keeps one step of the checklist.
func (p *parent) step(id string) error {
	i := slices.IndexFunc(p.Steps, func(s onboarding.Step) bool { return s.ID == id })
	if i < 0 {
		return fault.New(fault.NotFound, "step_unknown", "The checklist has no step %q.", id)
	}
	p.Steps = p.Steps[i : i+1]
	return nil
}
