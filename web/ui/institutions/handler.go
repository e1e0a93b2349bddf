// Package institutions is the pages of banks: which there are, what is known of each, the start of a registration, and
// what is done once at a bank for all registrations of an organization.
package institutions

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/bankservers"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Catalogue knows the banks.
type Catalogue interface {
	Institutions(ctx context.Context, caller access.Caller) ([]catalogue.Institution, error)
	Institution(ctx context.Context, caller access.Caller, id string) (catalogue.Institution, error)
}

// Registrations are those there are, and what one is started with.
type Registrations interface {
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[registration.View], error)
	Register(
		ctx context.Context, caller access.Caller, applicationID, institutionID string,
	) (registration.Registration, error)
}

// Service keeps banks, registrations and enrolments.
type Service interface {
	Catalogue
	choice.Applications
	Registrations
	Enrolments
	BankFacts
	Versions
}

// Versions are those of registrations.
type Versions interface {
	Versions(ctx context.Context, caller access.Caller, registrationID string) ([]registration.Bundle, error)
	SaveBundle(
		ctx context.Context, caller access.Caller, registrationID string, in registration.BundleInput,
	) (registration.Bundle, error)
}

// Needs is what the handler works with.
type Needs struct {
	Pages   *page.Responder
	Service Service
	Servers Servers
	Files   Files
	People  wording.People
	Now     func() time.Time
}

// Servers knows which certificates banks have presented.
type Servers interface {
	OfInstitution(ctx context.Context, caller access.Caller, institutionID string) ([]bankservers.Presented, error)
	History(ctx context.Context, caller access.Caller, institutionID string) ([]bankservers.History, error)
	Confirm(ctx context.Context, caller access.Caller, institutionID, host, authority string) error
}

// Handler answers on the pages of institutions. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }
