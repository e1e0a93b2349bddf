package remote

import (
	"context"
	"fmt"
	"strings"
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
	Hosts   institutionsHostsCmd   `cmd:"" help:"Show what has happened at its hosts, and why connections fail."`
	Confirm institutionsConfirmCmd `cmd:"" help:"Record that a host's new issuer is right, as the bank has said."`
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
			trusted = "NOT TRUSTED: " + p.Reason
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

type institutionsHostsCmd struct {
	cli.Remote
	ID string `arg:"" help:"Id of the institution."`
}

// Run shows.
func (c institutionsHostsCmd) Run(env *cli.Environment) error {
	all, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) ([]api.BankHost, error) {
		return s.ListBankHosts(ctx, c.ID)
	})
	if err != nil || c.JSON {
		return err
	}
	return env.Table(hostRows(all))
}

type institutionsConfirmCmd struct {
	cli.Remote
	ID     string `arg:"" help:"Id of the institution."`
	Host   string `arg:"" help:"Name of the host."`
	Issuer string `arg:"" help:"The issuer, as the host's certificate has it."`
}

// Run confirms.
func (c institutionsConfirmCmd) Run(env *cli.Environment) error {
	all, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) ([]api.BankHost, error) {
		return s.ConfirmBankIssuer(ctx, c.ID, c.Host, api.BankIssuer{Authority: c.Issuer})
	})
	if err != nil || c.JSON {
		return err
	}
	return env.Table(hostRows(all))
}

// hostRows are hosts, each with what has happened there, the newest first.
func hostRows(all []api.BankHost) (rows [][]string) {
	for _, h := range all {
		state := "works"
		if h.FailingSince != nil {
			why := strings.TrimSpace(h.Reason + " " + h.Alert)
			state = "FAILS: " + why + ", since " + h.FailingSince.Format(time.RFC3339)
		}
		if h.Confirmable {
			state += "; NEW ISSUER, to be confirmed"
		}
		rows = append(rows, []string{h.Host, state, "issuer " + h.Authority})
		for _, e := range h.Events {
			rows = append(rows, []string{
				"  " + e.At.Format(time.RFC3339), e.What + " " + e.Detail, fmt.Sprintf("%d times", e.Times),
			})
		}
	}
	return rows
}

// givenBy are the ids of what the bank gives for an application.
func givenBy(in api.Institution) []string {
	ids := make([]string, len(in.Credentials))
	for i, c := range in.Credentials {
		ids[i] = c.ID
	}
	return ids
}

// rowsOf are names and values of what is known of an institution.
func rowsOf(in api.Institution) [][]string {
	rows := [][]string{
		{"name", in.Name},
		{"environment", in.Environment},
		{"segment", in.Segment},
		{"portal", in.Portal},
		{"support", in.SupportEmail},
		{"gives", strings.Join(givenBy(in), ", ")},
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
