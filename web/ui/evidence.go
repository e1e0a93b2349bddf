package ui

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/registration/evidence"
	"github.com/sealkeeper/sealkeeper/web/intake"
)

// addEvidence keeps a file with a step.
func (u *UI) addEvidence(c echo.Context, v visit) error {
	name, content, err := intake.One(c.Response(), c.Request(), evidence.MaxSize)
	if err != nil {
		return u.subjectFailed(c, v, err)
	}
	if _, err := u.cfg.Registrations.AddEvidence(c.Request().Context(), v.Caller, c.Param("id"), c.Param("step"), name,
		content); err != nil {
		return u.subjectFailed(c, v, err)
	}
	u.confirm(c, "notice.evidence")
	return u.redirect(c, baseOf(c)+"#step-"+c.Param("step"))
}

// evidence is a file that was kept with a step. It is never shown in place: what
// somebody uploaded is not a page of ours.
func (u *UI) evidence(c echo.Context, v visit) error {
	e, content, err := u.cfg.Registrations.OpenEvidence(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	if err := u.saveSession(c); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, e.Disposition())
	c.Response().Header().Set("X-Content-Type-Options", "nosniff")
	return c.Blob(http.StatusOK, e.Type, content)
}
