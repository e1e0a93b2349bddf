package remote

import (
	"context"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// CatalogueFiles is the commands about the files of a service's folder.
type CatalogueFiles struct {
	Files   catalogueFilesCmd   `cmd:"" help:"Show what the folder of a running service has, and what is in force."`
	Read    catalogueReadCmd    `cmd:"" help:"Have a running service read its folder now."`
	Take    catalogueTakeCmd    `cmd:"" help:"Take a file that is proposed; on live, a second person decides."`
	Decline catalogueDeclineCmd `cmd:"" help:"Decline a file that is proposed."`

	Reconsider catalogueReconsiderCmd `cmd:"" help:"Have a file that was declined be proposed again."`
}

type catalogueFilesCmd struct{ cli.Remote }

// Run shows.
func (c catalogueFilesCmd) Run(env *cli.Environment) error {
	return showCatalogueFiles(env, c.Remote, func(ctx context.Context, s *client.Client) (api.CatalogueFiles, error) {
		return s.GetCatalogueFiles(ctx)
	})
}

type catalogueReadCmd struct{ cli.Remote }

// Run reads.
func (c catalogueReadCmd) Run(env *cli.Environment) error {
	return showCatalogueFiles(env, c.Remote, func(ctx context.Context, s *client.Client) (api.CatalogueFiles, error) {
		return s.ReadCatalogueFiles(ctx)
	})
}

func showCatalogueFiles(
	env *cli.Environment, r cli.Remote, ask func(context.Context, *client.Client) (api.CatalogueFiles, error),
) error {
	found, err := cli.Ask(env, r, ask)
	if err != nil || r.JSON {
		return err
	}
	var rows [][]string
	for _, p := range found.Proposals {
		people := "one person takes it"
		if p.TwoPeople {
			people = "TWO PEOPLE take it"
		}
		if p.ApprovalID != "" {
			people += ", requested as " + p.ApprovalID
		}
		rows = append(rows, []string{"proposed", p.Bank, p.SHA256, p.Name, people})
		for _, d := range p.Differences {
			rows = append(rows, []string{"", "", d.Path, d.Before, d.After})
		}
	}
	for _, f := range found.InForce {
		rows = append(rows, []string{"in force", f.Bank, f.SHA256, f.Name, "taken by " + f.DecidedByName})
	}
	for _, f := range found.Refusals {
		rows = append(rows, []string{"REFUSED", f.Name, f.Why})
	}
	for _, f := range found.Declined {
		rows = append(rows, []string{"declined", f.Bank, f.SHA256, f.Name, "by " + f.DecidedByName})
	}
	if len(rows) == 0 {
		env.Printf("the folder has brought nothing: no file is proposed, refused or in force\n")
		return nil
	}
	return env.Table(rows)
}

// catalogueFile names a file.
type catalogueFile struct {
	cli.Remote
	Bank   string `arg:"" help:"Id of the bank group."`
	SHA256 string `arg:"" name:"sha256" help:"SHA-256 of the file, as in catalogue files."`
}

type catalogueTakeCmd struct {
	catalogueFile
	Reason string `help:"Why; a second person reads it."`
}

// Run takes.
func (c catalogueTakeCmd) Run(env *cli.Environment) error {
	asked, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.CatalogueTaken, error) {
		return s.TakeCatalogueFile(ctx, c.Bank, c.SHA256, api.TakeCatalogueFile{Reason: c.Reason})
	})
	switch {
	case err != nil || c.JSON:
		return err
	case asked.Taken:
		env.Printf("taken; services follow within a second\n")
	default:
		env.Printf("requested, as %s; a second person has to approve it\n", asked.ApprovalID)
	}
	return nil
}

type catalogueDeclineCmd struct{ catalogueFile }

// Run declines.
func (c catalogueDeclineCmd) Run(env *cli.Environment) error {
	return showCatalogueFiles(env, c.Remote, func(ctx context.Context, s *client.Client) (api.CatalogueFiles, error) {
		return s.DeclineCatalogueFile(ctx, c.Bank, c.SHA256)
	})
}

type catalogueReconsiderCmd struct{ catalogueFile }

// Run reconsiders.
func (c catalogueReconsiderCmd) Run(env *cli.Environment) error {
	return showCatalogueFiles(env, c.Remote, func(ctx context.Context, s *client.Client) (api.CatalogueFiles, error) {
		return s.ReconsiderCatalogueFile(ctx, c.Bank, c.SHA256)
	})
}
