package ui

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration"
)

func registrationURL(c echo.Context, fragment string) string {
	return "/registrations/" + url.PathEscape(c.Param("id")) + fragment
}

func (u *UI) testConnection(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	result, err := u.cfg.Issuer.Test(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return u.registrationFailed(c, v, err)
	}
	stored, err := json.Marshal(newReport(result))
	if err != nil {
		return err
	}
	u.cfg.Sessions.Put(ctx, sessionReport+c.Param("id"), stored)
	return u.redirect(c, registrationURL(c, "#test"))
}

func (u *UI) activate(c echo.Context, v visit) error {
	return u.ask(c, v, false, "notice.activated")
}

// retire takes the version in use out of use.
func (u *UI) retire(c echo.Context, v visit) error {
	return u.ask(c, v, true, "notice.retired")
}

// ask has the version of the form taken into or out of use, or somebody else asked whether it may be.
func (u *UI) ask(c echo.Context, v visit, retire bool, notice string) error {
	number, err := strconv.Atoi(c.FormValue("version"))
	if err != nil {
		return u.registrationFailed(c, v,
			fault.Wrap(err, fault.Invalid, "version_invalid", "Say which version to activate."))
	}
	what := registration.ChangeRequest{
		Version: number,
		Retire:  retire,
		Reason:  strings.TrimSpace(c.FormValue("reason")),
		Content: c.FormValue("content"),
	}
	_, done, err := u.cfg.Registrations.RequestChange(c.Request().Context(), v.Caller, c.Param("id"), what)
	if err != nil {
		return u.registrationFailed(c, v, err)
	}
	u.confirm(c, notice)
	if !done {
		u.confirm(c, "notice.requested")
	}
	return u.redirect(c, registrationURL(c, "#versions"))
}
