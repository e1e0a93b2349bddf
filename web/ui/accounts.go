package ui

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/fault"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/problem"
)

type tryAccountsPage struct {
	page
	registration.View
	Redirect string // where the bank will send the customer back
	Here     bool   // that is this console
	Users    []registration.SCAUser
}

// tryAccounts says what is going to happen. Its way to the bank is a link: the
// policy form-action 'self' would stop a form that ends there.
func (u *UI) tryAccounts(c echo.Context, v visit) error {
	view, err := u.cfg.Registrations.Registration(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	data := tryAccountsPage{page: u.page(c, "registrations", u.title(c, "try.title")), View: view}
	data.Redirect, data.Here = u.returnTo(c, view.Application)
	for _, user := range view.Institution.SCAUsers {
		if user.Scope == "ais" {
			data.Users = append(data.Users, user)
		}
	}
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
	started, err := u.cfg.Consents.Start(ctx, v.Caller, consent.Request{RegistrationID: c.Param("id"), RedirectURI: redirect})
	if err != nil {
		return u.registrationFailed(c, v, err)
	}
	return u.redirect(c, started.AuthorizeURL)
}

type accountsPage struct {
	page
	RegistrationID string
	Institution    string
	Accounts       []connector.Account
	Refused        string // the bank's OAuth error code
}

// callback takes what the bank sends back.
func (u *UI) callback(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	back := connector.ReadReturn(c.QueryParams())
	data := accountsPage{page: u.page(c, "registrations", u.title(c, "accounts.title")), Refused: back.Error}
	data.Path = "/registrations" // this address holds a code that works once
	if back.State == "" || (back.Code == "" && back.Error == "") {
		if data.Refused != "" {
			return u.render(c, http.StatusOK, "accounts", data)
		}
		return fault.New(fault.Invalid, "callback_incomplete", "The bank's answer is incomplete; start again from the registration.")
	}
	given, err := u.cfg.Consents.Callback(ctx, v.Caller, back)
	if data.Refused != "" {
		return u.render(c, http.StatusOK, "accounts", data)
	}
	id := given.RegistrationID
	var accounts []connector.Account
	if err == nil {
		accounts, err = u.cfg.Consents.Accounts(ctx, v.Caller, given.ID)
	}
	if err != nil {
		data.RegistrationID, data.Problem = id, u.words(c).problem(err)
		return u.render(c, problem.Of(err).Status, "accounts", data)
	}
	view, err := u.cfg.Registrations.Registration(ctx, v.Caller, id)
	if err != nil {
		return err
	}
	data.RegistrationID, data.Institution, data.Accounts = id, view.Institution.Name, accounts
	data.Path = "/registrations/" + id
	return u.render(c, http.StatusOK, "accounts", data)
}
