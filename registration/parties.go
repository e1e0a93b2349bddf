package registration

import (
	"context"
	"errors"
	"slices"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// AddOrganization records one of our legal entities.
func (s *Service) AddOrganization(ctx context.Context, caller access.Caller, o Organization) (Organization, error) {
	o.ID, o.CreatedAt = s.stamp()
	o = o.completed()
	return o, s.write(ctx, caller, o.ID, note.New("organization", "organization %s", o.LegalName), func() error {
		if err := o.validate(); err != nil {
			return err
		}
		return s.cfg.Parties.AddOrganization(ctx, o)
	})
}

// AddApplication records an application of an organization.
func (s *Service) AddApplication(ctx context.Context, caller access.Caller, a Application) (Application, error) {
	a.ID, a.CreatedAt = s.stamp()
	at := caller.At(access.Place{Organization: a.OrganizationID})
	return a, s.write(ctx, at, a.ID, note.New("application", "application %s", a.Name), func() error {
		if err := a.validate(); err != nil {
			return err
		}
		if _, err := s.organization(ctx, a.OrganizationID); err != nil {
			return err
		}
		if err := s.notArchived(ctx, a.OrganizationID); err != nil {
			return err
		}
		return s.cfg.Parties.AddApplication(ctx, a)
	})
}

// Organizations is what can be asked of the list of our legal entities.
var Organizations = listing.Spec{
	Name:    "organizations",
	Sorts:   []string{"name", "created_at", "-created_at"},
	Search:  true,
	Filters: map[string]listing.Check{FilterArchived: listing.OneOf("true", "false")},
}

// Applications is what can be asked of the list of our applications.
var Applications = listing.Spec{
	Name:   "applications",
	Sorts:  []string{"name", "created_at", "-created_at"},
	Search: true,
	Filters: map[string]listing.Check{
		FilterOrganization: listing.Text,
		FilterArchived:     listing.OneOf("true", "false"),
	},
}

// OrganizationPage returns a page of the list Organizations.
func (s *Service) OrganizationPage(
	ctx context.Context, caller access.Caller, q listing.Query,
) (listing.Page[Organization], error) {
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.RegistrationRead)
	if err != nil {
		return listing.Page[Organization]{}, err
	}
	return s.cfg.Parties.OrganizationPage(ctx, reach, q)
}

// ApplicationPage returns a page of the list Applications.
func (s *Service) ApplicationPage(
	ctx context.Context, caller access.Caller, q listing.Query,
) (listing.Page[Application], error) {
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.RegistrationRead)
	if err != nil {
		return listing.Page[Application]{}, err
	}
	return s.cfg.Parties.ApplicationPage(ctx, reach, q)
}

// FirstApplications returns the applications of organizations by name, of each at most so many.
func (s *Service) FirstApplications(
	ctx context.Context, caller access.Caller, organizations []string, most int,
) ([]Application, error) {
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.RegistrationRead)
	if err != nil {
		return nil, err
	}
	within := slices.DeleteFunc(slices.Clone(organizations), func(id string) bool { return !reach.Has(id, "") })
	return s.cfg.PartyLookup.FirstApplications(ctx, within, most)
}

// Organization returns one of our legal entities.
func (s *Service) Organization(ctx context.Context, caller access.Caller, id string) (Organization, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, id); err != nil {
		return Organization{}, err
	}
	o, err := s.organization(ctx, id)
	if errors.Is(err, fault.Invalid) {
		err = fault.New(fault.NotFound, "not_found", "There is no such %s.", "organization")
	}
	return o, err
}

// OrganizationNamed returns the legal entity with the number that certificates have of it, or NotFound.
func (s *Service) OrganizationNamed(
	ctx context.Context, caller access.Caller, identifier string,
) (Organization, error) {
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.RegistrationRead)
	if err != nil {
		return Organization{}, err
	}
	found, err := s.cfg.PartyLookup.OrganizationsByIdentifier(ctx, []string{identifier})
	if err == nil && (len(found) == 0 || !reach.Has(found[0].ID, "")) {
		err = fault.New(fault.NotFound, "not_found", "There is no such %s.", "organization")
	}
	if err != nil {
		return Organization{}, err
	}
	return found[0], nil
}

// Application returns one of our applications.
func (s *Service) Application(ctx context.Context, caller access.Caller, id string) (Application, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, id); err != nil {
		return Application{}, err
	}
	return s.cfg.Lookup.ApplicationByID(ctx, id)
}

// ApplicationsByID returns those of the applications that there are.
func (s *Service) ApplicationsByID(
	ctx context.Context, caller access.Caller, ids []string,
) ([]Application, error) {
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.RegistrationRead)
	if err != nil {
		return nil, err
	}
	all, err := s.cfg.Selected.ApplicationsByID(ctx, distinct(ids))
	return slices.DeleteFunc(all, func(a Application) bool { return !reach.Has(a.OrganizationID, "") }), err
}

// OrganizationsByID returns those of the organizations that there are.
func (s *Service) OrganizationsByID(
	ctx context.Context, caller access.Caller, ids []string,
) ([]Organization, error) {
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.RegistrationRead)
	if err != nil {
		return nil, err
	}
	all, err := s.cfg.Selected.OrganizationsByID(ctx, distinct(ids))
	return slices.DeleteFunc(all, func(o Organization) bool { return !reach.Has(o.ID, "") }), err
}

func (s *Service) organization(ctx context.Context, id string) (Organization, error) {
	found, err := s.cfg.Selected.OrganizationsByID(ctx, []string{id})
	if err == nil && len(found) == 0 {
		err = fault.New(fault.Invalid, "organization_unknown", "There is no such organization; create it first.")
	}
	if err != nil {
		return Organization{}, err
	}
	return found[0], nil
}

func (s *Service) application(ctx context.Context, id string) (Application, error) {
	a, err := s.cfg.Lookup.ApplicationByID(ctx, id)
	if errors.Is(err, fault.NotFound) {
		return Application{}, fault.New(fault.Invalid, "application_unknown",
			"There is no such application; create it first.")
	}
	return a, err
}
