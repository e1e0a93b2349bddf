package firm

import (
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type applicationPage struct {
	page.Page
	Application  registration.Application
	RedirectURIs string
	Callback     string
	History      []checklist.Change
	Archive      page.Archive
}

// applicationForm reads the form.
func applicationForm(c echo.Context) registration.Application {
	return registration.Application{
		OrganizationID: c.FormValue("organization"),
		Name:           form.Text(c, "name"),
		RedirectURIs:   strings.Fields(c.FormValue("redirect_uris")),
		ClientURI:      form.Text(c, "client_uri"),
		TermsURI:       form.Text(c, "terms_uri"),
	}
}

// AddApplication adds an application.
func (h *Handler) AddApplication(c echo.Context, v session.Visit) error {
	a := applicationForm(c)
	if _, err := h.Service.AddApplication(c.Request().Context(), v.Caller, a); err != nil {
		return h.show(c, v, firmForm{Application: a, RedirectURIs: strings.Join(a.RedirectURIs, "\n")}, err)
	}
	return h.Pages.Done(c, "notice.application", "/firm")
}

// ShowApplication shows an application, to be edited.
func (h *Handler) ShowApplication(c echo.Context, v session.Visit) error {
	a, err := h.Service.Application(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	return h.showApplication(c, v, a, nil)
}

func (h *Handler) showApplication(
	c echo.Context, v session.Visit, a registration.Application, refused error,
) error {
	data := applicationPage{
		Page:         h.Pages.Page(c, "firm", "firm.edit_application"),
		Application:  a,
		RedirectURIs: strings.Join(a.RedirectURIs, "\n"),
		Callback:     link.Callback(c, h.Callback),
	}
	status, why := h.Pages.Refusal(c, refused)
	data.Path, data.Problem = link.Application(c.Param("id")), why
	data.Archive = page.ArchiveOf(data.Page, data.Path, a.ArchivedAt)
	var err error
	if data.History, err = h.history(c, v); err != nil {
		return err
	}
	return h.Pages.Render(c, status, "firm/application", data)
}

// ArchiveApplication archives an application, or takes it out of the archive.
func (h *Handler) ArchiveApplication(c echo.Context, v session.Visit) error {
	ctx, id, archived := c.Request().Context(), c.Param("id"), c.FormValue("archived") == "true"
	refused := h.Service.SetArchived(ctx, v.Caller, registration.NamedApplication, id, archived)
	if refused == nil {
		return h.Pages.Done(c, page.ArchiveNotice(archived), link.Application(id))
	}
	a, err := h.Service.Application(ctx, v.Caller, id)
	if err != nil {
		return err
	}
	return h.showApplication(c, v, a, refused)
}

// EditApplication changes an application.
func (h *Handler) EditApplication(c echo.Context, v session.Visit) error {
	a := applicationForm(c)
	a.ID = c.Param("id")
	_, consequences, err := h.Service.UpdateApplication(c.Request().Context(), v.Caller, a)
	switch {
	case h.Pages.ChangeRequested(err):
		return h.Pages.Done(c, "notice.change_requested", link.Application(a.ID))
	case err != nil:
		return h.showApplication(c, v, a, err)
	}
	return h.Pages.Done(c, checklist.EditNotice(consequences), "/firm")
}
