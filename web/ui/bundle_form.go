package ui

import (
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/problem"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// bundleForm is what the form of the next version holds: what there is, or what
// was typed and refused. A client secret is never shown again, typed or not.
type bundleForm struct {
	QWACID, QSealCID, ClientID, TrustAnchors string

	Revision    string // what the form was made from
	Refused     bool   // it was typed, and not saved
	SecretTyped bool
}

// bundleFormOf is the form filled with what the newest version holds.
func bundleFormOf(view registration.View) bundleForm {
	f := bundleForm{Revision: view.Revision()}
	if len(view.Bundles) > 0 {
		b := view.Bundles[0]
		f.QWACID, f.QSealCID, f.ClientID, f.TrustAnchors = b.QWACID, b.QSealCID, b.ClientID, strings.Join(b.TrustAnchors, "")
	}
	return f
}

// Differs reports whether a value that was typed is another than the newest version has: it says so beside the field.
func (p registrationPage) Differs(typed, there string) bool {
	return p.Form.Refused && typed != "" && typed != there
}

// Named is the name of a certificate the form offers.
func (p registrationPage) Named(id string) string {
	for _, r := range append(p.QWACs, p.QSealCs...) {
		if r.ID == id {
			return r.Name
		}
	}
	return id
}

// typedBundle reads the form.
func typedBundle(c echo.Context) (registration.BundleInput, bundleForm) {
	in := registration.BundleInput{
		QWACID:       c.FormValue("qwac"),
		QSealCID:     c.FormValue("qsealc"),
		ClientID:     strings.TrimSpace(c.FormValue("client_id")),
		ClientSecret: secret.NewTextString(strings.TrimSpace(c.FormValue("client_secret"))),
		Revision:     c.FormValue("revision"),
	}
	typed := bundleForm{
		QWACID:       in.QWACID,
		QSealCID:     in.QSealCID,
		ClientID:     in.ClientID,
		TrustAnchors: c.FormValue("trust_anchors"),
		Refused:      true,
		SecretTyped:  !in.ClientSecret.Empty(),
	}
	// a form without the field keeps those there are
	if form, err := c.FormParams(); err == nil && form.Has("trust_anchors") {
		in.TrustAnchors = []string{}
		if text := strings.TrimSpace(form.Get("trust_anchors")); text != "" {
			in.TrustAnchors = append(in.TrustAnchors, text)
		}
	}
	return in, typed
}

func (u *UI) saveBundle(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	in, typed := typedBundle(c)
	defer in.ClientSecret.Wipe()
	view, err := u.cfg.Registrations.Registration(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	// The form comes filled with the client id there is; sent back alone it is no change.
	if in.ClientSecret.Empty() && len(view.Bundles) > 0 && in.ClientID == view.Bundles[0].ClientID {
		in.ClientID = ""
	}
	if _, err := u.cfg.Registrations.SaveBundle(ctx, v.Caller, c.Param("id"), in); err != nil {
		return u.registrationPage(c, v, problem.Of(err).Status, u.pages.Translator(c).Problem(err), &typed)
	}
	u.sessions.Confirm(c, "notice.draft")
	return u.pages.Redirect(c, link.Registration(c.Param("id"))+"#bundle")
}
