package remote

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Registrations is the commands about our registrations at banks.
type Registrations struct {
	List registrationsListCmd `cmd:"" help:"List our registrations, with what is next."`
	Show registrationsShowCmd `cmd:"" help:"Show one registration: what blocks it, and its versions."`
}

type registrationsListCmd struct{ cli.Remote }

// Run lists.
func (c registrationsListCmd) Run(env *cli.Environment) error {
	all, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) ([]api.RegistrationRow, error) {
		return s.ListRegistrations(ctx)
	})
	if err != nil || c.JSON {
		return err
	}
	table := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', 0)
	for _, r := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", cli.Plain(r.ID), cli.Plain(r.InstitutionID),
			standing(r.Ready, len(r.Blockers)), cli.Plain(r.NextStep))
	}
	return table.Flush()
}

func standing(ready bool, blockers int) string {
	if ready {
		return "ready"
	}
	return cli.Counted(blockers, "blocker", "blockers")
}

type registrationsShowCmd struct {
	cli.Remote
	ID string `arg:"" help:"Id of the registration."`
}

// Run shows.
func (c registrationsShowCmd) Run(env *cli.Environment) error {
	r, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Registration, error) {
		return s.GetRegistration(ctx, c.ID)
	})
	if err != nil || c.JSON {
		return err
	}
	env.Printf("%s (%s)\n%s\nenrolment %s\n", cli.Plain(r.Institution.Name), cli.Plain(r.Institution.Environment),
		standing(r.Ready, len(r.Blockers)), cli.Plain(r.EnrolmentID))
	for _, b := range r.Bundles {
		env.Printf("version %d: %s\n", b.Version, cli.Plain(string(b.State)))
	}
	for _, b := range r.Blockers {
		env.Printf("blocker: %s [%s]\n", cli.Plain(b.Message), cli.Plain(b.Code))
	}
	for _, w := range r.Warnings {
		env.Printf("warning: %s\n", cli.Plain(w.Message))
	}
	return nil
}
