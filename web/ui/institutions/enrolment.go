package institutions

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Enrolments are what is done once at a bank for all registrations of an organization.
type Enrolments interface {
	Enrolment(ctx context.Context, caller access.Caller, id string) (registration.EnrolmentView, error)
	UpdateEnrolment(
		ctx context.Context, caller access.Caller, e registration.Enrolment,
	) ([]registration.Consequence, error)
	History(ctx context.Context, caller access.Caller, subject string) ([]registration.HistoryEntry, error)
}

type enrolmentPage struct {
	page.Page
	registration.EnrolmentView
	Checklist []checklist.Step
	Warnings  []checklist.Gate
	Standing  checklist.Standing
	Shared    []checklist.Registration // registrations that share it
	Form      registration.Enrolment
	Archive   page.Archive // with its organization, on whose page it is taken out again
}

// ShowEnrolment shows an enrolment.
func (h *Handler) ShowEnrolment(c echo.Context, v session.Visit) error {
	return h.showEnrolment(c, v, nil, nil)
}

// RefuseEnrolment shows an enrolment again, with the reason why something was not done.
func (h *Handler) RefuseEnrolment(c echo.Context, v session.Visit, why error) error {
	return h.showEnrolment(c, v, nil, why)
}

// showEnrolment shows an enrolment. typed is a form that was refused, nil for none.
func (h *Handler) showEnrolment(
	c echo.Context, v session.Visit, typed *registration.Enrolment, refused error,
) error {
	ctx, tr := c.Request().Context(), h.Pages.Translator(c)
	view, err := h.Service.Enrolment(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	data := enrolmentPage{
		Page:          h.Pages.Named(c, "institutions", tr.Say("enrolment.title", view.Group.Name).Text),
		EnrolmentView: view,
		Form:          view.Enrolment,
		Warnings:      checklist.SayGates(tr, view.Warnings),
		Standing:      checklist.Progress(view.Steps),
		Archive:       page.Archive{Since: view.Organization.ArchivedAt},
	}
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = link.Enrolment(view.Enrolment.ID), why
	if typed != nil {
		data.Form = *typed
	}
	if data.Checklist, err = h.checklist(c, v, view); err != nil {
		return err
	}
	q := registration.Listed.Query().With(registration.FilterOrganization, view.Enrolment.OrganizationID).
		With(registration.FilterEnvironment, string(view.Enrolment.Environment))
	found, err := h.Service.Page(ctx, v.Caller, q)
	if err != nil {
		return err
	}
	data.Shared = checklist.Registrations(tr, found.Items, func(r registration.View) bool {
		return r.Enrolment.ID == view.Enrolment.ID
	})
	return h.Pages.Render(c, status, "institutions/enrolment", data)
}

func (h *Handler) checklist(
	c echo.Context, v session.Visit, view registration.EnrolmentView,
) ([]checklist.Step, error) {
	ctx := c.Request().Context()
	history, err := h.Service.History(ctx, v.Caller, view.Enrolment.ID)
	list := checklist.List{
		Base:    link.Enrolment(view.Enrolment.ID),
		Account: view.Enrolment.PortalAccount,
		Steps:   view.Steps,
		Emails:  view.Emails,
		History: history,
		Caller:  v.Shown(),
		Zone:    view.Zone,
	}
	return list.Say(ctx, h.Pages.Translator(c), h.People), err
}

// EditEnrolment changes what is known of the firm at the bank.
func (h *Handler) EditEnrolment(c echo.Context, v session.Visit) error {
	var ends calendar.Date
	var err error
	if day := form.Text(c, "agreement_ends_on"); day != "" {
		ends, err = calendar.Parse(day)
	}
	e := registration.Enrolment{
		ID:              c.Param("id"),
		PortalAccount:   form.Text(c, "portal_account"),
		CustomerName:    form.Text(c, "customer_name"),
		AgreementNumber: form.Text(c, "agreement_number"),
		AgreementEndsOn: ends,
	}
	if err != nil {
		return h.showEnrolment(c, v, &e, form.InvalidDay(err))
	}
	consequences, err := h.Service.UpdateEnrolment(c.Request().Context(), v.Caller, e)
	if err != nil {
		return h.showEnrolment(c, v, &e, err)
	}
	return h.Pages.Done(c, checklist.EditNotice(consequences), link.Enrolment(e.ID))
}
