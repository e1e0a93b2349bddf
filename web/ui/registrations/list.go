package registrations

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

type listPage struct {
	page.Page
	Rows []row
}

// row is one registration of the list.
type row struct {
	registration.View
	Standing checklist.Standing
	Next     *wording.Blocker // nil: nothing blocks it
}

// List shows all registrations.
func (h *Handler) List(c echo.Context, v session.Visit) error {
	ctx, tr := c.Request().Context(), h.Pages.Translator(c)
	views, err := h.Service.List(ctx, v.Caller)
	if err != nil {
		return err
	}
	known := map[string]vault.Summary{}
	if v.Caller.May(access.CertList) {
		var ids []string
		for _, view := range views {
			ids = append(ids, named(view.Bundles)...)
		}
		if known, err = h.Certificates.Named(ctx, v.Caller, ids); err != nil {
			return err
		}
	}
	findings := wording.WorstByID(known)
	data := listPage{Page: h.Pages.Page(c, "registrations", "registrations.title")}
	for _, view := range views {
		one := row{View: view, Standing: checklist.StandingOf(tr, view)}
		if len(view.Blockers) > 0 {
			next := tr.Blocker(view, view.Blockers[0], findings)
			one.Next = &next
		}
		data.Rows = append(data.Rows, one)
	}
	return h.Pages.Render(c, http.StatusOK, "registrations/list", data)
}
