package client

import (
	"context"
	"net/http"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// GetInstallation returns what the installation is made of, and what was found when somebody looked last.
func (c *Client) GetInstallation(ctx context.Context) (api.Installation, error) {
	return get[api.Installation](ctx, c, path("installation"))
}

// LookAtInstallation looks at every part now.
func (c *Client) LookAtInstallation(ctx context.Context) (api.Installation, error) {
	return post[api.Installation](ctx, c, path("installation", "look"))
}

// GetPolicy returns the policy that is in force.
func (c *Client) GetPolicy(ctx context.Context) (api.Policy, error) {
	return get[api.Policy](ctx, c, path("policy"))
}

// ChangePolicy asks for another value of a setting of the policy.
func (c *Client) ChangePolicy(ctx context.Context, name string, in api.ChangePolicy) (api.PolicyChange, error) {
	return send[api.PolicyChange](ctx, c, http.MethodPut, path("policy", name), in)
}
