package steps

import (
	"context"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Editor changes steps.
type Editor interface {
	EditStep(ctx context.Context, caller access.Caller, subject, stepID string, edit checklist.Edit) error
	UpdateEnrolment(
		ctx context.Context, caller access.Caller, e registration.Enrolment,
	) ([]registration.Consequence, error)
}

// Edit changes what is noted about a step: what the form has no field for stays.
func (h *Handler) Edit(c echo.Context, v session.Visit) error {
	edit, err := readEdit(c)
	if err == nil {
		err = h.account(c, v)
	}
	if err == nil {
		err = h.Service.EditStep(c.Request().Context(), v.Caller, c.Param("id"), c.Param("step"), edit)
	}
	if h.Pages.ChangeRequested(err) {
		return h.Pages.Done(c, "notice.change_requested", h.parentURL(c)+"#checklist")
	}
	if err != nil {
		return h.refuse(c, v, err)
	}
	to := h.parentURL(c) + "#checklist"
	if edit.State == nil { // one more look at what was noted
		to = h.stepURL(c)
	}
	return h.Pages.Done(c, "notice.step", to)
}

// account notes the address of the account on the bank's portal, where the step's form asks for it.
func (h *Handler) account(c echo.Context, v session.Visit) error {
	address := form.Text(c, "portal_account")
	if address == "" {
		return nil
	}
	p, err := h.find(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil || p.Enrolment.PortalAccount == address {
		return err
	}
	p.Enrolment.PortalAccount = address
	_, err = h.Service.UpdateEnrolment(c.Request().Context(), v.Caller, p.Enrolment)
	return err
}

func readEdit(c echo.Context) (checklist.Edit, error) {
	values, err := form.Values(c)
	if err != nil {
		return checklist.Edit{}, err
	}
	edit := checklist.Edit{
		Note:  form.Optional(values, "note"),
		Owner: form.Optional(values, "owner"),
	}
	if state := form.Optional(values, "state"); state != nil {
		s := checklist.State(*state)
		edit.State = &s
	}
	if edit.DueAt, err = optionalDay(values, "due"); err != nil {
		return edit, err
	}
	edit.RemindAt, err = optionalDay(values, "remind")
	return edit, err
}

// optionalDay is a date field: nil when the form has none, the zero time when it was emptied.
func optionalDay(values url.Values, name string) (*time.Time, error) {
	text := form.Optional(values, name)
	if text == nil {
		return nil, nil
	}
	if *text == "" {
		return &time.Time{}, nil
	}
	day, err := form.ParseDay(*text)
	return &day, err
}
