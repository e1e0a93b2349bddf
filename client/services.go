package client

import (
	"context"
	"net/http"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// ServiceAccountFilter selects service accounts.
type ServiceAccountFilter struct {
	Listing
	Ended bool // instead those that have ended
}

// ListServiceAccounts returns a page of the service accounts in use, or of those that have ended, by name unless sorted
// otherwise.
func (c *Client) ListServiceAccounts(
	ctx context.Context, f ServiceAccountFilter,
) (api.Page[api.ServiceAccount], error) {
	ended := ""
	if f.Ended {
		ended = "true"
	}
	return get[api.Page[api.ServiceAccount]](ctx, c, f.on(path("service-accounts"), "ended", ended))
}

// AddServiceAccount makes a service account. What it gives on live, a second person has to approve.
func (c *Client) AddServiceAccount(
	ctx context.Context, in api.NewServiceAccount,
) (api.ServiceAccountChange, error) {
	return send[api.ServiceAccountChange](ctx, c, http.MethodPost, path("service-accounts"), in)
}

// GetServiceAccount returns one service account.
func (c *Client) GetServiceAccount(ctx context.Context, id string) (api.ServiceAccount, error) {
	return get[api.ServiceAccount](ctx, c, path("service-accounts", id))
}

// ChangeServiceAccount says anew what a service account is, or requests it where two people are needed.
func (c *Client) ChangeServiceAccount(
	ctx context.Context, id string, in api.NewServiceAccount,
) (api.ServiceAccountChange, error) {
	return send[api.ServiceAccountChange](ctx, c, http.MethodPut, path("service-accounts", id), in)
}

// EndServiceAccount ends a service account for good; its tokens are refused from then on.
func (c *Client) EndServiceAccount(ctx context.Context, id string) (api.ServiceAccount, error) {
	return decoded[api.ServiceAccount](c.do(ctx, request{
		method: http.MethodDelete,
		path:   path("service-accounts", id),
	}))
}

// IssueServiceToken makes a token for a service account. It is shown this once.
func (c *Client) IssueServiceToken(
	ctx context.Context, id string, in api.NewServiceToken,
) (api.IssuedServiceToken, error) {
	return send[api.IssuedServiceToken](ctx, c, http.MethodPost, path("service-accounts", id, "tokens"), in)
}

// RevokeServiceToken revokes a token of a service account.
func (c *Client) RevokeServiceToken(ctx context.Context, id, token string) (api.ServiceAccount, error) {
	return decoded[api.ServiceAccount](c.do(ctx, request{
		method: http.MethodDelete,
		path:   path("service-accounts", id, "tokens", token),
	}))
}

// ListRegistrationServices says which services use a registration, and with which version.
func (c *Client) ListRegistrationServices(ctx context.Context, id string) (api.RegistrationServices, error) {
	return get[api.RegistrationServices](ctx, c, path("registrations", id, "services"))
}

// AddServiceIdentity has somebody count as a service account's service who has no token of it.
func (c *Client) AddServiceIdentity(
	ctx context.Context, id string, in api.NewServiceIdentity,
) (api.ServiceIdentity, error) {
	return send[api.ServiceIdentity](ctx, c, http.MethodPost, path("service-accounts", id, "identities"), in)
}

// RemoveServiceIdentity refuses an identity, and the tokens that it was given, from now on.
func (c *Client) RemoveServiceIdentity(ctx context.Context, id, identity string) (api.ServiceAccount, error) {
	return decoded[api.ServiceAccount](c.do(ctx, request{
		method: http.MethodDelete,
		path:   path("service-accounts", id, "identities", identity),
	}))
}
