package client

import (
	"context"
	"net/http"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// ApprovalFilter selects change requests; an empty field selects all.
type ApprovalFilter struct {
	State  api.ApprovalState // or Inbox
	Kind   string
	Object string // id of what changes
}

// Inbox selects the open requests that this caller may decide.
const Inbox api.ApprovalState = "inbox"

// ListApprovals returns the newest 500 change requests, newest first.
func (c *Client) ListApprovals(ctx context.Context, f ApprovalFilter) ([]api.Approval, error) {
	return get[[]api.Approval](ctx, c, query(path("approvals"),
		"state", string(f.State), "kind", f.Kind, "object", f.Object))
}

// GetApproval returns one change request, with exactly what would change.
func (c *Client) GetApproval(ctx context.Context, id string) (api.Approval, error) {
	return get[api.Approval](ctx, c, path("approvals", id))
}

// Approve approves somebody else's request, which carries it out.
func (c *Client) Approve(ctx context.Context, id string, in api.Note) (api.Approval, error) {
	return send[api.Approval](ctx, c, http.MethodPost, path("approvals", id, "approve"), in)
}

// Reject rejects a request, with the reason in the note.
func (c *Client) Reject(ctx context.Context, id string, in api.Note) (api.Approval, error) {
	return send[api.Approval](ctx, c, http.MethodPost, path("approvals", id, "reject"), in)
}

// Withdraw withdraws the caller's own request.
func (c *Client) Withdraw(ctx context.Context, id string, in api.Note) (api.Approval, error) {
	return send[api.Approval](ctx, c, http.MethodPost, path("approvals", id, "withdraw"), in)
}
