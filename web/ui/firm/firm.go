package firm

import (
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/lists"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// firmPage lists what there is, with the forms that add to it.
type firmPage struct {
	page.Page
	List          lists.List
	Organizations []organizationRow
	Owners        choice.Choice // whose a new application can be
	Callback      string        // where this console takes the bank's answer
	Countries     []country
	Offered       bool // the form is filled in with what certificates say
	firmForm
}

// firmForm is what was typed, when it was refused.
type firmForm struct {
	Organization registration.Organization
	Application  registration.Application
	RedirectURIs string
}

// organizationRow is an organization with the first of its applications.
type organizationRow struct {
	registration.Organization
	Applications []registration.Application
	More         bool // there are others
}

// shownApplications is how many applications stand with their organization; a list has all of them.
const shownApplications = 5

// NoApplication reports whether the next thing to add is an application.
func (p firmPage) NoApplication() bool {
	return !slices.ContainsFunc(p.Organizations, func(o organizationRow) bool { return len(o.Applications) > 0 })
}

// Show shows the firm.
func (h *Handler) Show(c echo.Context, v session.Visit) error {
	return h.show(c, v, firmForm{}, nil)
}

func (h *Handler) show(c echo.Context, v session.Visit, typed firmForm, refused error) error {
	q, err := registration.Organizations.Parse(choice.Asked(c, "organization"))
	if err != nil {
		return err
	}
	found, err := h.Service.OrganizationPage(c.Request().Context(), v.Caller, q)
	if err != nil {
		return err
	}
	data := firmPage{
		Page:     h.Pages.Page(c, "firm", "firm.title"),
		List:     lists.At(c, "/firm", q, found),
		Callback: link.Callback(c, h.Callback),
		firmForm: typed,
	}
	data.List.Sort(q.Sort, registration.Organizations.Sorts...)
	archived := lists.Count(c.Request().Context(), v.Caller, q, h.Service.OrganizationPage)
	if err := data.List.FilterIfAny(registration.FilterArchived, "true", archived); err != nil {
		return err
	}
	if data.Organizations, err = h.organizationRows(c, v, found.Items); err != nil {
		return err
	}
	data.Owners, err = choice.Organization(c, v.Caller, h.Service, choice.Ask{
		Field:    "organization",
		Selected: typed.Application.OrganizationID,
		Path:     "/firm",
	})
	if err != nil {
		return err
	}
	if refused == nil {
		if data.Organization, err = h.offered(c.Request().Context(), v); err != nil {
			return err
		}
		data.Offered = data.Organization.LegalName != ""
		if data.List.Empty() {
			data.Application.Name = data.Organization.LegalName
		}
	}
	data.Countries = countries(h.Pages.Translator(c), data.Organization.Country)
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = "/firm", why
	return h.Pages.Render(c, status, "firm/firm", data)
}

func (h *Handler) organizationRows(
	c echo.Context, v session.Visit, organizations []registration.Organization,
) ([]organizationRow, error) {
	ids, at := make([]string, len(organizations)), map[string]int{}
	rows := make([]organizationRow, len(organizations))
	for i, o := range organizations {
		rows[i].Organization, ids[i], at[o.ID] = o, o.ID, i
	}
	applications, err := h.Service.FirstApplications(c.Request().Context(), v.Caller, ids, shownApplications+1)
	for _, a := range applications {
		row := &rows[at[a.OrganizationID]]
		if row.More = len(row.Applications) == shownApplications; !row.More {
			row.Applications = append(row.Applications, a)
		}
	}
	return rows, err
}
