// Package certificates is the pages of certificates: the list, the upload, the request for a new one, the comparison of
// two, and of each what it says, what is wrong with it and its end.
package certificates

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/incident"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
	"github.com/sealkeeper/sealkeeper/web/ui/ending"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Reader knows the certificates there are.
type Reader interface {
	choice.Certificates
	Counts(ctx context.Context, caller access.Caller, queries []listing.Query) ([]listing.Count, error)
	Uses(ctx context.Context, caller access.Caller, id string, limit int) ([]vault.Use, error)
	Get(ctx context.Context, caller access.Caller, id string) (vault.Record, error)
	Line(ctx context.Context, caller access.Caller, id string) ([]vault.Record, error)
}

// Vault keeps certificates and their keys.
type Vault interface {
	Reader
	Intake
	Requests
	LifeCycle
	Lines
	Chains
}

// Registrations are what uses certificates.
type Registrations interface {
	Institution(ctx context.Context, caller access.Caller, id string) (catalogue.Institution, error)
	choice.Organizations
	Organization(ctx context.Context, caller access.Caller, id string) (registration.Organization, error)
	OrganizationNamed(ctx context.Context, caller access.Caller, identifier string) (registration.Organization, error)
}

// Incidents knows which certificates were declared compromised.
type Incidents interface {
	OfCertificate(ctx context.Context, caller access.Caller, certificateID string) (incident.Incident, error)
}

// Needs is what the handler works with.
type Needs struct {
	Pages         *page.Responder
	Vault         Vault
	Registrations Registrations
	Approvals     ending.Approvals
	Revocation    Revocation
	Trust         Trust
	Registers     Registers
	Exports       Exports
	Copies        Copies
	Incidents     Incidents
	People        wording.People
	PublicURL     string // where browsers reach the console; empty: where their request went
	Now           func() time.Time
}

// Handler answers on the pages of certificates. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }
