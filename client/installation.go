package client

import (
	"context"

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
