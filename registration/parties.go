package registration

import (
	"context"
	"errors"
	"slices"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
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
		return s.cfg.Parties.AddApplication(ctx, a)
	})
}

// Organizations lists our legal entities.
func (s *Service) Organizations(ctx context.Context, caller access.Caller) ([]Organization, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, ""); err != nil {
		return nil, err
	}
	return s.cfg.Parties.Organizations(ctx)
}

// Applications lists our applications.
func (s *Service) Applications(ctx context.Context, caller access.Caller) ([]Application, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, ""); err != nil {
		return nil, err
	}
	return s.cfg.Parties.Applications(ctx)
}

func (s *Service) organization(ctx context.Context, id string) (Organization, error) {
	all, err := s.cfg.Parties.Organizations(ctx)
	if err != nil {
		return Organization{}, err
	}
	i := slices.IndexFunc(all, func(o Organization) bool { return o.ID == id })
	if i < 0 {
		return Organization{}, fault.New(fault.Invalid, "organization_unknown",
			"There is no such organization; create it first.")
	}
	return all[i], nil
}

func (s *Service) application(ctx context.Context, id string) (Application, error) {
	a, err := s.cfg.Lookup.ApplicationByID(ctx, id)
	if errors.Is(err, fault.NotFound) {
		return Application{}, fault.New(fault.Invalid, "application_unknown",
			"There is no such application; create it first.")
	}
	return a, err
}
