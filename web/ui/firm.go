package ui

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/problem"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type firmPage struct {
	page.Page
	Organizations []firmOrganization
	// What was typed, when it was refused.
	Organization registration.Organization
	Application  registration.Application
	RedirectURIs string
	Callback     string // where this console takes the bank's answer
}

// NoApplication reports whether the next thing to add is an application.
func (p firmPage) NoApplication() bool {
	for _, o := range p.Organizations {
		if len(o.Applications) > 0 {
			return false
		}
	}
	return true
}

type firmOrganization struct {
	registration.Organization
	Applications []registration.Application
}

func (u *UI) firm(c echo.Context, v session.Visit) error {
	return u.firmPage(c, v, firmPage{}, http.StatusOK)
}

func (u *UI) firmPage(c echo.Context, v session.Visit, data firmPage, status int) error {
	ctx := c.Request().Context()
	organizations, err := u.cfg.Registrations.Organizations(ctx, v.Caller)
	if err != nil {
		return err
	}
	applications, err := u.cfg.Registrations.Applications(ctx, v.Caller)
	if err != nil {
		return err
	}
	for _, o := range organizations {
		entry := firmOrganization{Organization: o}
		for _, a := range applications {
			if a.OrganizationID == o.ID {
				entry.Applications = append(entry.Applications, a)
			}
		}
		data.Organizations = append(data.Organizations, entry)
	}
	problem := data.Problem
	data.Page = u.pages.Page(c, "firm", "firm.title")
	data.Path, data.Problem = "/firm", problem
	data.Callback = u.callbackURL(c)
	return u.pages.Render(c, status, "firm/firm", data)
}

func (u *UI) addOrganization(c echo.Context, v session.Visit) error {
	o := organizationForm(c)
	if _, err := u.cfg.Registrations.AddOrganization(c.Request().Context(), v.Caller, o); err != nil {
		data := firmPage{Organization: o}
		data.Problem = u.pages.Translator(c).Problem(err)
		return u.firmPage(c, v, data, problem.Of(err).Status)
	}
	u.sessions.Confirm(c, "notice.organization")
	return u.pages.Redirect(c, "/firm")
}

func (u *UI) addApplication(c echo.Context, v session.Visit) error {
	a := applicationForm(c)
	if _, err := u.cfg.Registrations.AddApplication(c.Request().Context(), v.Caller, a); err != nil {
		data := firmPage{Application: a, RedirectURIs: strings.Join(a.RedirectURIs, "\n")}
		data.Problem = u.pages.Translator(c).Problem(err)
		return u.firmPage(c, v, data, problem.Of(err).Status)
	}
	u.sessions.Confirm(c, "notice.application")
	return u.pages.Redirect(c, "/firm")
}

// callbackURL is the address at which this console takes what the bank sends back.
func (u *UI) callbackURL(c echo.Context) string {
	base := strings.TrimSuffix(u.cfg.PublicURL, "/")
	if base == "" {
		base = c.Scheme() + "://" + c.Request().Host
	}
	return base + "/callback"
}
