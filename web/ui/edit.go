package ui

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/problem"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

func organizationForm(c echo.Context) registration.Organization {
	o := registration.Organization{
		LegalName:              strings.TrimSpace(c.FormValue("legal_name")),
		Country:                strings.ToUpper(strings.TrimSpace(c.FormValue("country"))),
		OrganizationIdentifier: strings.TrimSpace(c.FormValue("organization_identifier")),
		NCA:                    strings.TrimSpace(c.FormValue("nca")),
		ContactEmail:           strings.TrimSpace(c.FormValue("contact_email")),
	}
	form := c.Request().Form // parsed by FormValue
	at := func(name string, i int) string {
		if values := form[name]; i < len(values) {
			return strings.TrimSpace(values[i])
		}
		return ""
	}
	for i := range form["contact_name"] {
		contact := registration.Contact{
			Name:  at("contact_name", i),
			Role:  at("contact_role", i),
			Email: at("contact_mail", i),
			Phone: at("contact_phone", i),
		}
		if contact != (registration.Contact{}) {
			o.Contacts = append(o.Contacts, contact)
		}
	}
	return o
}

func applicationForm(c echo.Context) registration.Application {
	return registration.Application{
		OrganizationID: c.FormValue("organization"),
		Name:           strings.TrimSpace(c.FormValue("name")),
		RedirectURIs:   strings.Fields(c.FormValue("redirect_uris")),
		ClientURI:      strings.TrimSpace(c.FormValue("client_uri")),
		TermsURI:       strings.TrimSpace(c.FormValue("terms_uri")),
	}
}

type organizationPage struct {
	page.Page
	Organization registration.Organization
	Contacts     []contactFields
	History      []historyLine
}

// contactFields are one contact's fields. The last ones are empty, for one more.
type contactFields struct {
	registration.Contact
	N      int
	Legend string
}

type applicationPage struct {
	page.Page
	Application  registration.Application
	RedirectURIs string
	Callback     string
	History      []historyLine
}

func (u *UI) organization(c echo.Context, v session.Visit) error {
	all, err := u.cfg.Registrations.Organizations(c.Request().Context(), v.Caller)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(o registration.Organization) bool { return o.ID == c.Param("id") })
	if i < 0 {
		return fault.New(fault.NotFound, "organization_unknown", "There is no such organization; create it first.")
	}
	return u.organizationPage(c, v, all[i], nil)
}

func (u *UI) organizationPage(c echo.Context, v session.Visit, o registration.Organization, failed error) error {
	w, status := u.pages.Translator(c), http.StatusOK
	data := organizationPage{Page: u.pages.Page(c, "firm", "firm.edit_organization"), Organization: o}
	data.Path = link.Organization(c.Param("id"))
	if failed != nil {
		data.Problem, status = w.Problem(failed), problem.Of(failed).Status
	}
	for i, contact := range append(slices.Clone(o.Contacts), registration.Contact{}) {
		legend := w.Say("firm.contact_more").Text
		if contact.Name != "" {
			legend = contact.Name
		}
		data.Contacts = append(data.Contacts, contactFields{contact, i, legend})
	}
	var err error
	if data.History, err = u.objectHistory(c, v); err != nil {
		return err
	}
	return u.pages.Render(c, status, "firm/organization", data)
}

func (u *UI) editOrganization(c echo.Context, v session.Visit) error {
	o := organizationForm(c)
	o.ID = c.Param("id")
	_, consequences, err := u.cfg.Registrations.UpdateOrganization(c.Request().Context(), v.Caller, o)
	if err != nil {
		return u.organizationPage(c, v, o, err)
	}
	u.confirmEdit(c, consequences)
	return u.pages.Redirect(c, "/firm")
}

func (u *UI) application(c echo.Context, v session.Visit) error {
	all, err := u.cfg.Registrations.Applications(c.Request().Context(), v.Caller)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(a registration.Application) bool { return a.ID == c.Param("id") })
	if i < 0 {
		return fault.New(fault.NotFound, "application_unknown", "There is no such application; create it first.")
	}
	return u.applicationPage(c, v, all[i], nil)
}

func (u *UI) applicationPage(c echo.Context, v session.Visit, a registration.Application, failed error) error {
	status := http.StatusOK
	data := applicationPage{
		Page:         u.pages.Page(c, "firm", "firm.edit_application"),
		Application:  a,
		RedirectURIs: strings.Join(a.RedirectURIs, "\n"),
		Callback:     u.callbackURL(c),
	}
	data.Path = link.Application(c.Param("id"))
	if failed != nil {
		data.Problem, status = u.pages.Translator(c).Problem(failed), problem.Of(failed).Status
	}
	var err error
	if data.History, err = u.objectHistory(c, v); err != nil {
		return err
	}
	return u.pages.Render(c, status, "firm/application", data)
}

func (u *UI) editApplication(c echo.Context, v session.Visit) error {
	a := applicationForm(c)
	a.ID = c.Param("id")
	_, consequences, err := u.cfg.Registrations.UpdateApplication(c.Request().Context(), v.Caller, a)
	if err != nil {
		return u.applicationPage(c, v, a, err)
	}
	u.confirmEdit(c, consequences)
	return u.pages.Redirect(c, "/firm")
}

// objectHistory is what was changed about the organization or application of the address.
func (u *UI) objectHistory(c echo.Context, v session.Visit) ([]historyLine, error) {
	all, err := u.cfg.Registrations.History(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return nil, err
	}
	lines := make([]historyLine, len(all))
	for i, h := range all {
		lines[i] = historyLine{h, sayHistory(u.pages.Translator(c), h)}
	}
	return lines, nil
}
