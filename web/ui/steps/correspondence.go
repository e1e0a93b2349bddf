package steps

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Correspondence writes e-mails to banks, and records what was sent and answered.
type Correspondence interface {
	PrepareEmail(
		ctx context.Context, caller access.Caller, subject, stepID, language, certificateID string,
	) (email.Draft, error)
	RecordSent(
		ctx context.Context, caller access.Caller, subject, stepID string, sent email.Dispatch,
	) (email.Email, error)
	RecordAnswer(
		ctx context.Context, caller access.Caller, subject, stepID string, answer email.Answer,
	) error
}

// RecordSent notes that the e-mail was sent.
func (h *Handler) RecordSent(c echo.Context, v session.Visit) error {
	at, err := h.day(c, v)
	if err != nil {
		return h.showEmail(c, v, err)
	}
	sent := email.Dispatch{
		At:            at,
		CertificateID: c.FormValue("certificate"),
		Note:          form.Text(c, "note"),
	}
	_, err = h.Service.RecordSent(c.Request().Context(), v.Caller, c.Param("id"), c.Param("step"), sent)
	if err != nil {
		return h.showEmail(c, v, err)
	}
	return h.Pages.Done(c, "notice.email_sent", h.emailURL(c))
}

// RecordAnswer notes what the bank answered.
func (h *Handler) RecordAnswer(c echo.Context, v session.Visit) error {
	at, err := h.day(c, v)
	if err != nil {
		return h.showEmail(c, v, err)
	}
	answer := email.Answer{
		At:        at,
		From:      form.Text(c, "from"),
		Confirmed: c.FormValue("answer") == "confirmed",
		Note:      form.Text(c, "note"),
	}
	err = h.Service.RecordAnswer(c.Request().Context(), v.Caller, c.Param("id"), c.Param("step"), answer)
	if h.Pages.ChangeRequested(err) {
		return h.Pages.Done(c, "notice.change_requested", h.emailURL(c))
	}
	if err != nil {
		return h.showEmail(c, v, err)
	}
	return h.Pages.Done(c, "notice.email_answered", h.stepURL(c))
}

// day is the day field. Today at the bank is the zero time, by which the services
// mean now: what happened today has happened already.
func (h *Handler) day(c echo.Context, v session.Visit) (time.Time, error) {
	text := form.Text(c, "day")
	if text == "" {
		return time.Time{}, nil
	}
	p, err := h.find(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil || text == calendar.Of(h.Now(), p.Zone).String() {
		return time.Time{}, err
	}
	return form.ParseDay(text)
}
