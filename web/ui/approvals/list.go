package approvals

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/web/ui/lists"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// listPage is what waits for this reader, what this reader waits for, and what was decided.
type listPage struct {
	page.Page
	Waiting bool               // what waits is shown: nothing else was asked for
	Mine    []approval.Request // wait for this reader
	Asked   []approval.Request // this reader asked, and somebody else has to agree
	Others  []approval.Request // wait for others
	More    bool               // further ones wait
	Policy  []policyRow
	List    lists.List
	Rows    []approval.Request
}

// policyRow is how many people a change takes in an environment.
type policyRow struct {
	Environment environment.Name
	TwoPeople   bool
}

// waitingShown is how many waiting requests stand above the list.
const waitingShown = 50

// chips are the states that the page offers, in order.
var chips = []approval.State{
	approval.Open, approval.Approved, approval.Rejected, approval.Withdrawn, approval.Expired, approval.Failed,
}

// List shows what waits, and a page of all requests.
func (h *Handler) List(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	q, found, err := lists.Read(c, v.Caller, approval.Listed, h.Approvals.Page)
	if err != nil {
		return err
	}
	data := listPage{
		Page:   h.Pages.Page(c, "approvals", "approvals.title"),
		Policy: h.policy(ctx),
		List:   lists.Of(c, q, found),
		Rows:   found.Items,
	}
	data.Path = c.Request().URL.RequestURI()
	data.List.Sort(q.Sort, approval.Listed.Sorts...)
	for _, state := range chips {
		err := data.List.Filter(approval.FilterState, string(state), lists.Count(ctx, v.Caller, q, h.Approvals.Page))
		if err != nil {
			return err
		}
	}
	err = data.List.Filter(approval.FilterEmergency, "true", lists.Count(ctx, v.Caller, q, h.Approvals.Page))
	if err != nil {
		return err
	}
	if data.Waiting = q.Cursor.None() && data.List.Clear == ""; data.Waiting {
		if err := h.waiting(ctx, v, &data); err != nil {
			return err
		}
	}
	return h.Pages.Render(c, http.StatusOK, "approvals/list", data)
}

// waiting fills in the newest requests that wait, for whom.
func (h *Handler) waiting(ctx context.Context, v session.Visit, data *listPage) error {
	all, err := h.Approvals.List(ctx, v.Caller, approval.Filter{
		States: []approval.State{approval.Open, approval.Applying},
		Limit:  waitingShown + 1,
	})
	if err != nil {
		return err
	}
	data.More = len(all) > waitingShown
	for _, r := range all[:min(len(all), waitingShown)] {
		switch {
		case r.RequestedBy == v.Caller.ID:
			data.Asked = append(data.Asked, r)
		case h.Approvals.MayDecide(ctx, v.Caller, r):
			data.Mine = append(data.Mine, r)
		default:
			data.Others = append(data.Others, r)
		}
	}
	return nil
}

func (h *Handler) policy(ctx context.Context) []policyRow {
	rows := []policyRow{}
	for _, env := range []environment.Name{environment.Sandbox, environment.Live} {
		rows = append(rows, policyRow{env, h.Approvals.Required(ctx, env)})
	}
	return rows
}
