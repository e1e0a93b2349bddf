// Package home is the first page: what needs somebody today, what ends soon, what was done, and whether the service is
// as it should be.
package home

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/ahead"
	"github.com/sealkeeper/sealkeeper/web/ui/named"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
)

// Certificates are those there are, and those that were requested.
type Certificates interface {
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[vault.Summary], error)
	Named(ctx context.Context, caller access.Caller, ids []string) (map[string]vault.Summary, error)
	CSRPage(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[vault.CSR], error)
}

// Custody says how custody is.
type Custody interface {
	Health(ctx context.Context) error
	Comparison(ctx context.Context, caller access.Caller) (*vault.Checked, error)
}

// Vault keeps certificates.
type Vault interface {
	Certificates
	Custody
}

// Registrations are those there are, and what they need.
type Registrations interface {
	Today(ctx context.Context, caller access.Caller) (registration.Agenda, error)
	Count(ctx context.Context, caller access.Caller, q listing.Query) (listing.Count, error)
	ApplicationPage(ctx context.Context, caller access.Caller, q listing.Query) (
		listing.Page[registration.Application], error)
	Institution(ctx context.Context, caller access.Caller, id string) (catalogue.Institution, error)
}

// Approvals are the changes that take two people.
type Approvals interface {
	List(ctx context.Context, caller access.Caller, f approval.Filter) ([]approval.Request, error)
	MayDecide(ctx context.Context, caller access.Caller, r approval.Request) bool
	Required(ctx context.Context, env environment.Name) bool
}

// Consents are customers' consents.
type Consents interface {
	Expiring(
		ctx context.Context, caller access.Caller, days, limit int,
	) (listing.Page[consent.Consent], error)
	State(c consent.Consent) consent.State
}

// Log tells what was done.
type Log interface {
	Latest(ctx context.Context, caller access.Caller, limit int) ([]audit.Entry, error)
}

// People knows of links made on the server that were used, and whose rights end.
type People interface {
	LinkAlerts(ctx context.Context, caller access.Caller) ([]identity.LinkUse, error)
	EndingGrants(ctx context.Context, caller access.Caller) ([]identity.EndingGrant, error)
}

// Cases are what ends or has broken.
type Cases interface {
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[cases.Case], error)
}

// Campaigns are the changes of certificates at banks.
type Campaigns interface {
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[campaign.Campaign], error)
	Coming(ctx context.Context, caller access.Caller) ([]campaign.Span, error)
}

// Needs is what the handler works with.
type Needs struct {
	Pages         *page.Responder
	Vault         Vault
	Registrations Registrations
	Names         named.Names
	Approvals     Approvals
	Consents      Consents
	People        People
	Log           Log
	Cases         Cases
	Campaigns     Campaigns
	Ahead         ahead.Reader
	Location      *time.Location // by whose clock days of cases are told
	Now           func() time.Time
}

// Handler answers on the first page. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }
