package firm

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/lists"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// applicationsPage lists applications, of all organizations or of one.
type applicationsPage struct {
	page.Page
	List lists.List
	Of   registration.Organization // zero: of all
	Rows []applicationRow
}

type applicationRow struct {
	registration.Application
	Organization registration.Organization
}

// ListApplications shows a page of the applications.
func (h *Handler) ListApplications(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	q, found, err := lists.Read(c, v.Caller, registration.Applications, h.Service.ApplicationPage)
	if err != nil {
		return err
	}
	data := applicationsPage{Page: h.Pages.Page(c, "firm", "firm.applications"), List: lists.Of(c, q, found)}
	data.Path = c.Request().URL.RequestURI()
	data.List.Sort(q.Sort, registration.Applications.Sorts...)
	archived := lists.Count(ctx, v.Caller, q, h.Service.ApplicationPage)
	if err := data.List.FilterIfAny(registration.FilterArchived, "true", archived); err != nil {
		return err
	}
	ids := []string{q.Filters[registration.FilterOrganization]}
	for _, a := range found.Items {
		ids = append(ids, a.OrganizationID)
	}
	organizations, err := h.Service.OrganizationsByID(ctx, v.Caller, ids)
	if err != nil {
		return err
	}
	named := map[string]registration.Organization{}
	for _, o := range organizations {
		named[o.ID] = o
	}
	data.Of = named[ids[0]]
	for _, a := range found.Items {
		data.Rows = append(data.Rows, applicationRow{a, named[a.OrganizationID]})
	}
	return h.Pages.Render(c, http.StatusOK, "firm/applications", data)
}
