package registration

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// Config is what a Service is made of. Every field but Consents and Services is required.
type Config struct {
	Catalogue      *catalogue.Catalogue
	Parties        Parties
	PartyLookup    PartyLookup
	Changes        Changes
	Archive        Archive
	Registrations  Registrations
	Enrolled       Enrollees
	Lookup         Lookup
	Selected       Selected
	Looks          Looks
	Found          Found
	Uses           Uses
	Checklist      Checklist
	Evidence       EvidenceStore
	Emails         Emails
	Holdings       Holdings
	Makers         Makers
	BankFacts      BankFacts
	Sealer         Sealer
	Consents       Consents // nil: none are known
	Services       Services // nil: none are known
	Bundles        Bundles
	Certificates   Certificates
	Revocations    Revocations
	Authorisations Authorisations // nil: nobody is asked
	Credentials    CredentialStore
	Audit          *audit.Log
	Now            func() time.Time
	Approvals      Approvals
}

// Service is the registration of our applications at banks. It is safe for concurrent use.
type Service struct {
	cfg Config

	mu       sync.Mutex
	onChange []func(registrationID string)
}

// New returns a Service.
func New(cfg Config) *Service {
	cfg.Now = clock.Micros(cfg.Now)
	return &Service{cfg: cfg}
}

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
func (s *Service) Institutions(ctx context.Context, caller access.Caller) ([]catalogue.Institution, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.InstitutionRead, ""); err != nil {
		return nil, err
	}
	return s.cfg.Catalogue.All(), nil
}

// Institution returns one institution.
func (s *Service) Institution(ctx context.Context, caller access.Caller, id string) (catalogue.Institution, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.InstitutionRead, id); err != nil {
		return catalogue.Institution{}, err
	}
	return s.institution(id)
}

func (s *Service) institution(id string) (catalogue.Institution, error) {
	in, ok := s.cfg.Catalogue.Institution(id)
	if !ok {
		return in, fault.New(fault.NotFound, "institution_unknown",
			"There is no institution %q in the catalogue; choose one that it lists.", id)
	}
	return in, nil
}

// described is what the catalogue says of an institution at which there is something: a registration is read and listed
// whatever has become of its bank's file.
func (s *Service) described(id string) catalogue.Institution {
	if in, ok := s.cfg.Catalogue.Institution(id); ok {
		return in
	}
	return catalogue.Gone(id)
}

// write is act for changes to registrations.
func (s *Service) write(
	ctx context.Context, caller access.Caller, object string, detail note.Note, f func() error,
) error {
	return s.act(ctx, caller, access.RegistrationWrite, object, detail, f)
}

// act authorises and audits f, before and after. Nothing is done to what is archived.
func (s *Service) act(
	ctx context.Context, caller access.Caller, action access.Action, object string, detail note.Note, f func() error,
) error {
	return s.cfg.Audit.Do(ctx, caller, action, object, func() (note.Note, error) {
		if err := s.notArchived(ctx, object); err != nil {
			return detail, err
		}
		return detail, f()
	})
}

func (s *Service) stamp() (string, time.Time) {
	return uid.New(), s.cfg.Now()
}
