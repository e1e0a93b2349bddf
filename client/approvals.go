package client

import (
	"context"
	"net/http"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// ApprovalFilter selects change requests; an empty field selects all.
type ApprovalFilter struct {
	Listing
	State  api.ApprovalState // or Inbox
	Kind   string
	Object string // id of what changes
	// true: what was requested, or done, as an emergency; false: all else
	Emergency string
}

// Inbox selects the open requests that the person whose token it is may decide, in the console.
const Inbox api.ApprovalState = "inbox"

// ListApprovals returns a page of the change requests, newest first unless sorted otherwise.
func (c *Client) ListApprovals(ctx context.Context, f ApprovalFilter) (api.Page[api.Approval], error) {
	return get[api.Page[api.Approval]](ctx, c, f.on(path("approvals"),
		"state", string(f.State), "kind", f.Kind, "object", f.Object, "emergency", f.Emergency))
}

// GetApproval returns one change request, with exactly what would change.
func (c *Client) GetApproval(ctx context.Context, id string) (api.Approval, error) {
	return get[api.Approval](ctx, c, path("approvals", id))
}

// Withdraw withdraws the caller's own request.
func (c *Client) Withdraw(ctx context.Context, id string, in api.Note) (api.Approval, error) {
	return send[api.Approval](ctx, c, http.MethodPost, path("approvals", id, "withdraw"), in)
}

// ReviewApproval records what somebody found who looked at an emergency afterwards.
func (c *Client) ReviewApproval(ctx context.Context, id string, in api.ReviewApproval) (api.Approval, error) {
	return send[api.Approval](ctx, c, http.MethodPost, path("approvals", id, "review"), in)
}
