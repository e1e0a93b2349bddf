package registration

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

// Named is something that a registration is made of, with its name.
type Named struct {
	Kind NamedKind
	ID   string // of credentials: the registration's
	Name string
}

// NamedKind says what a Named is.
type NamedKind string

// The kinds of thing with a name.
const (
	NamedRegistration NamedKind = "registration"
	NamedOrganization NamedKind = "organization"
	NamedApplication  NamedKind = "application"
	NamedEnrolment    NamedKind = "enrolment"
)

// Names says what the ids are of, as far as they are of something that registrations are made of: organizations,
// applications, enrolments, registrations and their credentials.
func (s *Service) Names(ctx context.Context, caller access.Caller, ids []string) (map[string]Named, error) {
	names := map[string]Named{}
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.RegistrationRead)
	if err != nil || len(ids) == 0 {
		return names, err
	}
	wanted := slices.Clone(ids)
	for _, id := range ids {
		if e, is := ParseEnrolmentID(id); is {
			wanted = append(wanted, e.OrganizationID)
		}
	}
	organizations, err := s.cfg.Selected.OrganizationsByID(ctx, distinct(wanted))
	if err != nil {
		return nil, err
	}
	organizations = slices.DeleteFunc(organizations, func(o Organization) bool { return !reach.Has(o.ID, "") })
	for _, o := range organizations {
		names[o.ID] = Named{NamedOrganization, o.ID, o.LegalName}
	}
	applications, err := s.cfg.Selected.ApplicationsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	applications = slices.DeleteFunc(applications, func(a Application) bool { return !reach.Has(a.OrganizationID, "") })
	for _, a := range applications {
		names[a.ID] = Named{NamedApplication, a.ID, a.Name}
	}
	for _, id := range ids {
		if e, is := ParseEnrolmentID(id); is {
			in, known := s.cfg.Catalogue.OfGroup(e.GroupID, e.Environment)
			if _, there := names[e.OrganizationID]; known && there {
				names[id] = Named{NamedEnrolment, id, in.Group.Name}
			}
		}
	}
	return names, s.nameRegistrations(ctx, reach, ids, names)
}

// nameRegistrations names registrations, by their ids and by those of their credentials.
func (s *Service) nameRegistrations(
	ctx context.Context, reach access.Reach, ids []string, names map[string]Named,
) error {
	credentials, err := s.cfg.Uses.CredentialUses(ctx, ids)
	if err != nil {
		return err
	}
	all := slices.Concat(ids, slices.Collect(maps.Values(credentials)))
	registrations, err := s.reached(ctx, reach, distinct(all))
	if err != nil {
		return err
	}
	for _, r := range registrations {
		names[r.ID] = Named{NamedRegistration, r.ID, s.nameAt(r.InstitutionID)}
	}
	for ref, id := range credentials {
		if named, there := names[id]; there {
			names[ref] = named
		}
	}
	return nil
}

// reached are those of the registrations that lie in the reach.
func (s *Service) reached(ctx context.Context, reach access.Reach, ids []string) ([]Registration, error) {
	found, err := s.cfg.Selected.RegistrationsByID(ctx, ids)
	if err != nil || reach.IsWhole() {
		return found, err
	}
	applications := make([]string, len(found))
	for i, r := range found {
		applications[i] = r.ApplicationID
	}
	of := map[string]string{}
	all, err := s.cfg.Selected.ApplicationsByID(ctx, distinct(applications))
	for _, a := range all {
		of[a.ID] = a.OrganizationID
	}
	return slices.DeleteFunc(found, func(r Registration) bool {
		return !reach.Has(of[r.ApplicationID], r.InstitutionID)
	}), err
}

// nameAt is the name of an institution, or its id if it is in the catalogue no more.
func (s *Service) nameAt(institutionID string) string {
	in, _ := s.cfg.Catalogue.Institution(institutionID)
	return cmp.Or(in.Name, institutionID)
}

// ActiveUses returns where each of the certificates is in use: the first registrations, at most as many as limit.
func (s *Service) ActiveUses(
	ctx context.Context, caller access.Caller, certificateIDs []string, limit int,
) (map[string][]Named, error) {
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.RegistrationRead)
	if err != nil {
		return nil, err
	}
	places, err := s.cfg.Uses.ActiveUses(ctx, certificateIDs, limit)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, p := range places {
		ids = append(ids, p.Registrations...)
	}
	names := map[string]Named{}
	if err := s.nameRegistrations(ctx, reach, distinct(ids), names); err != nil {
		return nil, err
	}
	uses := map[string][]Named{}
	for id, p := range places {
		for _, r := range p.Registrations {
			if named, there := names[r]; there {
				uses[id] = append(uses[id], named)
			}
		}
	}
	return uses, nil
}
