package ui

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/fault"
	"github.com/sealkeeper/sealkeeper/internal/secret"
	"github.com/sealkeeper/sealkeeper/registration"
)

func registrationURL(c echo.Context, fragment string) string {
	return "/registrations/" + url.PathEscape(c.Param("id")) + fragment
}

func (u *UI) saveBundle(c echo.Context, v visit) error {
	ctx := c.Request().Context()
	in := registration.BundleInput{
		QWACID: c.FormValue("qwac"), QSealCID: c.FormValue("qsealc"), ClientID: strings.TrimSpace(c.FormValue("client_id")),
		ClientSecret: secret.NewTextString(strings.TrimSpace(c.FormValue("client_secret"))),
	}
	defer in.ClientSecret.Wipe()
	if form, err := c.FormParams(); err == nil && form.Has("trust_anchors") { // a form without the field keeps those there are
		in.TrustAnchors = []string{}
		if text := strings.TrimSpace(form.Get("trust_anchors")); text != "" {
			in.TrustAnchors = append(in.TrustAnchors, text)
		}
	}
	view, err := u.cfg.Registrations.Registration(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	// The form comes filled with the client id there is; sent back alone it is no change.
	if in.ClientSecret.Empty() && len(view.Bundles) > 0 && in.ClientID == view.Bundles[0].ClientID {
		in.ClientID = ""
	}
	if _, err := u.cfg.Registrations.SaveBundle(ctx, v.Caller, c.Param("id"), in); err != nil {
		return u.registrationFailed(c, v, err)
	}
	u.confirm(c, "notice.draft")
	return u.redirect(c, registrationURL(c, "#bundle"))
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
		return u.registrationFailed(c, v, fault.Wrap(err, fault.Invalid, "version_invalid", "Say which version to activate."))
	}
	what := registration.Ask{Version: number, Retire: retire, Reason: strings.TrimSpace(c.FormValue("reason")), Seen: c.FormValue("content")}
	_, done, err := u.cfg.Registrations.Ask(c.Request().Context(), v.Caller, c.Param("id"), what)
	if err != nil {
		return u.registrationFailed(c, v, err)
	}
	u.confirm(c, notice)
	if !done {
		u.confirm(c, "notice.requested")
	}
	return u.redirect(c, registrationURL(c, "#versions"))
}
