// Package trial is the pages where a bank is tried as a customer would use it: consent, read accounts, make a payment.
package trial

import (
	"context"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Registrations are what is tried.
type Registrations interface {
	Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[registration.View], error)
	Registration(ctx context.Context, caller access.Caller, id string) (registration.View, error)
	InstitutionOf(ctx context.Context, caller access.Caller, registrationID string) (catalogue.Institution, error)
}

// Refusal shows a registration's page again, with the reason why something was not done.
type Refusal func(c echo.Context, v session.Visit, why error) error

// Log records who is refused, and knows where things belong.
type Log interface {
	May(ctx context.Context, caller access.Caller, action access.Action, object string) (bool, error)
	Refuse(ctx context.Context, caller access.Caller, action access.Action, object string, err error) error
}

// Needs is what the handler works with.
type Needs struct {
	Pages              *page.Responder
	Registrations      Registrations
	Consents           Consents
	Payments           Payments
	Log                Log
	People             wording.People
	OwnCallback        string // where this console takes what a bank sends back; empty: where the request went
	RefuseRegistration Refusal
}

// Handler answers on the pages of trials. It is safe for concurrent use.
type Handler struct{ Needs }

// New returns the handler.
func New(n Needs) *Handler { return &Handler{n} }

// returnTo picks the redirect URI that leads back here, or else the first.
func (h *Handler) returnTo(c echo.Context, a registration.Application) (uri string, here bool) {
	if own := link.Callback(c, h.OwnCallback); slices.Contains(a.RedirectURIs, own) {
		return own, true
	}
	if len(a.RedirectURIs) == 0 {
		return "", false
	}
	return a.RedirectURIs[0], false
}

// scaUsers are the test logins that a bank publishes for accounts or for payments.
func scaUsers(in catalogue.Institution, scope string) []catalogue.SCAUser {
	var users []catalogue.SCAUser
	for _, user := range in.SCAUsers {
		if user.Scope == scope {
			users = append(users, user)
		}
	}
	return users
}
