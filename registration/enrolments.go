package registration

import (
	"context"
	"slices"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// Enrolments returns the enrolments our registrations need, each once.
func (s *Service) Enrolments(ctx context.Context, caller access.Caller) ([]EnrolmentView, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, ""); err != nil {
		return nil, err
	}
	all, err := s.cfg.Registrations.Registrations(ctx)
	if err != nil {
		return nil, err
	}
	k, err := s.everything(ctx)
	if err != nil {
		return nil, err
	}
	var views []EnrolmentView
	for _, r := range all {
		in, err := s.institution(r.InstitutionID)
		if err != nil {
			return nil, err
		}
		e := k.enrolment(k.applications[r.ApplicationID].OrganizationID, in)
		i := slices.IndexFunc(views, func(v EnrolmentView) bool { return v.Enrolment.ID == e.ID })
		if i < 0 {
			v, err := s.enrolmentView(ctx, e, in, k)
			if err != nil {
				return nil, err
			}
			i, views = len(views), append(views, v)
		}
		views[i].Registrations = append(views[i].Registrations, r)
	}
	return views, nil
}

// Enrolment returns one enrolment with its part of the checklist.
func (s *Service) Enrolment(ctx context.Context, caller access.Caller, id string) (EnrolmentView, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, id); err != nil {
		return EnrolmentView{}, err
	}
	return s.enrolmentByID(ctx, id)
}

func (s *Service) enrolmentByID(ctx context.Context, id string) (EnrolmentView, error) {
	e, ok := parseEnrolmentID(id)
	if !ok {
		return EnrolmentView{}, errNoEnrolment()
	}
	c, steps, err := s.enrolmentChecklist(ctx, e)
	if err != nil {
		return EnrolmentView{}, err
	}
	v := EnrolmentView{
		Enrolment:    c.enrolment,
		Organization: c.organization,
		Group:        c.institution.Group,
		Zone:         c.institution.Zone(),
		Steps:        steps,
		Letters:      c.letters,
		Warnings:     warnings(steps),
	}
	all, err := s.cfg.Registrations.Registrations(ctx)
	if err != nil {
		return v, err
	}
	for _, r := range all {
		in, err := s.institution(r.InstitutionID)
		if err != nil {
			return v, err
		}
		if in.Group.ID != e.GroupID || in.Environment != e.Environment {
			continue
		}
		a, err := s.application(ctx, r.ApplicationID)
		if err != nil {
			return v, err
		}
		if a.OrganizationID == e.OrganizationID {
			v.Registrations = append(v.Registrations, r)
		}
	}
	return v, nil
}

func errNoEnrolment() error {
	return fault.New(fault.NotFound, "enrolment_unknown", "There is no such enrolment; GET /v1/enrolments lists them.")
}

// enrolmentChecklist reads the enrolment's part of the checklist.
func (s *Service) enrolmentChecklist(ctx context.Context, e Enrolment) (checklist, []StepView, error) {
	in, ok := s.cfg.Catalogue.OfGroup(e.GroupID, e.Environment)
	if !ok {
		return checklist{}, nil, errNoEnrolment()
	}
	k, err := s.shared(ctx)
	if err != nil {
		return checklist{}, nil, err
	}
	if _, ok := k.organizations[e.OrganizationID]; !ok {
		return checklist{}, nil, errNoEnrolment()
	}
	if err := s.noted(ctx, &k, e.ID); err != nil {
		return checklist{}, nil, err
	}
	c, err := s.checklistOfEnrolment(ctx, k.enrolment(e.OrganizationID, in), in, k)
	return c, c.views(in.Steps), err
}

func (s *Service) checklistOfEnrolment(ctx context.Context, e Enrolment, in catalogue.Institution, k known) (checklist, error) {
	c := checklist{
		organization: k.organizations[e.OrganizationID],
		enrolment:    e,
		institution:  in,
		letters:      k.letters[e.ID],
		known:        k,
	}
	var err error
	c.qwac, _, err = s.chosen(ctx, &c)
	return c, err
}

func (s *Service) enrolmentView(ctx context.Context, e Enrolment, in catalogue.Institution, k known) (EnrolmentView, error) {
	c, err := s.checklistOfEnrolment(ctx, e, in, k)
	steps := c.views(in.Steps)
	return EnrolmentView{
		Enrolment:    e,
		Organization: c.organization,
		Group:        in.Group,
		Zone:         in.Zone(),
		Steps:        steps,
		Letters:      c.letters,
		Warnings:     warnings(steps),
	}, err
}

// ChecklistView is the checklist of a registration or of an enrolment.
type ChecklistView struct {
	Steps    []StepView
	Warnings []Gate
	Letters  []Correspondence
}

// ChecklistOf returns the checklist of a registration, with its enrolment's part, or of an enrolment.
func (s *Service) ChecklistOf(ctx context.Context, caller access.Caller, subject string) (ChecklistView, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, subject); err != nil {
		return ChecklistView{}, err
	}
	c, steps, err := s.checklistOf(ctx, subject)
	return ChecklistView{Steps: steps, Warnings: warnings(steps), Letters: c.letters}, err
}
