package home

import (
	"context"
	"slices"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// approvals says what waits for the reader's decision, and what the reader waits for.
func (h *Handler) approvals(
	ctx context.Context, v session.Visit, tr *wording.Translator, _ *homePage,
) (tasks []task, err error) {
	if !v.Caller.MaySomewhere(access.ApprovalRead) {
		return nil, nil
	}
	all, err := h.Approvals.List(ctx, v.Caller, approval.Filter{States: []approval.State{approval.Open}})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b approval.Request) int { return a.ExpiresAt.Compare(b.ExpiresAt) })
	for _, r := range all {
		kind, until := tr.Enum("action", r.Kind), tr.Until(r.ExpiresAt)
		t := task{What: tr.Requested(r), URL: link.Approval(r.ID)}
		switch {
		case h.Approvals.MayDecide(ctx, v.Caller, r):
			t.Group, t.Says = taskApproval, tr.Say("home.approve", r.RequestedByName, kind, until)
		case r.RequestedBy == v.Caller.ID:
			t.Group, t.Says = taskWaiting, tr.Say("home.approval_waits", kind, until)
		default:
			continue
		}
		tasks = append(tasks, t)
	}
	return tasks, nil
}
