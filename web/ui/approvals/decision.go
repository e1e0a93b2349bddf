package approvals

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Decisions are what a person can decide about a request.
type Decisions interface {
	Approve(ctx context.Context, caller access.Caller, id, note string) (approval.Request, error)
	Reject(ctx context.Context, caller access.Caller, id, reason string) (approval.Request, error)
	Withdraw(ctx context.Context, caller access.Caller, id, note string) (approval.Request, error)
	Review(ctx context.Context, caller access.Caller, id, words string) (approval.Request, error)
}

// Approve agrees, and has the change made.
func (h *Handler) Approve(c echo.Context, v session.Visit) error {
	return h.decide(c, v, h.Approvals.Approve, "notice.approved")
}

// Reject refuses the change.
func (h *Handler) Reject(c echo.Context, v session.Visit) error {
	return h.decide(c, v, h.Approvals.Reject, "notice.rejected")
}

// Withdraw takes the reader's own request back.
func (h *Handler) Withdraw(c echo.Context, v session.Visit) error {
	return h.decide(c, v, h.Approvals.Withdraw, "notice.withdrawn")
}

// Review records what the reader found who looked at an emergency afterwards.
func (h *Handler) Review(c echo.Context, v session.Visit) error {
	return h.decide(c, v, h.Approvals.Review, "notice.reviewed")
}

type decision func(ctx context.Context, caller access.Caller, id, note string) (approval.Request, error)

func (h *Handler) decide(c echo.Context, v session.Visit, decide decision, notice string) error {
	id := c.Param("id")
	if _, err := decide(c.Request().Context(), v.Caller, id, form.Text(c, "note")); err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, notice, link.Approval(id))
}
