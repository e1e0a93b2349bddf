package remote

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Institutions is the commands about the catalogue of banks.
type Institutions struct {
	List institutionsListCmd `cmd:"" help:"List the institutions of the catalogue."`
	Show institutionsShowCmd `cmd:"" help:"Show what is known of one institution."`
}

type institutionsListCmd struct{ cli.Remote }

// Run lists.
func (c institutionsListCmd) Run(env *cli.Environment) error {
	all, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) ([]api.Institution, error) {
		return s.ListInstitutions(ctx)
	})
	if err != nil || c.JSON {
		return err
	}
	table := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', 0)
	for _, in := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", cli.Plain(in.ID), cli.Plain(in.Environment), cli.Plain(in.Segment),
			cli.Plain(in.Name))
	}
	return table.Flush()
}

type institutionsShowCmd struct {
	cli.Remote
	ID string `arg:"" help:"Id of the institution."`
}

// Run shows.
func (c institutionsShowCmd) Run(env *cli.Environment) error {
	in, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Institution, error) {
		return s.GetInstitution(ctx, c.ID)
	})
	if err != nil || c.JSON {
		return err
	}
	table := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', 0)
	for _, row := range rowsOf(in) {
		fmt.Fprintf(table, "%s\t%s\n", row[0], cli.Plain(row[1]))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for i, p := range in.KeyPoints {
		env.Printf("%d. %s\n", i+1, cli.Plain(p.EN))
	}
	return nil
}

// rowsOf are names and values of what is known of an institution.
func rowsOf(in api.Institution) [][2]string {
	rows := [][2]string{
		{"name", in.Name},
		{"environment", in.Environment},
		{"segment", in.Segment},
		{"portal", in.Portal},
		{"support", in.SupportEmail},
		{"access token", fmt.Sprintf("%d minutes", in.Tokens.AccessMinutes)},
		{"refresh token", in.Tokens.Refresh},
	}
	for _, a := range in.APIs {
		rows = append(rows, [2]string{"api", a.Name + " " + a.Version + "  " + a.Link})
	}
	return append(rows, [][2]string{
		{"recognises_by", in.Acceptance.RecognisesBy.Value},
		{"overlap", in.Acceptance.Overlap.Value},
		{"channel", in.Acceptance.Channel.Value},
		{"lead_time", in.Acceptance.LeadTime.Value},
		{"consent_impact", in.Acceptance.ConsentImpact.Value},
		{"read at", in.Source + ", " + in.Verified},
	}...)
}
