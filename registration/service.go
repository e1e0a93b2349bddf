package registration

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/fault"
)

// Config is what a Service is made of. Every field is required.
type Config struct {
	Catalogue     *Catalogue
	Parties       Parties
	Registrations Registrations
	Bundles       Bundles
	Certificates  Certificates
	Credentials   CredentialStore
	Audit         *audit.Log
	Now           func() time.Time
	Approvals     Approvals
}

// Service is the registration of our applications at banks. It is safe for concurrent use.
type Service struct {
	cfg Config

	mu       sync.Mutex
	onChange []func(registrationID string)
}

// New returns a Service.
func New(cfg Config) *Service { return &Service{cfg: cfg} }

// OnChange has f called after every change of the version in use, or of its being in use.
func (s *Service) OnChange(f func(registrationID string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onChange = append(s.onChange, f)
}

func (s *Service) changed(registrationID string) {
	s.mu.Lock()
	hooks := slices.Clone(s.onChange)
	s.mu.Unlock()
	for _, f := range hooks {
		f(registrationID)
	}
}

// Institutions lists the catalogue.
func (s *Service) Institutions(ctx context.Context, caller access.Caller) ([]Institution, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.InstitutionRead, ""); err != nil {
		return nil, err
	}
	return s.cfg.Catalogue.All(), nil
}

// Institution returns one institution.
func (s *Service) Institution(ctx context.Context, caller access.Caller, id string) (Institution, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.InstitutionRead, id); err != nil {
		return Institution{}, err
	}
	return s.institution(id)
}

func (s *Service) institution(id string) (Institution, error) {
	in, ok := s.cfg.Catalogue.Institution(id)
	if !ok {
		return in, fault.New(fault.NotFound, "institution_unknown", "There is no institution %q; GET /v1/institutions lists them.", id)
	}
	return in, nil
}

// AddOrganization records one of our legal entities.
func (s *Service) AddOrganization(ctx context.Context, caller access.Caller, o Organization) (Organization, error) {
	o.ID, o.CreatedAt = s.stamp()
	return o, s.write(ctx, caller, o.ID, "organization "+o.LegalName, func() error {
		if err := o.validate(); err != nil {
			return err
		}
		return s.cfg.Parties.AddOrganization(ctx, o)
	})
}

// AddApplication records an application of an organization.
func (s *Service) AddApplication(ctx context.Context, caller access.Caller, a Application) (Application, error) {
	a.ID, a.CreatedAt = s.stamp()
	return a, s.write(ctx, caller, a.ID, "application "+a.Name, func() error {
		if err := a.validate(); err != nil {
			return err
		}
		organizations, err := s.cfg.Parties.Organizations(ctx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(organizations, func(o Organization) bool { return o.ID == a.OrganizationID }) {
			return fault.New(fault.Invalid, "organization_unknown", "There is no such organization; create it first.")
		}
		return s.cfg.Parties.AddApplication(ctx, a)
	})
}

// Register starts the registration of an application at an institution.
func (s *Service) Register(ctx context.Context, caller access.Caller, applicationID, institutionID string) (Registration, error) {
	r := Registration{ApplicationID: applicationID, InstitutionID: institutionID}
	r.ID, r.CreatedAt = s.stamp()
	return r, s.write(ctx, caller, r.ID, "registration at "+institutionID, func() error {
		if _, err := s.institution(institutionID); err != nil {
			return err
		}
		if _, err := s.application(ctx, applicationID); err != nil {
			return err
		}
		return s.cfg.Registrations.AddRegistration(ctx, r)
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

func (s *Service) application(ctx context.Context, id string) (Application, error) {
	all, err := s.cfg.Parties.Applications(ctx)
	if err != nil {
		return Application{}, err
	}
	i := slices.IndexFunc(all, func(a Application) bool { return a.ID == id })
	if i < 0 {
		return Application{}, fault.New(fault.Invalid, "application_unknown", "There is no such application; create it first.")
	}
	return all[i], nil
}

func (s *Service) registration(ctx context.Context, id string) (Registration, error) {
	all, err := s.cfg.Registrations.Registrations(ctx)
	if err != nil {
		return Registration{}, err
	}
	i := slices.IndexFunc(all, func(r Registration) bool { return r.ID == id })
	if i < 0 {
		return Registration{}, fault.New(fault.NotFound, "registration_unknown", "There is no such registration.")
	}
	return all[i], nil
}

// write is act for changes to registrations.
func (s *Service) write(ctx context.Context, caller access.Caller, object, detail string, f func() error) error {
	return s.act(ctx, caller, access.RegistrationWrite, object, detail, f)
}

// act authorises and audits f, before and after.
func (s *Service) act(ctx context.Context, caller access.Caller, action access.Action, object, detail string, f func() error) error {
	if err := s.cfg.Audit.Authorize(ctx, caller, action, object); err != nil {
		return err
	}
	return s.cfg.Audit.Finish(ctx, caller, action, object, detail, f())
}

func (s *Service) stamp() (string, time.Time) {
	return uuid.Must(uuid.NewV7()).String(), s.now()
}

func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }
