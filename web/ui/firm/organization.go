package firm

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type organizationPage struct {
	page.Page
	Organization registration.Organization
	Countries    []country
	Contacts     []contactFields
	Authorised   registers.Verdict // by its identifier as it is stored
	History      []checklist.Change
	Archive      page.Archive
}

// contactFields are one contact's fields. The last ones are empty, for one more.
type contactFields struct {
	registration.Contact
	N      int
	Legend string
}

// organizationForm reads the form.
func organizationForm(c echo.Context) registration.Organization {
	o := registration.Organization{
		LegalName:              form.Text(c, "legal_name"),
		Country:                strings.ToUpper(form.Text(c, "country")),
		OrganizationIdentifier: form.Text(c, "organization_identifier"),
		NCA:                    form.Text(c, "nca"),
		ContactEmail:           form.Text(c, "contact_email"),
	}
	values := c.Request().Form // parsed by form.Text
	at := func(name string, i int) string {
		if fields := values[name]; i < len(fields) {
			return strings.TrimSpace(fields[i])
		}
		return ""
	}
	for i := range values["contact_name"] {
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

// AddOrganization adds an organization and, where the form has one, its first application.
func (h *Handler) AddOrganization(c echo.Context, v session.Visit) error {
	ctx, o, a := c.Request().Context(), organizationForm(c), applicationForm(c)
	typed := firmForm{Organization: o, Application: a, RedirectURIs: strings.Join(a.RedirectURIs, "\n")}
	added, err := h.Service.AddOrganization(ctx, v.Caller, o)
	if err != nil {
		return h.show(c, v, typed, err)
	}
	if a.Name == "" {
		return h.Pages.Done(c, "notice.organization", "/firm")
	}
	a.OrganizationID = added.ID
	if _, err := h.Service.AddApplication(ctx, v.Caller, a); err != nil {
		typed.Organization, typed.Application = registration.Organization{}, a // the organization is there
		return h.show(c, v, typed, err)
	}
	return h.Pages.Done(c, "notice.firm", "/institutions")
}

// ShowOrganization shows an organization, to be edited.
func (h *Handler) ShowOrganization(c echo.Context, v session.Visit) error {
	o, err := h.Service.Organization(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	return h.showOrganization(c, v, o, nil)
}

func (h *Handler) showOrganization(
	c echo.Context, v session.Visit, o registration.Organization, refused error,
) error {
	data := organizationPage{Page: h.Pages.Page(c, "firm", "firm.edit_organization"), Organization: o}
	data.Countries = countries(h.Pages.Translator(c), o.Country)
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = link.Organization(c.Param("id")), why
	data.Archive = page.ArchiveOf(data.Page, data.Path, o.ArchivedAt)
	for i, contact := range append(slices.Clone(o.Contacts), registration.Contact{}) {
		legend := h.Pages.Translator(c).Say("firm.contact_more").Text
		if contact.Name != "" {
			legend = contact.Name
		}
		data.Contacts = append(data.Contacts, contactFields{contact, i, legend})
	}
	var err error
	data.Authorised, err = h.Registers.OfOrganization(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	if data.History, err = h.history(c, v); err != nil {
		return err
	}
	return h.Pages.Render(c, status, "firm/organization", data)
}

// ArchiveOrganization archives an organization, or takes it out of the archive.
func (h *Handler) ArchiveOrganization(c echo.Context, v session.Visit) error {
	ctx, id, archived := c.Request().Context(), c.Param("id"), c.FormValue("archived") == "true"
	refused := h.Service.SetArchived(ctx, v.Caller, registration.NamedOrganization, id, archived)
	if refused == nil {
		return h.Pages.Done(c, page.ArchiveNotice(archived), link.Organization(id))
	}
	o, err := h.Service.Organization(ctx, v.Caller, id)
	if err != nil {
		return err
	}
	return h.showOrganization(c, v, o, refused)
}

// EditOrganization changes an organization.
func (h *Handler) EditOrganization(c echo.Context, v session.Visit) error {
	o := organizationForm(c)
	o.ID = c.Param("id")
	_, consequences, err := h.Service.UpdateOrganization(c.Request().Context(), v.Caller, o)
	if err != nil {
		return h.showOrganization(c, v, o, err)
	}
	return h.Pages.Done(c, checklist.EditNotice(consequences), "/firm")
}
