package ui

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/problem"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// registrationRow is one registration of the list.
type registrationRow struct {
	registration.View
	Standing standing
	Next     *wording.Blocker // nil: nothing blocks it
}

type registrationsPage struct {
	page.Page
	Rows []registrationRow
}

func (u *UI) registrations(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	views, err := u.cfg.Registrations.List(ctx, v.Caller)
	if err != nil {
		return err
	}
	var records []vault.Record
	if v.Caller.May(access.CertList) {
		if records, err = u.cfg.Vault.List(ctx, v.Caller); err != nil {
			return err
		}
	}
	findings := wording.FindingsByID(records, u.cfg.Now())
	data := registrationsPage{Page: u.pages.Page(c, "registrations", "registrations.title")}
	for _, view := range views {
		row := registrationRow{View: view, Standing: standingOf(u.pages.Translator(c), view)}
		if len(view.Blockers) > 0 {
			next := u.pages.Translator(c).Blocker(view, view.Blockers[0], findings)
			row.Next = &next
		}
		data.Rows = append(data.Rows, row)
	}
	return u.pages.Render(c, http.StatusOK, "registrations/list", data)
}

// register starts a registration from an institution's page.
func (u *UI) register(c echo.Context, v session.Visit) error {
	institution := c.FormValue("institution")
	r, err := u.cfg.Registrations.Register(c.Request().Context(), v.Caller, c.FormValue("application"), institution)
	if err != nil {
		return u.institutionPage(c, v, institution, problem.Of(err).Status, u.pages.Translator(c).Problem(err))
	}
	u.sessions.Confirm(c, "notice.registered")
	return u.pages.Redirect(c, link.Registration(r.ID))
}
