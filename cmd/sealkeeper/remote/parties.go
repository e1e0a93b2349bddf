package remote

import (
	"context"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Organizations is the commands about our legal entities.
type Organizations struct {
	List organizationsListCmd `cmd:"" help:"List our legal entities, by name."`
}

type organizationsListCmd struct {
	cli.Remote
	cli.Searching
}

// Run lists.
func (c organizationsListCmd) Run(env *cli.Environment) error {
	return cli.List(env, c.Remote, c.Searching,
		func(ctx context.Context, s *client.Client, from client.Listing) (api.Page[api.Organization], error) {
			return s.ListOrganizations(ctx, from)
		}, func(o api.Organization) []string {
			return []string{o.ID, o.OrganizationIdentifier, o.Country, o.LegalName}
		})
}

// Applications is the commands about our applications.
type Applications struct {
	List applicationsListCmd `cmd:"" help:"List our applications, by name."`
}

type applicationsListCmd struct {
	cli.Remote
	cli.Searching
	Organization string `help:"Only of this one of our legal entities." placeholder:"ID"`
}

// Run lists.
func (c applicationsListCmd) Run(env *cli.Environment) error {
	return cli.List(env, c.Remote, c.Searching,
		func(ctx context.Context, s *client.Client, from client.Listing) (api.Page[api.Application], error) {
			return s.ListApplications(ctx, client.ApplicationFilter{Listing: from, Organization: c.Organization})
		}, func(a api.Application) []string {
			return []string{a.ID, a.OrganizationID, a.Name}
		})
}
