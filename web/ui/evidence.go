package ui

import (
	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/intake"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// addEvidence keeps a file with a step.
func (u *UI) addEvidence(c echo.Context, v session.Visit) error {
	name, content, err := intake.One(c.Response(), c.Request(), registration.MaxEvidence)
	if err != nil {
		return u.subjectFailed(c, v, err)
	}
	if _, err := u.cfg.Registrations.AddEvidence(c.Request().Context(), v.Caller, c.Param("id"), c.Param("step"), name,
		content); err != nil {
		return u.subjectFailed(c, v, err)
	}
	u.sessions.Confirm(c, "notice.evidence")
	return u.pages.Redirect(c, baseOf(c)+"#step-"+c.Param("step"))
}

// evidence is a file that was kept with a step. It is never shown in place: what
// somebody uploaded is not a page of ours.
func (u *UI) evidence(c echo.Context, v session.Visit) error {
	e, content, err := u.cfg.Registrations.OpenEvidence(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	return u.pages.File(c, e.Disposition(), e.Type, content)
}
