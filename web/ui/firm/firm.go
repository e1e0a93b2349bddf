package firm

import (
	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// firmPage lists what there is, with the forms that add to it.
type firmPage struct {
	page.Page
	Organizations []organizationRow
	Callback      string // where this console takes the bank's answer
	firmForm
}

// firmForm is what was typed, when it was refused.
type firmForm struct {
	Organization registration.Organization
	Application  registration.Application
	RedirectURIs string
}

type organizationRow struct {
	registration.Organization
	Applications []registration.Application
}

// NoApplication reports whether the next thing to add is an application.
func (p firmPage) NoApplication() bool {
	for _, o := range p.Organizations {
		if len(o.Applications) > 0 {
			return false
		}
	}
	return true
}

// Show shows the firm.
func (h *Handler) Show(c echo.Context, v session.Visit) error {
	return h.show(c, v, firmForm{}, nil)
}

func (h *Handler) show(c echo.Context, v session.Visit, typed firmForm, refused error) error {
	rows, err := h.organizationRows(c, v)
	if err != nil {
		return err
	}
	data := firmPage{
		Page:          h.Pages.Page(c, "firm", "firm.title"),
		Organizations: rows,
		Callback:      link.Callback(c, h.Callback),
		firmForm:      typed,
	}
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = "/firm", why
	return h.Pages.Render(c, status, "firm/firm", data)
}

func (h *Handler) organizationRows(c echo.Context, v session.Visit) ([]organizationRow, error) {
	ctx := c.Request().Context()
	organizations, err := h.Service.Organizations(ctx, v.Caller)
	if err != nil {
		return nil, err
	}
	applications, err := h.Service.Applications(ctx, v.Caller)
	if err != nil {
		return nil, err
	}
	rows := make([]organizationRow, len(organizations))
	for i, o := range organizations {
		rows[i].Organization = o
		for _, a := range applications {
			if a.OrganizationID == o.ID {
				rows[i].Applications = append(rows[i].Applications, a)
			}
		}
	}
	return rows, nil
}
