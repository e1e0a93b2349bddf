package client

import (
	"context"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// ListInstitutions returns the banks the service knows.
func (c *Client) ListInstitutions(ctx context.Context) ([]api.Institution, error) {
	return get[[]api.Institution](ctx, c, path("institutions"))
}

// GetInstitution returns one bank.
func (c *Client) GetInstitution(ctx context.Context, id string) (api.Institution, error) {
	return get[api.Institution](ctx, c, path("institutions", id))
}
