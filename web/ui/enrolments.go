package ui

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/problem"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// enrolmentPage is what is done once at a bank for all registrations of an organization.
type enrolmentPage struct {
	page.Page
	registration.EnrolmentView
	Checklist []stepView
	Warnings  []gate
	Standing  standing
	Shared    []registered // registrations that share it
	Form      registration.Enrolment
}

func (u *UI) enrolment(c echo.Context, v session.Visit) error {
	return u.enrolmentPage(c, v, http.StatusOK, nil, nil)
}

func (u *UI) enrolmentFailed(c echo.Context, v session.Visit, err error) error {
	return u.enrolmentPage(c, v, problem.Of(err).Status, u.pages.Translator(c).Problem(err), nil)
}

func (u *UI) enrolmentPage(c echo.Context, v session.Visit, status int, why *wording.Sentence, typed *registration.Enrolment) error {
	ctx, w := c.Request().Context(), u.pages.Translator(c)
	view, err := u.cfg.Registrations.Enrolment(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	history, err := u.cfg.Registrations.History(ctx, v.Caller, view.Enrolment.ID)
	if err != nil {
		return err
	}
	data := enrolmentPage{
		Page:          u.pages.Named(c, "institutions", w.Say("enrolment.title", view.Group.Name).Text),
		EnrolmentView: view,
		Form:          view.Enrolment,
		Standing:      progressOf(view.Steps),
	}
	data.Path, data.Problem = link.Enrolment(view.Enrolment.ID), why
	for _, warning := range view.Warnings {
		data.Warnings = append(data.Warnings, sayGate(w, warning))
	}
	if typed != nil {
		data.Form = *typed
	}
	data.Checklist = u.checklist(ctx, w, checklistPage{
		base:    data.Path,
		steps:   view.Steps,
		letters: view.Letters,
		history: history,
		caller:  v.Caller,
	})
	views, err := u.cfg.Registrations.List(ctx, v.Caller)
	if err != nil {
		return err
	}
	for _, r := range views {
		if r.Enrolment.ID == view.Enrolment.ID {
			data.Shared = append(data.Shared, registered{View: r, Standing: standingOf(w, r)})
		}
	}
	return u.pages.Render(c, status, "institutions/enrolment", data)
}

func (u *UI) editEnrolment(c echo.Context, v session.Visit) error {
	e := registration.Enrolment{
		ID:              c.Param("id"),
		PortalAccount:   strings.TrimSpace(c.FormValue("portal_account")),
		CustomerName:    strings.TrimSpace(c.FormValue("customer_name")),
		AgreementNumber: strings.TrimSpace(c.FormValue("agreement_number")),
	}
	consequences, err := u.cfg.Registrations.UpdateEnrolment(c.Request().Context(), v.Caller, e)
	if err != nil {
		return u.enrolmentPage(c, v, problem.Of(err).Status, u.pages.Translator(c).Problem(err), &e)
	}
	u.confirmEdit(c, consequences)
	return u.pages.Redirect(c, link.Enrolment(e.ID))
}

// confirmEdit says that something was changed, and whether a bank has to be told.
func (u *UI) confirmEdit(c echo.Context, consequences []registration.Consequence) {
	if len(consequences) > 0 {
		u.sessions.Confirm(c, "notice.edited_tell")
		return
	}
	u.sessions.Confirm(c, "notice.edited")
}
