package client

import (
	"context"
	"net/http"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// ApprovalFilter chooses requests for approval; what is empty chooses all.
type ApprovalFilter struct {
	State  api.ApprovalState // or Inbox
	Kind   string
	Object string // id of what changes
}

// Inbox chooses the open requests that this caller may decide.
const Inbox api.ApprovalState = "inbox"

// ListApprovals returns the newest 500 requests for approval, newest first.
func (c *Client) ListApprovals(ctx context.Context, f ApprovalFilter) ([]api.Approval, error) {
	return get[[]api.Approval](ctx, c, query(path("approvals"),
		"state", string(f.State), "kind", f.Kind, "object", f.Object))
}

// GetApproval returns one request, with exactly what would change.
func (c *Client) GetApproval(ctx context.Context, id string) (api.Approval, error) {
	return get[api.Approval](ctx, c, path("approvals", id))
}

// Approve agrees to a request of somebody else, and has it carried out.
func (c *Client) Approve(ctx context.Context, id string, in api.Note) (api.Approval, error) {
	return send[api.Approval](ctx, c, http.MethodPost, path("approvals", id, "approve"), in)
}

// Reject refuses a request, with the reason in the note.
func (c *Client) Reject(ctx context.Context, id string, in api.Note) (api.Approval, error) {
	return send[api.Approval](ctx, c, http.MethodPost, path("approvals", id, "reject"), in)
}

// Withdraw takes back a request of one's own.
func (c *Client) Withdraw(ctx context.Context, id string, in api.Note) (api.Approval, error) {
	return send[api.Approval](ctx, c, http.MethodPost, path("approvals", id, "withdraw"), in)
}
