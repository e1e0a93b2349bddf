// Package steps is what is done with a step of a checklist: how far it is, the files kept with it, and the e-mail to
// the bank with its answer.
package steps

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Service keeps checklists.
type Service interface {
	Parents
	Editor
	Archive
	Correspondence
}

// Certificates are those in custody.
type Certificates interface {
	choice.Certificates
}

// Needs is what the handlers work with.
type Needs struct {
	Pages        *page.Responder
	Service      Service
	Certificates Certificates
	People       wording.People
	Now          func() time.Time
}

// Refusal shows the page that a step is on again, with the reason why something was not done.
type Refusal func(c echo.Context, v session.Visit, why error) error

// Handler answers for the steps of registrations, or for those of enrolments. It is safe for concurrent use.
type Handler struct {
	Needs
	refuse Refusal
	link   func(parentID string) string
	find   func(ctx context.Context, caller access.Caller, parentID string) (parent, error)
}

// OfRegistrations returns the handler for the steps of registrations. refuse shows a registration.
func OfRegistrations(n Needs, refuse Refusal) *Handler {
	return &Handler{Needs: n, refuse: refuse, link: link.Registration, find: n.registration}
}

// OfEnrolments returns the handler for the steps of enrolments. refuse shows an enrolment.
func OfEnrolments(n Needs, refuse Refusal) *Handler {
	return &Handler{Needs: n, refuse: refuse, link: link.Enrolment, find: n.enrolment}
}

// parentURL is the page that the step of the request is on.
func (h *Handler) parentURL(c echo.Context) string { return h.link(c.Param("id")) }

// stepURL is where on that page the step is.
func (h *Handler) stepURL(c echo.Context) string { return h.parentURL(c) + "#step-" + c.Param("step") }
