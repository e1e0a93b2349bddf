package registrations

import (
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// furtherPrefix is before the names of the fields of further credentials.
const furtherPrefix = "credential-"

// credentialField is a field of the form for something that the bank gives besides client id and secret.
type credentialField struct {
	catalogue.Credential
	Name     string
	Value    string // of a secret: none
	Recorded bool
}

// Further are the fields for what else the bank gives.
func (p registrationPage) Further() []credentialField {
	var fields []credentialField
	for _, c := range p.Institution.Further() {
		value, recorded := p.Newest.Credentials[c.ID]
		if typed, ok := p.Form.Further[c.ID]; ok {
			value = typed
		}
		fields = append(fields, credentialField{c, furtherPrefix + c.ID, value, recorded})
	}
	return fields
}

// Where says where client id or client secret is found, if the catalogue does.
func (p registrationPage) Where(id string) catalogue.Text {
	c, _ := p.Institution.Credential(id)
	return c.Where
}

// typedFurther reads the fields. The form comes filled; what is as it was is no change. Typed secrets are not shown
// again.
func typedFurther(c echo.Context, view registration.View) (given map[string]secret.Text, typed map[string]string) {
	given, typed = map[string]secret.Text{}, map[string]string{}
	newest := view.Basis()
	for _, one := range view.Institution.Further() {
		value := form.Text(c, furtherPrefix+one.ID)
		if !one.Secret {
			typed[one.ID] = value
		}
		if value != "" && value != newest.Credentials[one.ID] {
			given[one.ID] = secret.NewTextString(value)
		}
	}
	return given, typed
}

// furtherValue is what a version has of what else the bank gives.
func furtherValue(tr *wording.Translator, in catalogue.Institution, b registration.Bundle) slotValue {
	var said, refs []string
	for _, c := range in.Further() {
		value, recorded := b.Credentials[c.ID]
		if !recorded {
			continue
		}
		refs = append(refs, c.ID+"="+value)
		if c.Secret {
			value = tr.Say("bundle.secret_stored").Text
		}
		said = append(said, tr.Pick(c.Label)+" ("+value+")")
	}
	return slotValue{Text: strings.Join(said, ", "), ref: strings.Join(refs, "\n")}
}

// typedEnd reads when the client secret ends. The form comes filled: what is as it was says nothing of a secret that
// was typed, and an emptied field takes back what was noted. If that day is all that is another one, it is noted, and
// no draft is made.
func typedEnd(c echo.Context, view registration.View, in *registration.BundleInput, typed *bundleForm) error {
	newest := view.Basis()
	typed.SecretEndsOn = newest.SecretEndsOn.String()
	if values, err := c.FormParams(); err == nil && values.Has("secret_ends_on") {
		typed.SecretEndsOn = form.Text(c, "secret_ends_on")
	}
	if typed.SecretEndsOn == newest.SecretEndsOn.String() {
		return nil
	}
	var day calendar.Date
	if err := day.UnmarshalText([]byte(typed.SecretEndsOn)); err != nil {
		return form.InvalidDay(err)
	}
	in.SecretEndsOn = &day
	same := (in.QWACID == "" || in.QWACID == newest.QWACID) && (in.QSealCID == "" || in.QSealCID == newest.QSealCID) &&
		in.ClientID == "" && in.ClientSecret.Empty() && len(in.Credentials) == 0 &&
		strings.TrimSpace(typed.TrustAnchors) == strings.TrimSpace(strings.Join(newest.TrustAnchors, ""))
	if same && newest.CredentialsRef != "" {
		*in = registration.BundleInput{SecretEndsOn: &day, Revision: in.Revision}
	}
	return nil
}
