package ui

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/problem"
)

type tryAccountsPage struct {
	page
	registration.View
	Redirect string // where the bank will send the customer back
	Here     bool   // that is this console
	Users    []catalogue.SCAUser
}

// tryAccounts says what is going to happen. Its way to the bank is a link: the
// policy form-action 'self' would stop a form that ends there.
func (u *UI) tryAccounts(c echo.Context, v visit) error {
	view, err := u.cfg.Registrations.Registration(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	data := tryAccountsPage{page: u.page(c, "try", u.title(c, "try.title")), View: view}
	data.Redirect, data.Here = u.returnTo(c, view.Application)
	data.Users = scaUsers(view.Institution, "ais")
	return u.render(c, http.StatusOK, "try_accounts", data)
}

// returnTo picks the redirect URI that leads back here, or else the first.
func (u *UI) returnTo(c echo.Context, a registration.Application) (uri string, here bool) {
	if own := u.callbackURL(c); slices.Contains(a.RedirectURIs, own) {
		return own, true
	}
	if len(a.RedirectURIs) == 0 {
		return "", false
	}
	return a.RedirectURIs[0], false
}

// authorize sends the browser to the bank. It is a link because our policy
// keeps forms from leaving, so what protects forms protects it here: another site's link
// ends on our own page, where nothing has begun.
func (u *UI) authorize(c echo.Context, v visit) error {
	if site := c.Request().Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		return u.redirect(c, "/registrations/"+c.Param("id")+"/accounts")
	}
	ctx := c.Request().Context()
	view, err := u.cfg.Registrations.Registration(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	redirect, _ := u.returnTo(c, view.Application)
	started, err := u.cfg.Consents.Start(ctx, v.Caller, consent.Request{
		RegistrationID: c.Param("id"),
		RedirectURI:    redirect,
	})
	if err != nil {
		return u.registrationFailed(c, v, err)
	}
	return u.redirect(c, started.AuthorizeURL)
}

// refusedPage says why the bank sent somebody back with nothing.
type refusedPage struct {
	page
	RegistrationID string
	Refused        string // the bank's OAuth error code
}

// callback takes what the bank sends back: of a consent, or of a payment. It
// ends at the page of either, so that no address with a code in it stays.
func (u *UI) callback(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	back := oauth.ReadReturn(c.QueryParams())
	data := refusedPage{page: u.page(c, "try", u.title(c, "accounts.title")), Refused: back.Error}
	data.Path = "/try" // this address holds a code that works once
	switch {
	case back.State == "" && back.Error != "":
		return u.render(c, http.StatusOK, "refused", data)
	case back.State == "":
		return fault.New(fault.Invalid, "callback_incomplete",
			"The bank's answer is incomplete; start again from the registration.")
	}
	given, err := u.cfg.Consents.Callback(ctx, v.Caller, back)
	if _, code, _ := fault.Public(err); err != nil && code == "state_unknown" {
		return u.paymentReturned(c, v, back, err)
	}
	if err == nil {
		return u.redirect(c, pathOf("consents", given.ID))
	}
	data.RegistrationID, data.Problem = given.RegistrationID, u.words(c).problem(err)
	if back.Error != "" {
		return u.render(c, http.StatusOK, "refused", data)
	}
	return u.render(c, problem.Of(err).Status, "refused", data)
}

// paymentReturned takes the customer back from the bank's page of a payment.
// unknown is what is said when no payment is meant either.
func (u *UI) paymentReturned(c echo.Context, v visit, back oauth.Return, unknown error) error {
	p, err := u.cfg.Payments.Complete(c.Request().Context(), v.Caller, payment.Return{
		State: back.State,
		Code:  back.Code,
		Error: back.Error,
	})
	if p.ID == "" {
		if _, code, _ := fault.Public(err); code == "state_unknown" {
			return unknown
		}
		return err
	}
	return u.redirect(c, pathOf("payments", p.ID)) // what went wrong is recorded with it
}
