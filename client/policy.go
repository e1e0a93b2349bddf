package client

import (
	"context"
	"net/http"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// GetPolicy returns the policy that is in force.
func (c *Client) GetPolicy(ctx context.Context) (api.Policy, error) {
	return get[api.Policy](ctx, c, path("policy"))
}

// ChangePolicy asks for another value of a setting of the policy.
func (c *Client) ChangePolicy(ctx context.Context, name string, in api.ChangePolicy) (api.PolicyChange, error) {
	return send[api.PolicyChange](ctx, c, http.MethodPut, path("policy", name), in)
}
