package remote

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Cases is the commands about what ends or has broken.
type Cases struct {
	List        casesListCmd        `cmd:"" help:"List open cases, what ends first first."`
	Show        casesShowCmd        `cmd:"" help:"Show one case, with what happened to it."`
	Acknowledge casesAcknowledgeCmd `cmd:"" help:"Say that you see to a case: its messages are quiet until then."`
	Assign      casesAssignCmd      `cmd:"" help:"Say whose a case is, and who stands in."`
	Ahead       casesAheadCmd       `cmd:"" help:"List what will be told if nothing happens."`
}

type casesListCmd struct {
	cli.Remote
	cli.Listing
	Closed      bool   `help:"Instead those that are closed, the newest first."`
	Kind        string `help:"Only of this kind, such as certificate." placeholder:"KIND"`
	Environment string `help:"Only sandbox or live." placeholder:"NAME"`
}

// Run lists.
func (c casesListCmd) Run(env *cli.Environment) error {
	state := ""
	if c.Closed {
		state = "closed"
	}
	return cli.List(env, c.Remote, cli.Searching{Listing: c.Listing},
		func(ctx context.Context, s *client.Client, from client.Listing) (api.Page[api.Case], error) {
			return s.ListCases(ctx, client.CaseFilter{
				Listing:     from,
				State:       state,
				Kind:        c.Kind,
				Environment: c.Environment,
			})
		}, func(one api.Case) []string {
			urgent := ""
			if one.Urgent {
				urgent = "urgent"
			}
			return []string{one.ID, urgent, one.Says, one.Owner}
		})
}

type caseArg struct {
	cli.Remote
	ID string `arg:"" help:"Id of the case."`
}

type casesShowCmd struct{ caseArg }

// Run shows.
func (c casesShowCmd) Run(env *cli.Environment) error {
	d, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.CaseDetail, error) {
		return s.GetCase(ctx, c.ID)
	})
	if err != nil || c.JSON {
		return err
	}
	printCase(env, d.Case)
	for _, e := range d.Events {
		env.Printf("%s  %s\n", e.At.Format(time.RFC3339), e.What)
	}
	return nil
}

func printCase(env *cli.Environment, c api.Case) {
	env.Printf("%s\n%s\n", c.Says, c.ToDo)
	if c.LastSafeAt != nil {
		env.Printf("last safe day %s\n", c.LastSafeAt.Format(time.DateOnly))
	}
	if c.Owner != "" {
		env.Printf("owner %s\n", c.Owner)
	}
	if a := c.Acknowledgement; a != nil {
		env.Printf("%s sees to it until %s: %s\n", a.By, a.Until.Format(time.DateOnly), a.Reason)
	}
	if c.ClosedAt != nil {
		env.Printf("closed %s: %s\n", c.ClosedAt.Format(time.RFC3339), c.Fact)
	}
}

type casesAcknowledgeCmd struct {
	caseArg
	Days   int    `default:"7" help:"For how many days, 60 at most."`
	Reason string `required:"" help:"What is being done."`
}

// Run acknowledges.
func (c casesAcknowledgeCmd) Run(env *cli.Environment) error {
	in := api.AcknowledgeCase{
		Until:  time.Now().UTC().Add(time.Duration(c.Days) * 24 * time.Hour).Truncate(time.Second),
		Reason: c.Reason,
	}
	return c.changed(env, func(ctx context.Context, s *client.Client) (api.Case, error) {
		return s.AcknowledgeCase(ctx, c.ID, in)
	})
}

func (c caseArg) changed(
	env *cli.Environment, change func(ctx context.Context, s *client.Client) (api.Case, error),
) error {
	one, err := cli.Ask(env, c.Remote, change)
	if err == nil && !c.JSON {
		printCase(env, one)
	}
	return err
}

type casesAssignCmd struct {
	caseArg
	Owner  string   `arg:"" help:"Whose it is."`
	Deputy []string `help:"Who stands in; repeat it."`
}

// Run assigns.
func (c casesAssignCmd) Run(env *cli.Environment) error {
	in := api.AssignCase{Owner: c.Owner, Deputies: append([]string{}, c.Deputy...)}
	return c.changed(env, func(ctx context.Context, s *client.Client) (api.Case, error) {
		return s.AssignCase(ctx, c.ID, in)
	})
}

type casesAheadCmd struct {
	cli.Remote
	Days int `default:"90" help:"How many days ahead, 400 at most."`
}

// Run lists what is coming.
func (c casesAheadCmd) Run(env *cli.Environment) error {
	ahead, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.ComingAlerts, error) {
		return s.ListComingAlerts(ctx, c.Days)
	})
	if err != nil || c.JSON {
		return err
	}
	rows := make([][]string, len(ahead.Items))
	for i, one := range ahead.Items {
		rows[i] = []string{
			one.At.Format(time.DateOnly), one.Kind, one.Name, one.What, "ends " + one.EndsAt.Format(time.DateOnly),
		}
	}
	return env.Table(rows)
}

// Alerts is the commands about who is told.
type Alerts struct {
	Channels alertsChannelsCmd `cmd:"" help:"List the channels, and whether messages arrive."`
	Messages alertsMessagesCmd `cmd:"" help:"List the newest messages."`
	Test     alertsTestCmd     `cmd:"" help:"Send a test message to a channel."`
	Events   alertsEventsCmd   `cmd:"" help:"Print events behind a number as JSON, as webhooks are sent them."`
}

type alertsChannelsCmd struct{ cli.Remote }

// Run lists.
func (c alertsChannelsCmd) Run(env *cli.Environment) error {
	all, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) ([]api.AlertChannel, error) {
		return s.ListAlertChannels(ctx)
	})
	if err != nil || c.JSON {
		return err
	}
	rows := make([][]string, len(all))
	for i, one := range all {
		last, failing := "nothing delivered yet", ""
		if one.LastDeliveryAt != nil {
			last = "delivered " + one.LastDeliveryAt.Format(time.RFC3339)
		}
		if one.FailingSince != nil {
			failing = "failing since " + one.FailingSince.Format(time.RFC3339) + ": " + one.Failure
		}
		rows[i] = []string{one.Name, one.Kind, last, failing}
	}
	return env.Table(rows)
}

type alertsMessagesCmd struct{ cli.Remote }

// Run lists.
func (c alertsMessagesCmd) Run(env *cli.Environment) error {
	all, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) ([]api.AlertMessage, error) {
		return s.ListAlertMessages(ctx)
	})
	if err != nil || c.JSON {
		return err
	}
	rows := make([][]string, len(all))
	for i, m := range all {
		rows[i] = []string{
			m.CreatedAt.Format(time.RFC3339), m.Channel, m.State, cli.Counted(m.Attempts, "attempt",
				"attempts"), m.Failure,
		}
	}
	return env.Table(rows)
}

type alertsTestCmd struct {
	cli.Remote
	Channel string `arg:"" help:"Name of the channel."`
}

// Run tests.
func (c alertsTestCmd) Run(env *cli.Environment) error {
	_, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.AlertMessage, error) {
		return s.TestAlertChannel(ctx, c.Channel)
	})
	if err == nil && !c.JSON {
		env.Printf("delivered\n")
	}
	return err
}

type alertsEventsCmd struct {
	cli.Remote
	After int64 `help:"Number of the last event that is known."`
}

// Run prints.
func (c alertsEventsCmd) Run(env *cli.Environment) error {
	c.JSON = true
	_, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.CaseEvents, error) {
		return s.ListCaseEvents(ctx, c.After, 0)
	})
	return err
}
