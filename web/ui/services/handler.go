// Package services is the pages of service accounts: which programs there are, what each may do and with which
// registrations, its tokens, and which version it uses.
package services

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/clientcert"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/usage"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
)

// Reader knows the service accounts there are.
type Reader interface {
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[service.Account], error)
	Count(ctx context.Context, caller access.Caller, q listing.Query) (listing.Count, error)
	Get(ctx context.Context, caller access.Caller, id string) (service.Account, error)
	Waiting(ctx context.Context, account string) (map[string]string, error)
}

// Editor changes them.
type Editor interface {
	Add(ctx context.Context, caller access.Caller, in service.Input) (
		a service.Account, r approval.Request, done bool, err error)
	Change(ctx context.Context, caller access.Caller, id string, in service.Input) (
		a service.Account, r approval.Request, done bool, err error)
	End(ctx context.Context, caller access.Caller, id string) (service.Account, error)
}

// Tokens makes and revokes tokens.
type Tokens interface {
	IssueToken(ctx context.Context, caller access.Caller, accountID string, expiresAt time.Time) (
		service.Token, secret.Text, error)
	RevokeToken(ctx context.Context, caller access.Caller, accountID, id string) error
}

// Identities has somebody count as a service who has no token.
type Identities interface {
	WorkloadIssuers() []string
	CertificateAnchors() []clientcert.Anchor
	AddIdentity(ctx context.Context, caller access.Caller, accountID string, i service.Identity) (
		service.Identity, error)
	RemoveIdentity(ctx context.Context, caller access.Caller, accountID, id string) error
}

// Accounts are all of them.
type Accounts interface {
	Reader
	Editor
	Tokens
	Identities
}

// Usage knows which versions services use.
type Usage interface {
	Used(ctx context.Context, caller access.Caller, accountID string, limit int) ([]string, error)
	Overviews(ctx context.Context, caller access.Caller, views ...registration.View) ([]usage.Overview, error)
}

// Registrations are what accounts are bound to.
type Registrations interface {
	Institutions(ctx context.Context, caller access.Caller) ([]catalogue.Institution, error)
	choice.Applications
	Registration(ctx context.Context, caller access.Caller, id string) (registration.View, error)
}

// Needs is what the handler works with.
type Needs struct {
	Pages         *page.Responder
	Accounts      Accounts
	Usage         Usage
	Registrations Registrations
	Now           func() time.Time
}

// Handler answers on the pages. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }
