package ui

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/problem"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// registrationRow is one registration of the list.
type registrationRow struct {
	registration.View
	Standing standing
	Next     *wording.Blocker // nil: nothing blocks it
}

type registrationsPage struct {
	page
	Rows []registrationRow
}

func (u *UI) registrations(c echo.Context, v visit) error {
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
	data := registrationsPage{page: u.page(c, "registrations", u.title(c, "registrations.title"))}
	for _, view := range views {
		row := registrationRow{View: view, Standing: standingOf(u.words(c), view)}
		if len(view.Blockers) > 0 {
			next := u.words(c).Blocker(view, view.Blockers[0], findings)
			row.Next = &next
		}
		data.Rows = append(data.Rows, row)
	}
	return u.render(c, http.StatusOK, "registrations", data)
}

// register starts a registration from an institution's page.
func (u *UI) register(c echo.Context, v visit) error {
	institution := c.FormValue("institution")
	r, err := u.cfg.Registrations.Register(c.Request().Context(), v.Caller, c.FormValue("application"), institution)
	if err != nil {
		return u.institutionPage(c, v, institution, problem.Of(err).Status, u.words(c).Problem(err))
	}
	u.confirm(c, "notice.registered")
	return u.redirect(c, link.Registration(r.ID))
}
