package client

import (
	"context"
	"net/http"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// ListOrganizations returns our legal entities.
func (c *Client) ListOrganizations(ctx context.Context) ([]api.Organization, error) {
	return get[[]api.Organization](ctx, c, path("organizations"))
}

// AddOrganization records a legal entity.
func (c *Client) AddOrganization(ctx context.Context, in api.NewOrganization) (api.Organization, error) {
	return send[api.Organization](ctx, c, http.MethodPost, path("organizations"), in)
}

// UpdateOrganization changes an organization. Steps by which a bank was told what is now different are reopened.
func (c *Client) UpdateOrganization(ctx context.Context, id string, in api.NewOrganization) (api.Consequences, error) {
	return send[api.Consequences](ctx, c, http.MethodPut, path("organizations", id), in)
}

// ListApplications returns our applications.
func (c *Client) ListApplications(ctx context.Context) ([]api.Application, error) {
	return get[[]api.Application](ctx, c, path("applications"))
}

// AddApplication records an application, as the bank's portal will have it.
func (c *Client) AddApplication(ctx context.Context, in api.NewApplication) (api.Application, error) {
	return send[api.Application](ctx, c, http.MethodPost, path("applications"), in)
}

// UpdateApplication changes an application. Steps by which a bank was told what is now different are reopened.
func (c *Client) UpdateApplication(ctx context.Context, id string, in api.ApplicationChange) (api.Consequences, error) {
	return send[api.Consequences](ctx, c, http.MethodPut, path("applications", id), in)
}

// ListEnrolments returns our organizations at the banks, each once for all its registrations there.
func (c *Client) ListEnrolments(ctx context.Context) ([]api.Enrolment, error) {
	return get[[]api.Enrolment](ctx, c, path("enrolments"))
}

// GetEnrolment returns one enrolment.
func (c *Client) GetEnrolment(ctx context.Context, id string) (api.Enrolment, error) {
	return get[api.Enrolment](ctx, c, path("enrolments", id))
}

// UpdateEnrolment notes the account and the customer organization on the bank's portal.
func (c *Client) UpdateEnrolment(ctx context.Context, id string, in api.EnrolmentChange) (api.Consequences, error) {
	return send[api.Consequences](ctx, c, http.MethodPut, path("enrolments", id), in)
}
