package home

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/ahead"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

type homePage struct {
	page.Page
	Start    *firstSteps // nil once there is a registration
	Tasks    []task
	Expiring []vault.Summary
	Coming   []ahead.Rule
	Timeline timeline
	Recent   []activity
	Parts    []part
}

// firstSteps are how far a newcomer is on the way to the first registration.
type firstSteps struct{ Certificates, Firm, Registration bool }

// Show shows the page.
func (h *Handler) Show(c echo.Context, v session.Visit) error {
	data := homePage{Page: h.Pages.Page(c, "home", "home.title")}
	ctx, tr := c.Request().Context(), h.Pages.Translator(c)
	for _, fill := range []func(context.Context, session.Visit, *wording.Translator, *homePage) error{
		h.alerts, h.grants, h.cases, h.certificates, h.requests, h.approvals, h.registrations, h.consents, h.coming,
		h.timeline,
	} {
		if err := fill(ctx, v, tr, &data); err != nil {
			return err
		}
	}
	sortTasks(data.Tasks)
	data.Parts = h.parts(ctx, v)
	if err := h.activities(ctx, v, tr, &data); err != nil {
		return err
	}
	return h.Pages.Render(c, http.StatusOK, "home/home", data)
}

// coming says which rules by date touch certificates, and where those are used.
func (h *Handler) coming(ctx context.Context, v session.Visit, tr *wording.Translator, data *homePage) (err error) {
	data.Coming, err = h.Ahead.Rules(ctx, v.Caller, tr)
	return err
}
