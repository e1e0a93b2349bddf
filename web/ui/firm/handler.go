// Package firm is the pages of the firm itself: its organizations and their applications.
package firm

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Organizations are the firm's legal persons.
type Organizations interface {
	choice.Organizations
	Organization(ctx context.Context, caller access.Caller, id string) (registration.Organization, error)
	OrganizationNamed(ctx context.Context, caller access.Caller, identifier string) (registration.Organization, error)
	AddOrganization(
		ctx context.Context, caller access.Caller, o registration.Organization,
	) (registration.Organization, error)
	UpdateOrganization(
		ctx context.Context, caller access.Caller, o registration.Organization,
	) (registration.Organization, []registration.Consequence, error)
}

// Applications are what the firm's programs are registered as at banks.
type Applications interface {
	ApplicationPage(ctx context.Context, caller access.Caller, q listing.Query) (
		listing.Page[registration.Application], error)
	// FirstApplications returns the applications of organizations by name, of each at most so many.
	FirstApplications(ctx context.Context, caller access.Caller, organizations []string, most int) (
		[]registration.Application, error)
	Application(ctx context.Context, caller access.Caller, id string) (registration.Application, error)
	AddApplication(
		ctx context.Context, caller access.Caller, a registration.Application,
	) (registration.Application, error)
	UpdateApplication(
		ctx context.Context, caller access.Caller, a registration.Application,
	) (registration.Application, []registration.Consequence, error)
}

// History tells what was changed.
type History interface {
	History(ctx context.Context, caller access.Caller, subject string) ([]registration.HistoryEntry, error)
}

// Archiver puts aside what is no longer worked with.
type Archiver interface {
	SetArchived(ctx context.Context, caller access.Caller, kind registration.NamedKind, id string, archived bool) error
}

// Service keeps organizations and applications.
type Service interface {
	Archiver
	Organizations
	Applications
	History
}

// Registers knows what registers of payment firms say.
type Registers interface {
	OfOrganization(ctx context.Context, caller access.Caller, id string) (registers.Verdict, error)
}

// Needs is what the handler works with.
type Needs struct {
	Pages     *page.Responder
	Service   Service
	Registers Registers
	// what they say of the firm need not be typed
	Certificates Certificates
	Callback     string // where this console takes what a bank sends back; empty: where the request went
}

// Handler answers on the pages of the firm. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }

// history is what was changed about the organization or application of the address.
func (h *Handler) history(c echo.Context, v session.Visit) ([]checklist.Change, error) {
	all, err := h.Service.History(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return nil, err
	}
	return checklist.SayChanges(h.Pages.Translator(c), all), nil
}
