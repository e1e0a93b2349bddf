package registration

import (
	"context"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// The filters of the list of registrations, by ids.
const (
	FilterInstitution  = "institution"
	FilterApplication  = "application"
	FilterOrganization = "organization"
	FilterCertificate  = "certificate" // in the active version or in the draft
	FilterEnvironment  = "environment"
	FilterTask         = "task"     // kind of something to do at it
	FilterArchived     = "archived" // true: those that are; else, those that are not. Of all three kinds
)

// Listed is what can be asked of the list of registrations.
var Listed = listing.Spec{
	Name:   "registrations",
	Sorts:  []string{"created_at", "-created_at"},
	Search: true,
	Filters: map[string]listing.Check{
		FilterInstitution:  listing.Text,
		FilterApplication:  listing.Text,
		FilterOrganization: listing.Text,
		FilterCertificate:  listing.Text,
		FilterEnvironment:  listing.OneOf(environment.Sandbox, environment.Live),
		FilterTask:         listing.OneOf(kindsOfRegistrations...),
		FilterArchived:     listing.OneOf("true", "false"),
	},
}

// Page returns a page of the list Listed: views with the draft and the active version of each. It reads what the
// page shows, however many registrations there are.
func (s *Service) Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[View], error) {
	var page listing.Page[View]
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.RegistrationRead)
	if err != nil {
		return page, err
	}
	found, err := s.cfg.Registrations.RegistrationPage(ctx, reach, q, s.among(q))
	if err != nil {
		return page, err
	}
	page.Count, page.Next, page.Previous = found.Count, found.Next, found.Previous
	if len(found.Items) == 0 {
		return page, nil
	}
	all, err := s.recordsOfPage(ctx, found.Items)
	if err != nil {
		return page, err
	}
	page.Items, err = s.views(ctx, found.Items, all)
	return page, err
}

// InstitutionOf returns the institution of a registration.
func (s *Service) InstitutionOf(
	ctx context.Context, caller access.Caller, registrationID string,
) (catalogue.Institution, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, registrationID); err != nil {
		return catalogue.Institution{}, err
	}
	r, err := s.cfg.Lookup.RegistrationByID(ctx, registrationID)
	if err != nil {
		return catalogue.Institution{}, err
	}
	return s.described(r.InstitutionID), nil
}

// Count counts how many registrations of the list Listed match.
func (s *Service) Count(ctx context.Context, caller access.Caller, q listing.Query) (listing.Count, error) {
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.RegistrationRead)
	if err != nil {
		return listing.Count{}, err
	}
	return s.cfg.Registrations.CountRegistrations(ctx, reach, q, s.among(q))
}

// among are the institutions of the environment that is asked for; nil for all.
func (s *Service) among(q listing.Query) []string {
	wanted := q.Filters[FilterEnvironment]
	if wanted == "" {
		return nil
	}
	ids := []string{}
	for _, in := range s.cfg.Catalogue.All() {
		if string(in.Environment) == wanted {
			ids = append(ids, in.ID)
		}
	}
	return ids
}

// recordsOfPage reads what the registrations of a page need.
func (s *Service) recordsOfPage(ctx context.Context, registrations []Registration) (records, error) {
	all := s.newRecords(ctx)
	if len(registrations) == 0 {
		return all, nil
	}
	var ids, applications []string
	for _, r := range registrations {
		ids, applications = append(ids, r.ID), append(applications, r.ApplicationID)
	}
	found, err := s.cfg.Selected.ApplicationsByID(ctx, distinct(applications))
	if err != nil {
		return all, err
	}
	for _, a := range found {
		all.applications[a.ID] = a
	}
	var organizations, enrolments []string
	for _, r := range registrations {
		in := s.described(r.InstitutionID)
		organization := all.applications[r.ApplicationID].OrganizationID
		organizations = append(organizations, organization)
		enrolments = append(enrolments, enrolmentID(organization, in.Group.ID, in.Environment))
	}
	if all.bundles, err = s.cfg.Lookup.CurrentBundles(ctx, ids...); err != nil {
		return all, err
	}
	if err := s.readParties(ctx, &all, organizations, enrolments); err != nil {
		return all, err
	}
	if err := all.readCertificates(ctx); err != nil {
		return all, err
	}
	return all, s.readNotes(ctx, &all, append(ids, distinct(enrolments)...)...)
}

// registrationsOf reads the registrations that a query is about, page by page.
func (s *Service) registrationsOf(
	ctx context.Context, reach access.Reach, q listing.Query, among []string,
) ([]Registration, error) {
	var all []Registration
	for q.Limit = listing.MaxLimit; ; {
		page, err := s.cfg.Registrations.RegistrationPage(ctx, reach, q, among)
		if all = append(all, page.Items...); err != nil || page.Next == "" {
			return all, err
		}
		if q, err = q.Behind(page.Next); err != nil {
			return nil, err
		}
	}
}
