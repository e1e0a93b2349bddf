package client

import (
	"context"
	"net/http"

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

// ListBankHosts returns the hosts of a bank, with what has happened there.
func (c *Client) ListBankHosts(ctx context.Context, id string) ([]api.BankHost, error) {
	return get[[]api.BankHost](ctx, c, path("institutions", id, "hosts"))
}

// ConfirmBankIssuer records that the issuer of what a host presents is right, and returns the hosts.
func (c *Client) ConfirmBankIssuer(ctx context.Context, id, host string, in api.BankIssuer) ([]api.BankHost, error) {
	return send[[]api.BankHost](ctx, c, http.MethodPut, path("institutions", id, "hosts", host, "issuer"), in)
}
