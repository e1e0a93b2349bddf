package home

import (
	"context"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/parallel"
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

// atOnce is how many parts of the page are read at the same time: what they wait for is the database, whose connections
// others need, too.
const atOnce = 3

// A filler reads a part of the page: the tasks that it returns, and fields that no other one fills.
type filler func(ctx context.Context, v session.Visit, tr *wording.Translator, data *homePage) ([]task, error)

// Show shows the page.
func (h *Handler) Show(c echo.Context, v session.Visit) error {
	data := homePage{Page: h.Pages.Page(c, "home", "home.title")}
	ctx, tr := c.Request().Context(), h.Pages.Translator(c)
	fillers := []filler{
		h.alerts, h.grants, h.cases, h.certificates, h.requests, h.approvals, h.registrations, h.consents, h.coming,
		h.timeline, h.activities, h.parts,
	}
	tasks := make([][]task, len(fillers))
	err := parallel.Try(len(fillers), atOnce, func(i int) (err error) {
		tasks[i], err = fillers[i](ctx, v, tr, &data)
		return err
	})
	if err != nil {
		return err
	}
	if data.Start != nil {
		data.Start.Certificates = len(data.Expiring) > 0
	}
	data.Tasks = slices.Concat(tasks...)
	sortTasks(data.Tasks)
	return h.Pages.Render(c, http.StatusOK, "home/home", data)
}

// coming says which rules by date touch certificates, and where those are used.
func (h *Handler) coming(
	ctx context.Context, v session.Visit, tr *wording.Translator, data *homePage,
) (_ []task, err error) {
	data.Coming, err = h.Ahead.Rules(ctx, v.Caller, tr)
	return nil, err
}
