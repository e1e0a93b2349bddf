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

// ListBankServers returns the certificates that hosts of a bank have presented, by host, the newest first.
func (c *Client) ListBankServers(ctx context.Context, id string) ([]api.BankServer, error) {
	return get[[]api.BankServer](ctx, c, path("institutions", id, "servers"))
}
