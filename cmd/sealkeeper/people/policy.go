package people

import (
	"cmp"
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Policy is the commands about what two people decide once for every process.
type Policy struct {
	Show       policyShowCmd   `cmd:"" help:"Show what is in force, and where this configuration differs."`
	Change     policyChangeCmd `cmd:"" help:"Request another value of a setting, through a running service."`
	BreakGlass breakGlassCmd   `cmd:"" help:"Change a setting without a second person, on the server; for emergencies."`
}

type policyShowCmd struct{ cli.Configured }

// Run shows.
func (c policyShowCmd) Run(env *cli.Environment) error {
	cfg, err := c.Load(env)
	if err != nil {
		return err
	}
	stated, err := app.Stated(cfg)
	if err != nil {
		return err
	}
	db, err := store.OpenExisting(env.Context, cfg.Database.DSN)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	inForce := app.NewRecords(db, nil, stated).InForce
	settings, err := inForce.Settings(env.Context)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, s := range settings {
		rows = append(rows, []string{s.Name, cmp.Or(s.Value, "nothing"), decidedHow(s)})
	}
	if err := env.Table(rows); err != nil {
		return err
	}
	differences, err := inForce.Differences(env.Context)
	for _, d := range differences {
		env.Printf("DIFFERS: this configuration says %s of %s; nothing can be administered with it\n",
			cmp.Or(d.Stated, "nothing"), d.Name)
	}
	return err
}

func decidedHow(s policy.Setting) string {
	switch s.Way {
	case "":
		return "the default; nobody has decided it"
	case policy.BreakGlass:
		return "BROKEN GLASS by " + s.ChangedByName + " at " + s.ChangedAt.Format(time.RFC3339) + ": " + s.Reason
	}
	return string(s.Way) + " by " + s.ChangedByName + " at " + s.ChangedAt.Format(time.RFC3339)
}

type policyChangeCmd struct {
	cli.Remote
	Name   string `arg:"" help:"four_eyes.live, four_eyes.sandbox, four_eyes.expires_after or institutions.ID."`
	Value  string `arg:"" help:"true, false, a duration; or JSON of what is corrected, empty for nothing."`
	Reason string `required:"" help:"Why; the second person reads it."`
}

// Help is printed below the first line of help.
func (policyChangeCmd) Help() string { return "A second person approves it in the console or in /v1." }

// Run asks, as the person whose token it is.
func (c policyChangeCmd) Run(env *cli.Environment) error {
	asked, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.PolicyChange, error) {
		return s.ChangePolicy(ctx, c.Name, api.ChangePolicy{Value: c.Value, Reason: c.Reason})
	})
	switch {
	case err != nil || c.JSON:
		return err
	case asked.Changed:
		env.Printf("changed: nothing takes two people\n")
	default:
		env.Printf("requested, as %s; a second person has to approve it\n", asked.ApprovalID)
	}
	return nil
}

type breakGlassCmd struct {
	cli.Configured
	Name   string `arg:"" help:"four_eyes.live, four_eyes.sandbox, four_eyes.expires_after or institutions.ID."`
	Value  string `arg:"" help:"true, false, a duration; or JSON of what is corrected, empty for nothing."`
	Reason string `required:"" help:"Why it cannot wait for two people; an auditor reads it."`
}

// Help is printed below the first line of help.
func (breakGlassCmd) Help() string {
	return "For a firm that cannot bring two people together. Your name on this machine is in the audit log, and " +
		"console, log and readiness name the setting until it has been decided by approval again."
}

// Run breaks the glass.
func (c breakGlassCmd) Run(env *cli.Environment) error {
	return c.WithRecords(env, func(r app.Records, _ config.Config) error {
		policies, err := app.NewPolicy(env.Context, r, env.Logger)
		if err != nil {
			return err
		}
		if err := policies.BreakGlass(env.Context, cli.Operator(), c.Name, c.Value, c.Reason); err != nil {
			return err
		}
		env.Printf("%s was changed without a second person; services follow within a second\n", c.Name)
		return nil
	})
}
