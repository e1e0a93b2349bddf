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
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, ""); err != nil || len(ids) == 0 {
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
	for _, o := range organizations {
		names[o.ID] = Named{NamedOrganization, o.ID, o.LegalName}
	}
	applications, err := s.cfg.Selected.ApplicationsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
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
	return names, s.nameRegistrations(ctx, ids, names)
}

// nameRegistrations names registrations, by their ids and by those of their credentials.
func (s *Service) nameRegistrations(ctx context.Context, ids []string, names map[string]Named) error {
	credentials, err := s.cfg.Uses.CredentialUses(ctx, ids)
	if err != nil {
		return err
	}
	all := slices.Concat(ids, slices.Collect(maps.Values(credentials)))
	registrations, err := s.cfg.Selected.RegistrationsByID(ctx, distinct(all))
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

// nameAt is the name of an institution, or its id if it is in the catalogue no more.
func (s *Service) nameAt(institutionID string) string {
	in, _ := s.cfg.Catalogue.Institution(institutionID)
	return cmp.Or(in.Name, institutionID)
}

// ActiveUses returns where each of the certificates is in use: the first registrations, at most as many as limit.
func (s *Service) ActiveUses(
	ctx context.Context, caller access.Caller, certificateIDs []string, limit int,
) (map[string][]Named, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, ""); err != nil {
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
	if err := s.nameRegistrations(ctx, distinct(ids), names); err != nil {
		return nil, err
	}
	uses := map[string][]Named{}
	for id, p := range places {
		for _, r := range p.Registrations {
			uses[id] = append(uses[id], names[r])
		}
	}
	return uses, nil
}
