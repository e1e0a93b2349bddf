package ui

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

func (u *UI) testConnection(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	result, err := u.cfg.Issuer.Test(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return u.registrationFailed(c, v, err)
	}
	stored, err := json.Marshal(newReport(result))
	if err != nil {
		return err
	}
	u.cfg.Sessions.Put(ctx, reportKey+c.Param("id"), stored)
	return u.pages.Redirect(c, link.Registration(c.Param("id"))+"#test")
}

func (u *UI) activate(c echo.Context, v session.Visit) error {
	return u.ask(c, v, false, "notice.activated")
}

// retire takes the version in use out of use.
func (u *UI) retire(c echo.Context, v session.Visit) error {
	return u.ask(c, v, true, "notice.retired")
}

// ask has the version of the form taken into or out of use, or somebody else asked whether it may be.
func (u *UI) ask(c echo.Context, v session.Visit, retire bool, notice string) error {
	number, err := strconv.Atoi(c.FormValue("version"))
	if err != nil {
		return u.registrationFailed(c, v,
			fault.Wrap(err, fault.Invalid, "version_invalid", "Say which version to activate."))
	}
	what := registration.Ask{
		Version: number,
		Retire:  retire,
		Reason:  strings.TrimSpace(c.FormValue("reason")),
		Seen:    c.FormValue("content"),
	}
	_, done, err := u.cfg.Registrations.Ask(c.Request().Context(), v.Caller, c.Param("id"), what)
	if err != nil {
		return u.registrationFailed(c, v, err)
	}
	u.sessions.Confirm(c, notice)
	if !done {
		u.sessions.Confirm(c, "notice.requested")
	}
	return u.pages.Redirect(c, link.Registration(c.Param("id"))+"#versions")
}
