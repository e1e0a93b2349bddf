// Package banktoken answers one question: which token of the bank may a service add to a request of its own? Refresh
// tokens and the client secret stay where they are; what is lent is an access token, which ends within minutes.
package banktoken

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Consents lends the tokens of customers' consents.
type Consents interface {
	// Lend returns a token of the caller's own consent for the registration and when it was issued: another than the
	// one that was issued at refused, unless that is zero.
	Lend(ctx context.Context, caller access.Caller, id, registrationID string, refused time.Time) (
		token *oauth.Token, issued time.Time, err error)
}

// Clients gives the client of a registration.
type Clients interface {
	Client(ctx context.Context, caller access.Caller, registrationID string) (*connector.Client, error)
}

// Limits are those of service accounts.
type Limits interface {
	Spend(ctx context.Context, caller access.Caller, n int) error
}

// Config is what a Service is made of. Every field is required.
type Config struct {
	Consents Consents
	Clients  Clients
	Limits   Limits
	Audit    *audit.Log
}

// Service lends tokens. It is safe for concurrent use.
type Service struct{ cfg Config }

// New returns a Service.
func New(cfg Config) *Service { return &Service{cfg} }

// Request says which token is asked for.
type Request struct {
	RegistrationID string
	ConsentID      string    // empty: the application's own token, as payments need
	Refused        time.Time // when the token was issued that the bank has refused; zero: none was
}

// Token is one that is lent.
type Token struct {
	Access    secret.Text
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// Lend returns an access token. It takes the purpose transport, without whose certificate no bank takes a token, and
// accounts for that of a consent, payments for the application's own. Each time is recorded.
func (s *Service) Lend(ctx context.Context, caller access.Caller, r Request) (Token, error) {
	if err := s.admit(ctx, caller, r); err != nil {
		return Token{}, err
	}
	if err := s.cfg.Limits.Spend(ctx, caller, 1); err != nil {
		return Token{}, err
	}
	var lent Token
	object := r.ConsentID
	if object == "" {
		object = r.RegistrationID
	}
	err := s.cfg.Audit.Do(ctx, caller, access.TokensLend, object, func() (note.Note, error) {
		token, issued, err := s.token(ctx, caller, r)
		if err == nil {
			lent = Token{Access: token.Access, IssuedAt: issued, ExpiresAt: token.ExpiresAt}
		}
		return note.New("token_lent", "access token"), err
	})
	return lent, err
}

func (s *Service) token(ctx context.Context, caller access.Caller, r Request) (*oauth.Token, time.Time, error) {
	if r.ConsentID != "" {
		return s.cfg.Consents.Lend(ctx, caller, r.ConsentID, r.RegistrationID, r.Refused)
	}
	bank, err := s.cfg.Clients.Client(ctx, caller, r.RegistrationID)
	if err != nil {
		return nil, time.Time{}, err
	}
	return bank.PIS.Token(ctx, r.Refused)
}

// admit refuses who is no service account, what it is not bound to, and what it has no purpose for, in this order.
func (s *Service) admit(ctx context.Context, caller access.Caller, r Request) error {
	refuse := func(err error) error {
		return s.cfg.Audit.Refuse(ctx, caller, access.TokensLend, r.RegistrationID, err)
	}
	if caller.Grant == nil {
		return refuse(fault.New(fault.Denied, "service_account_needed",
			"This is for service accounts; use the token of one."))
	}
	if err := s.cfg.Audit.Bound(ctx, caller, access.TokensLend, r.RegistrationID); err != nil {
		return err
	}
	purpose := access.Payments
	if r.ConsentID != "" {
		purpose = access.Accounts
	}
	for _, p := range []access.Purpose{access.Transport, purpose} {
		if !caller.Grant.Has(p) {
			return refuse(audit.PurposeMissing(p))
		}
	}
	return nil
}
