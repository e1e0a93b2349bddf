package trial

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type accountsPage struct {
	page.Page
	registration.View
	Redirect string // where the bank will send the customer back
	Here     bool   // that is this console
	Users    []catalogue.SCAUser
}

// AccountsForm says what is going to happen. Its way to the bank is a link: the
// policy form-action 'self' would stop a form that ends there.
func (h *Handler) AccountsForm(c echo.Context, v session.Visit) error {
	view, err := h.Registrations.Registration(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	data := accountsPage{
		Page:  h.Pages.Page(c, "try", "try.title"),
		View:  view,
		Users: scaUsers(view.Institution, "ais"),
	}
	data.Redirect, data.Here = h.returnTo(c, view.Application)
	return h.Pages.Render(c, http.StatusOK, "trial/accounts", data)
}

// Authorize sends the browser to the bank. It is a link because our policy
// keeps forms from leaving, so what protects forms protects it here: another site's link
// ends on our own page, where nothing has begun.
func (h *Handler) Authorize(c echo.Context, v session.Visit) error {
	id := c.Param("id")
	if site := c.Request().Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		return h.Pages.Redirect(c, link.Registration(id)+"/accounts")
	}
	ctx := c.Request().Context()
	view, err := h.Registrations.Registration(ctx, v.Caller, id)
	if err != nil {
		return err
	}
	redirect, _ := h.returnTo(c, view.Application)
	started, err := h.Consents.Start(ctx, v.Caller, consent.Request{RegistrationID: id, RedirectURI: redirect})
	if err != nil {
		return h.RefuseRegistration(c, v, err)
	}
	return h.Pages.Redirect(c, started.AuthorizeURL)
}
