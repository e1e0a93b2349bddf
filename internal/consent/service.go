package consent

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Clients gives the client of a registration that is ready, or says what is in its way.
type Clients interface {
	Client(ctx context.Context, caller access.Caller, registrationID string) (*connector.Client, error)
}

// Registrations knows what a registration is about, if it is ready for use.
type Registrations interface {
	ActiveBundle(ctx context.Context, registrationID string) (registration.View, registration.Bundle, error)
}

// Custody keeps the tokens. It is *vault.Vault.
type Custody interface {
	PutTokens(ctx context.Context, caller access.Caller, id string, t vault.Tokens) (vault.Tokens, error)
	Tokens(ctx context.Context, caller access.Caller, id string) (vault.Tokens, error)
	TokensWithin(ctx context.Context, caller access.Caller, id string) (vault.Tokens, error)
	RenewTokens(
		ctx context.Context, caller access.Caller, id string, renew func(vault.Tokens) (vault.Tokens, error),
	) (vault.Tokens, error)
	DropTokens(ctx context.Context, caller access.Caller, id string) error
}

// Config is what a Service is made of. Every field is required.
type Config struct {
	Records       Records
	Leases        Leases
	Clients       Clients
	Registrations Registrations
	Custody       Custody
	Audit         *audit.Log
	Logger        *slog.Logger
	Now           func() time.Time
}

// Service keeps consents. It is safe for concurrent use.
type Service struct {
	cfg      Config
	flights  singleflight.Group
	working  chan struct{} // a place for every refresh under way
	accounts accountCache
}

// concurrent is how many refreshes one process does at a time. The rest waits
// before it takes a lease, so that leases are held for as long as a refresh takes and no longer.
const concurrent = 16

// New returns a service.
func New(cfg Config) *Service {
	cfg.Now = clock.Micros(cfg.Now)
	return &Service{cfg: cfg, working: make(chan struct{}, concurrent), accounts: accountCache{now: cfg.Now}}
}

// Get returns one consent.
func (s *Service) Get(ctx context.Context, caller access.Caller, id string) (Consent, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.ConsentRead, id); err != nil {
		return Consent{}, err
	}
	return s.known(ctx, caller, id)
}

// known returns a consent the caller may know of: a program knows its own.
func (s *Service) known(ctx context.Context, caller access.Caller, id string) (Consent, error) {
	if caller.OwnOnly() {
		return s.own(ctx, caller, id)
	}
	return s.get(ctx, id)
}

func (s *Service) get(ctx context.Context, id string) (Consent, error) {
	c, err := s.cfg.Records.ConsentByID(ctx, id)
	if errors.Is(err, fault.NotFound) {
		err = unknown()
	}
	return c, err
}

func unknown() error {
	return fault.New(fault.NotFound, "consent_unknown", "There is no such consent, or it is somebody else's.")
}

// own returns a consent that the caller has begun: nobody else reads with it.
func (s *Service) own(ctx context.Context, caller access.Caller, id string) (Consent, error) {
	c, err := s.get(ctx, id)
	if err == nil && (c.CreatedBy != caller.ID || !caller.Knows(c.RegistrationID)) {
		return Consent{}, unknown()
	}
	return c, err
}

// State returns the state of a consent as it is now.
func (s *Service) State(c Consent) State { return c.At(s.cfg.Now()) }

// Revoke gives a consent up: its tokens are deleted from custody and nobody
// reads with it any more. The bank has no way to be told; what it issued ends by itself.
func (s *Service) Revoke(ctx context.Context, caller access.Caller, id string) (Consent, error) {
	var c Consent
	err := s.cfg.Audit.Do(ctx, caller, access.ConsentRevoke, id, func() (_ note.Note, err error) {
		c, err = s.revoke(ctx, caller, id)
		return note.Note{}, err
	})
	return c, err
}

func (s *Service) revoke(ctx context.Context, caller access.Caller, id string) (Consent, error) {
	if _, err := s.known(ctx, caller, id); err != nil {
		return Consent{}, err
	}
	c, _, err := s.lease(ctx, id)
	if err != nil {
		return Consent{}, err
	}
	if !c.over() {
		c.end(Revoked, ReasonGivenUp)
	}
	return s.finish(ctx, caller, c)
}

// finish saves a consent and gives it back. The tokens of one that is over
// are deleted; should that fail now, Reconcile does it.
func (s *Service) finish(ctx context.Context, caller access.Caller, c Consent) (Consent, error) {
	ctx = context.WithoutCancel(ctx) // the lease is ours to give back
	if !c.over() || !c.HoldsTokens {
		return c, s.cfg.Leases.SaveConsent(ctx, c, true)
	}
	s.accounts.forget(c.ID)
	if err := s.cfg.Leases.SaveConsent(ctx, c, false); err != nil {
		return c, err
	}
	err := s.cfg.Custody.DropTokens(ctx, caller, c.ID)
	c.HoldsTokens = err != nil
	return c, errors.Join(err, s.cfg.Leases.SaveConsent(ctx, c, true))
}
