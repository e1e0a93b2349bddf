package approvals

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// listPage is what waits for this reader, what this reader waits for, and what was decided.
type listPage struct {
	page.Page
	Mine    []approval.Request // wait for this reader
	Asked   []approval.Request // this reader asked, and somebody else has to agree
	Others  []approval.Request // wait for others
	Decided []approval.Request
	Policy  []policyRow
}

// policyRow is how many people a change takes in an environment.
type policyRow struct {
	Environment environment.Name
	TwoPeople   bool
}

// decidedShown is how many decided requests the list shows.
const decidedShown = 20

// List shows the requests.
func (h *Handler) List(c echo.Context, v session.Visit) error {
	all, err := h.Approvals.List(c.Request().Context(), v.Caller, approval.Filter{})
	if err != nil {
		return err
	}
	data := listPage{Page: h.Pages.Page(c, "approvals", "approvals.title"), Policy: h.policy(c.Request().Context())}
	for _, r := range all {
		switch {
		case !open(r):
			if len(data.Decided) < decidedShown {
				data.Decided = append(data.Decided, r)
			}
		case r.RequestedBy == v.Caller.ID:
			data.Asked = append(data.Asked, r)
		case h.Approvals.MayDecide(c.Request().Context(), v.Caller, r):
			data.Mine = append(data.Mine, r)
		default:
			data.Others = append(data.Others, r)
		}
	}
	return h.Pages.Render(c, http.StatusOK, "approvals/list", data)
}

func (h *Handler) policy(ctx context.Context) []policyRow {
	rows := []policyRow{}
	for _, env := range []environment.Name{environment.Sandbox, environment.Live} {
		rows = append(rows, policyRow{env, h.Approvals.Required(ctx, env)})
	}
	return rows
}
