package client

import (
	"context"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// GetCertificateAuthorisation returns what registers of payment firms say of the authorisation in a stored certificate.
func (c *Client) GetCertificateAuthorisation(ctx context.Context, id string) (api.Authorisation, error) {
	return get[api.Authorisation](ctx, c, path("certificates", id, "authorisation"))
}

// GetOrganizationAuthorisation returns what registers of payment firms say of an organization's authorisation.
func (c *Client) GetOrganizationAuthorisation(ctx context.Context, id string) (api.Authorisation, error) {
	return get[api.Authorisation](ctx, c, path("organizations", id, "authorisation"))
}

// ListRegisters returns the registers that are configured and how they stand.
func (c *Client) ListRegisters(ctx context.Context) ([]api.Register, error) {
	return get[[]api.Register](ctx, c, path("registers"))
}

// ImportRegister gives the service a register that was downloaded, of at most 500 MB.
func (c *Client) ImportRegister(ctx context.Context, id, name string, content []byte) (api.Register, error) {
	f := newForm()
	f.file("file", name, content)
	return upload[api.Register](ctx, c, path("registers", id, "file"), f)
}
