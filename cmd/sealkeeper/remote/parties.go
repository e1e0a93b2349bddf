package remote

import (
	"context"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Organizations is the commands about our legal entities.
type Organizations struct {
	List    organizationsListCmd    `cmd:"" help:"List our legal entities, by name."`
	Archive organizationsArchiveCmd `cmd:"" help:"Archive one: lists leave it out, and it cannot be changed."`
}

type organizationsListCmd struct {
	cli.Remote
	cli.Searching
	archivedOnes
}

// archivedOnes asks a list for what is archived.
type archivedOnes struct {
	Archived bool `help:"Instead those that are archived."`
}

// archiving is what is archived, or taken out again.
type archiving struct {
	cli.Remote
	ID   string `arg:"" help:"Its id."`
	Undo bool   `help:"Take it out of the archive again."`
}

func (c archiving) run(env *cli.Environment, act func(context.Context, *client.Client, api.Archiving) error) error {
	_, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Archiving, error) {
		in := api.Archiving{Archived: !c.Undo}
		return in, act(ctx, s, in)
	})
	if err != nil || c.JSON {
		return err
	}
	if c.Undo {
		env.Printf("%s is not archived any more\n", c.ID)
	} else {
		env.Printf("%s is archived\n", c.ID)
	}
	return nil
}

type organizationsArchiveCmd struct{ archiving }

// Run archives.
func (c organizationsArchiveCmd) Run(env *cli.Environment) error {
	return c.run(env, func(ctx context.Context, s *client.Client, in api.Archiving) error {
		_, err := s.ArchiveOrganization(ctx, c.ID, in)
		return err
	})
}

// Run lists.
func (c organizationsListCmd) Run(env *cli.Environment) error {
	return cli.List(env, c.Remote, c.Searching,
		func(ctx context.Context, s *client.Client, from client.Listing) (api.Page[api.Organization], error) {
			return s.ListOrganizations(ctx, client.OrganizationFilter{Listing: from, Archived: c.Archived})
		}, func(o api.Organization) []string {
			return []string{o.ID, o.OrganizationIdentifier, o.Country, o.LegalName}
		})
}

// Applications is the commands about our applications.
type Applications struct {
	List    applicationsListCmd    `cmd:"" help:"List our applications, by name."`
	Archive applicationsArchiveCmd `cmd:"" help:"Archive one: lists leave it out, and it cannot be changed."`
}

type applicationsListCmd struct {
	cli.Remote
	cli.Searching
	archivedOnes
	Organization string `help:"Only of this one of our legal entities." placeholder:"ID"`
}

type applicationsArchiveCmd struct{ archiving }

// Run archives.
func (c applicationsArchiveCmd) Run(env *cli.Environment) error {
	return c.run(env, func(ctx context.Context, s *client.Client, in api.Archiving) error {
		_, err := s.ArchiveApplication(ctx, c.ID, in)
		return err
	})
}

// Run lists.
func (c applicationsListCmd) Run(env *cli.Environment) error {
	return cli.List(env, c.Remote, c.Searching,
		func(ctx context.Context, s *client.Client, from client.Listing) (api.Page[api.Application], error) {
			return s.ListApplications(ctx, client.ApplicationFilter{
				Listing:      from,
				Organization: c.Organization,
				Archived:     c.Archived,
			})
		}, func(a api.Application) []string {
			return []string{a.ID, a.OrganizationID, a.Name}
		})
}
