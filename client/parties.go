package client

import (
	"context"
	"net/http"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// OrganizationFilter selects organizations.
type OrganizationFilter struct {
	Listing
	Archived bool // those that are archived; else, those that are not
}

// ListOrganizations returns a page of our legal entities, by name unless sorted otherwise.
func (c *Client) ListOrganizations(ctx context.Context, f OrganizationFilter) (api.Page[api.Organization], error) {
	return get[api.Page[api.Organization]](ctx, c, f.on(path("organizations"), "archived", given(f.Archived)))
}

// AddOrganization records a legal entity.
func (c *Client) AddOrganization(ctx context.Context, in api.NewOrganization) (api.Organization, error) {
	return send[api.Organization](ctx, c, http.MethodPost, path("organizations"), in)
}

// UpdateOrganization changes an organization. Steps that told a bank what has now changed are reopened.
func (c *Client) UpdateOrganization(ctx context.Context, id string, in api.NewOrganization) (api.Consequences, error) {
	return send[api.Consequences](ctx, c, http.MethodPut, path("organizations", id), in)
}

// ArchiveOrganization archives an organization, or takes it out of the archive.
func (c *Client) ArchiveOrganization(ctx context.Context, id string, in api.Archiving) (api.Organization, error) {
	return send[api.Organization](ctx, c, http.MethodPut, path("organizations", id, "archived"), in)
}

// ApplicationFilter selects applications.
type ApplicationFilter struct {
	Listing
	Organization string // id; "": of all
	Archived     bool   // those that are archived; else, those that are not
}

// ListApplications returns a page of our applications, by name unless sorted otherwise.
func (c *Client) ListApplications(ctx context.Context, f ApplicationFilter) (api.Page[api.Application], error) {
	return get[api.Page[api.Application]](ctx, c, f.on(path("applications"), "organization", f.Organization,
		"archived", given(f.Archived)))
}

// AddApplication records an application, as the bank's portal will have it.
func (c *Client) AddApplication(ctx context.Context, in api.NewApplication) (api.Application, error) {
	return send[api.Application](ctx, c, http.MethodPost, path("applications"), in)
}

// UpdateApplication changes an application. Steps that told a bank what has now changed are reopened.
func (c *Client) UpdateApplication(ctx context.Context, id string, in api.ApplicationChange) (api.Consequences, error) {
	return send[api.Consequences](ctx, c, http.MethodPut, path("applications", id), in)
}

// ArchiveApplication archives an application, or takes it out of the archive.
func (c *Client) ArchiveApplication(ctx context.Context, id string, in api.Archiving) (api.Application, error) {
	return send[api.Application](ctx, c, http.MethodPut, path("applications", id, "archived"), in)
}

// ListEnrolments returns a page of the enrolments: each organization once per environment of a bank. They are neither
// searched nor sorted.
func (c *Client) ListEnrolments(ctx context.Context, l Listing) (api.Page[api.Enrolment], error) {
	return get[api.Page[api.Enrolment]](ctx, c, l.on(path("enrolments")))
}

// GetEnrolment returns one enrolment.
func (c *Client) GetEnrolment(ctx context.Context, id string) (api.Enrolment, error) {
	return get[api.Enrolment](ctx, c, path("enrolments", id))
}

// UpdateEnrolment records the account and the customer organization on the bank's portal.
func (c *Client) UpdateEnrolment(ctx context.Context, id string, in api.EnrolmentChange) (api.Consequences, error) {
	return send[api.Consequences](ctx, c, http.MethodPut, path("enrolments", id), in)
}
