package registration

import (
	"context"
	"slices"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
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
	records, err := s.allRecords(ctx)
	if err != nil {
		return nil, err
	}
	var views []EnrolmentView
	for _, r := range all {
		in, err := s.institution(r.InstitutionID)
		if err != nil {
			return nil, err
		}
		e := records.enrolment(records.applications[r.ApplicationID].OrganizationID, in)
		i := slices.IndexFunc(views, func(v EnrolmentView) bool { return v.Enrolment.ID == e.ID })
		if i < 0 {
			v, _, err := records.enrolmentView(ctx, e, in)
			if err != nil {
				return nil, err
			}
			i, views = len(views), append(views, enrolmentViewOf(v))
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
	e, ok := ParseEnrolmentID(id)
	if !ok {
		return EnrolmentView{}, errNoEnrolment()
	}
	view, _, err := s.enrolment(ctx, e)
	if err != nil {
		return EnrolmentView{}, err
	}
	v := enrolmentViewOf(view)
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
	return fault.New(fault.NotFound, "enrolment_unknown", "There is no such enrolment; choose one that is listed.")
}

// enrolment reads an enrolment on its own.
func (s *Service) enrolment(ctx context.Context, e Enrolment) (View, checklist.Facts, error) {
	in, ok := s.cfg.Catalogue.OfGroup(e.GroupID, e.Environment)
	if !ok {
		return View{}, checklist.Facts{}, errNoEnrolment()
	}
	records, err := s.sharedRecords(ctx)
	if err != nil {
		return View{}, checklist.Facts{}, err
	}
	if _, ok := records.organizations[e.OrganizationID]; !ok {
		return View{}, checklist.Facts{}, errNoEnrolment()
	}
	if err := s.readHoldings(ctx, &records, e.OrganizationID); err != nil {
		return View{}, checklist.Facts{}, err
	}
	if err := s.readNotes(ctx, &records, e.ID); err != nil {
		return View{}, checklist.Facts{}, err
	}
	return records.enrolmentView(ctx, records.enrolment(e.OrganizationID, in), in)
}

// enrolmentView is what a view has of an enrolment on its own: it is of no registration.
func (r records) enrolmentView(
	ctx context.Context, e Enrolment, in catalogue.Institution,
) (View, checklist.Facts, error) {
	v := View{Institution: in, Organization: r.organizations[e.OrganizationID], Enrolment: e}
	facts, err := r.fillSteps(ctx, &v)
	return v, facts, err
}

func enrolmentViewOf(v View) EnrolmentView {
	return EnrolmentView{
		Enrolment:    v.Enrolment,
		Organization: v.Organization,
		Group:        v.Institution.Group,
		Zone:         v.Institution.Zone(),
		Steps:        v.Steps,
		Emails:       v.Emails,
		Warnings:     v.Warnings,
	}
}
