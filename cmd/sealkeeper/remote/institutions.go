package remote

import (
	"context"
	"fmt"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Institutions is the commands about the catalogue of banks.
type Institutions struct {
	List    institutionsListCmd    `cmd:"" help:"List the institutions of the catalogue."`
	Show    institutionsShowCmd    `cmd:"" help:"Show what is known of one institution."`
	Servers institutionsServersCmd `cmd:"" help:"List the certificates that its hosts have presented."`
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
	var rows [][]string
	for _, in := range all {
		rows = append(rows, []string{in.ID, in.Environment, in.Segment, in.Name})
	}
	return env.Table(rows)
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
	if err := env.Table(rowsOf(in)); err != nil {
		return err
	}
	for i, p := range in.KeyPoints {
		env.Printf("%d. %s\n", i+1, p.EN)
	}
	return nil
}

type institutionsServersCmd struct {
	cli.Remote
	ID string `arg:"" help:"Id of the institution."`
}

// Run lists.
func (c institutionsServersCmd) Run(env *cli.Environment) error {
	all, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) ([]api.BankServer, error) {
		return s.ListBankServers(ctx, c.ID)
	})
	if err != nil || c.JSON {
		return err
	}
	var rows [][]string
	for _, p := range all {
		trusted := "trusted"
		if !p.Trusted {
			trusted = "NOT TRUSTED"
		}
		rows = append(rows, []string{
			p.Host,
			trusted,
			"until " + p.NotAfter.Format(time.DateOnly),
			"first seen " + p.FirstSeen.Format(time.DateOnly),
			"last seen " + p.LastSeen.Format(time.DateOnly),
			p.Issuer,
		})
	}
	return env.Table(rows)
}

// rowsOf are names and values of what is known of an institution.
func rowsOf(in api.Institution) [][]string {
	rows := [][]string{
		{"name", in.Name},
		{"environment", in.Environment},
		{"segment", in.Segment},
		{"portal", in.Portal},
		{"support", in.SupportEmail},
		{"access token", fmt.Sprintf("%d minutes", in.Tokens.AccessMinutes)},
		{"refresh token", in.Tokens.Refresh},
	}
	for _, a := range in.APIs {
		rows = append(rows, []string{"api", a.Name + " " + a.Version + "  " + a.Link})
	}
	return append(rows, [][]string{
		{"recognises_by", in.Acceptance.RecognisesBy.Value},
		{"overlap", in.Acceptance.Overlap.Value},
		{"channel", in.Acceptance.Channel.Value},
		{"lead_time", in.Acceptance.LeadTime.Value},
		{"consent_impact", in.Acceptance.ConsentImpact.Value},
		{"read at", in.Source + ", " + in.Verified},
	}...)
}
