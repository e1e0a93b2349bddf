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

// GetCatalogueFiles returns what the folder of catalogue files has, and what is in force of it.
func (c *Client) GetCatalogueFiles(ctx context.Context) (api.CatalogueFiles, error) {
	return get[api.CatalogueFiles](ctx, c, path("catalogue-files"))
}

// ReadCatalogueFiles has the folder read now.
func (c *Client) ReadCatalogueFiles(ctx context.Context) (api.CatalogueFiles, error) {
	return send[api.CatalogueFiles](ctx, c, http.MethodPost, path("catalogue-files"), nil)
}

// GetCatalogueFile returns a file with its text.
func (c *Client) GetCatalogueFile(ctx context.Context, bank, sha256 string) (api.CatalogueFile, error) {
	return get[api.CatalogueFile](ctx, c, path("catalogue-files", bank, sha256))
}

// TakeCatalogueFile takes a file that is proposed. Where it changes a live environment, a second person has to agree.
func (c *Client) TakeCatalogueFile(
	ctx context.Context, bank, sha256 string, in api.TakeCatalogueFile,
) (api.CatalogueTaken, error) {
	return send[api.CatalogueTaken](ctx, c, http.MethodPost, path("catalogue-files", bank, sha256, "take"), in)
}

// DeclineCatalogueFile declines a file that is proposed; it is proposed again when it changes.
func (c *Client) DeclineCatalogueFile(ctx context.Context, bank, sha256 string) (api.CatalogueFiles, error) {
	return send[api.CatalogueFiles](ctx, c, http.MethodPost, path("catalogue-files", bank, sha256, "decline"), nil)
}

// ReconsiderCatalogueFile has a file that was declined be proposed again, if the folder still has it.
func (c *Client) ReconsiderCatalogueFile(ctx context.Context, bank, sha256 string) (api.CatalogueFiles, error) {
	return send[api.CatalogueFiles](ctx, c, http.MethodPost, path("catalogue-files", bank, sha256, "reconsider"), nil)
}
