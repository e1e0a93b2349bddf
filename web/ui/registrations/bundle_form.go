package registrations

import (
	"context"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Editor saves drafts.
type Editor interface {
	SaveBundle(
		ctx context.Context, caller access.Caller, registrationID string, in registration.BundleInput,
	) (registration.Bundle, error)
}

// bundleForm is what the form of the next version holds: what there is, or what
// was typed and refused. A client secret is never shown again, typed or not.
type bundleForm struct {
	QWACID, QSealCID, ClientID, TrustAnchors string

	Revision    string // what the form was made from
	Refused     bool   // it was typed, and not saved
	SecretTyped bool
	Further     map[string]string // by the catalogue's id; no secrets

	SecretEndsOn string
}

// newBundleForm is the form filled with what was typed, or else with what the next version is made like.
func newBundleForm(view registration.View, typed *bundleForm) bundleForm {
	f := bundleForm{Revision: view.Revision()}
	switch {
	case typed != nil:
		f = *typed
		f.Revision = view.Revision() // saved again, it takes the place of what is shown now
	case len(view.Bundles) > 0:
		b := view.Basis()
		f.QWACID, f.QSealCID, f.ClientID = b.QWACID, b.QSealCID, b.ClientID
		f.TrustAnchors = strings.Join(b.TrustAnchors, "")
		f.SecretEndsOn = b.SecretEndsOn.String()
	}
	return f
}

// Complete reports whether the newest version has everything a connection needs.
func (p registrationPage) Complete() bool {
	for _, f := range p.Further() {
		if !f.Recorded && !f.Optional {
			return false
		}
	}
	return p.Newest.QWACID != "" && p.Newest.QSealCID != "" && p.Newest.CredentialsRef != ""
}

// Differs reports whether a value that was typed is another than the newest version has: it says so beside the field.
func (p registrationPage) Differs(typed, there string) bool {
	return p.Form.Refused && typed != "" && typed != there
}

// Named is the name of a certificate that the newest version has.
func (p registrationPage) Named(id string) string {
	if r := p.record(id); r != nil {
		return r.Name
	}
	return id
}

// typedBundle reads the form.
func typedBundle(c echo.Context) (registration.BundleInput, bundleForm) {
	in := registration.BundleInput{
		QWACID:       c.FormValue("qwac"),
		QSealCID:     c.FormValue("qsealc"),
		ClientID:     form.Text(c, "client_id"),
		ClientSecret: secret.NewTextString(form.Text(c, "client_secret")),
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
	if values, err := c.FormParams(); err == nil && values.Has("trust_anchors") {
		in.TrustAnchors = []string{}
		if text := strings.TrimSpace(values.Get("trust_anchors")); text != "" {
			in.TrustAnchors = append(in.TrustAnchors, text)
		}
	}
	return in, typed
}

// SaveBundle saves the draft.
func (h *Handler) SaveBundle(c echo.Context, v session.Visit) error {
	ctx, id := c.Request().Context(), c.Param("id")
	in, typed := typedBundle(c)
	defer in.ClientSecret.Wipe()
	view, err := h.Service.Registration(ctx, v.Caller, id)
	if err != nil {
		return err
	}
	in.Credentials, typed.Further = typedFurther(c, view)
	// The form comes filled with the client id there is; sent back alone it is no change.
	if in.ClientSecret.Empty() && in.ClientID == view.Basis().ClientID {
		in.ClientID = ""
	}
	if err := typedEnd(c, view, &in, &typed); err != nil {
		return h.show(c, v, &typed, err)
	}
	if _, err := h.Service.SaveBundle(ctx, v.Caller, id, in); err != nil {
		return h.show(c, v, &typed, err)
	}
	if c.FormValue("then") == "test" {
		return h.TestConnection(c, v)
	}
	return h.Pages.Done(c, "notice.draft", link.Registration(id)+"#bundle")
}
