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

// AccountsForm says what is going to happen.
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

// leavingPage leads to the bank.
type leavingPage struct {
	page.Page
	Bank, URL string
}

// Authorize begins a consent and sends the browser to the bank, by a page of its own: the policy form-action 'self'
// holds for where a form's answer redirects to as well.
func (h *Handler) Authorize(c echo.Context, v session.Visit) error {
	id := c.Param("id")
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
	bank := view.Institution.Group.Name
	data := leavingPage{
		Page: h.Pages.Named(c, "try", h.Pages.Translator(c).Say("try.leaving", bank).Text),
		Bank: bank,
		URL:  started.AuthorizeURL,
	}
	data.Path = link.Registration(id)
	c.Response().Header().Set("Refresh", "0; url="+started.AuthorizeURL)
	return h.Pages.Render(c, http.StatusOK, "trial/leaving", data)
}
