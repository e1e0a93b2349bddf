package ui

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/problem"
)

// enrolmentPage is what is done once at a bank for all registrations of an organization.
type enrolmentPage struct {
	page
	registration.EnrolmentView
	Checklist []stepView
	Standing  standing
	Shared    []registered // registrations that share it
	Form      registration.Enrolment
}

func (u *UI) enrolment(c echo.Context, v visit) error {
	return u.enrolmentPage(c, v, http.StatusOK, nil, nil)
}

func (u *UI) enrolmentFailed(c echo.Context, v visit, err error) error {
	return u.enrolmentPage(c, v, problem.Of(err).Status, u.words(c).problem(err), nil)
}

func (u *UI) enrolmentPage(c echo.Context, v visit, status int, why *sentence, typed *registration.Enrolment) error {
	ctx, w := c.Request().Context(), u.words(c)
	view, err := u.cfg.Registrations.Enrolment(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	history, err := u.cfg.Registrations.History(ctx, v.Caller, view.Enrolment.ID)
	if err != nil {
		return err
	}
	data := enrolmentPage{
		page:          u.page(c, "institutions", w.own("enrolment.title", view.Group.Name).Text),
		EnrolmentView: view,
		Form:          view.Enrolment,
		Standing:      w.standingOf(view.Steps),
	}
	data.Path, data.Problem = pathOf("enrolments", view.Enrolment.ID), why
	if typed != nil {
		data.Form = *typed
	}
	data.Checklist = u.checklist(ctx, w, checklistPage{
		base:    data.Path,
		steps:   view.Steps,
		emails:  view.Emails,
		history: history,
		caller:  v.Caller,
	})
	views, err := u.cfg.Registrations.List(ctx, v.Caller)
	if err != nil {
		return err
	}
	for _, r := range views {
		if r.Enrolment.ID == view.Enrolment.ID {
			data.Shared = append(data.Shared, registered{View: r, Standing: w.standing(r)})
		}
	}
	return u.render(c, status, "enrolment", data)
}

func (u *UI) editEnrolment(c echo.Context, v visit) error {
	e := registration.Enrolment{
		ID:              c.Param("id"),
		PortalAccount:   strings.TrimSpace(c.FormValue("portal_account")),
		CustomerName:    strings.TrimSpace(c.FormValue("customer_name")),
		AgreementNumber: strings.TrimSpace(c.FormValue("agreement_number")),
	}
	consequences, err := u.cfg.Registrations.UpdateEnrolment(c.Request().Context(), v.Caller, e)
	if err != nil {
		return u.enrolmentPage(c, v, problem.Of(err).Status, u.words(c).problem(err), &e)
	}
	u.confirmEdit(c, consequences)
	return u.redirect(c, pathOf("enrolments", e.ID))
}

// confirmEdit says that something was changed, and whether a bank has to be told.
func (u *UI) confirmEdit(c echo.Context, consequences []registration.Consequence) {
	if len(consequences) > 0 {
		u.confirm(c, "notice.edited_tell")
		return
	}
	u.confirm(c, "notice.edited")
}
