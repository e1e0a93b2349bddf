package client

import (
	"context"
	"net/http"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// ReviewLineFilter selects lines of a review of access; an empty field selects all.
type ReviewLineFilter struct {
	Listing
	State  string // open, proposed, kept or removed
	Kind   string // role, grant, service or token
	Holder string // id of a person or a service account
}

// ListAccessReviews returns a page of the reviews of who may do what, the newest first.
func (c *Client) ListAccessReviews(ctx context.Context, l Listing) (api.Page[api.AccessReview], error) {
	return get[api.Page[api.AccessReview]](ctx, c, l.on(path("access-reviews")))
}

// StartAccessReview begins a review of all that is given at this moment.
func (c *Client) StartAccessReview(ctx context.Context) (api.AccessReview, error) {
	return post[api.AccessReview](ctx, c, path("access-reviews"))
}

// GetAccessReview returns one.
func (c *Client) GetAccessReview(ctx context.Context, id string) (api.AccessReview, error) {
	return get[api.AccessReview](ctx, c, path("access-reviews", id))
}

// ListAccessReviewLines returns a page of a review's lines.
func (c *Client) ListAccessReviewLines(
	ctx context.Context, id string, f ReviewLineFilter,
) (api.Page[api.AccessReviewLine], error) {
	return get[api.Page[api.AccessReviewLine]](ctx, c, f.on(path("access-reviews", id, "lines"), "state", f.State,
		"kind", f.Kind, "holder", f.Holder))
}

// ProposeAccessReview says of lines that they are to be kept or removed. Another person confirms it in the console.
func (c *Client) ProposeAccessReview(
	ctx context.Context, id string, in api.ReviewProposal,
) (api.AccessReview, error) {
	return send[api.AccessReview](ctx, c, http.MethodPost, path("access-reviews", id, "proposals"), in)
}

// CloseAccessReview ends a review.
func (c *Client) CloseAccessReview(
	ctx context.Context, id string, in api.CloseAccessReview,
) (api.AccessReview, error) {
	return send[api.AccessReview](ctx, c, http.MethodPost, path("access-reviews", id, "close"), in)
}

// ExportAccessReview returns the signed evidence of a review that is closed, as a file of JSON lines. `sealkeeper
// audit verify-export` verifies it.
func (c *Client) ExportAccessReview(ctx context.Context, id string) ([]byte, error) {
	return c.do(ctx, request{method: http.MethodGet, path: path("access-reviews", id, "evidence")})
}
