package remote

import (
	"context"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Checklist is the commands about what is to be done at a bank.
type Checklist struct {
	Show   checklistShowCmd   `cmd:"" help:"Show the checklist of a registration or an enrolment."`
	Set    checklistSetCmd    `cmd:"" help:"Note how far a step is, who takes care of it and until when."`
	Sent   checklistSentCmd   `cmd:"" help:"Record that the e-mail to the bank was sent."`
	Answer checklistAnswerCmd `cmd:"" help:"Record what the bank answered."`
}

// checklist makes a call that answers with a checklist, and shows it.
func checklist(
	env *cli.Environment, r cli.Remote, ask func(context.Context, *client.Client) (api.Checklist, error),
) error {
	list, err := cli.Ask(env, r, ask)
	if err != nil || r.JSON {
		return err
	}
	var rows [][]string
	for _, s := range list.Steps {
		rows = append(rows, []string{s.ID, string(s.State), remarks(s), s.Title.EN})
	}
	if err := env.Table(rows); err != nil {
		return err
	}
	for _, s := range list.Steps {
		for _, g := range s.Gates {
			if g.Level == api.GateWarning || g.Level == api.GateError {
				env.Printf("%s: %s: %s\n", g.Level, s.ID, g.Message)
			}
		}
	}
	return nil
}

func remarks(s api.Step) string {
	var words []string
	for _, remark := range []struct {
		so   bool
		text string
	}{
		{s.Checked, "checked"},
		{s.Optional, "optional"},
		{s.Locked, "after " + strings.Join(s.LockedBy, ", ")},
		{s.Overdue, "OVERDUE"},
		{s.Owner != "", s.Owner},
	} {
		if remark.so {
			words = append(words, remark.text)
		}
	}
	return strings.Join(words, "; ")
}

type checklistShowCmd struct {
	cli.Remote
	ID string `arg:"" help:"Id of the registration or enrolment."`
}

// Run shows.
func (c checklistShowCmd) Run(env *cli.Environment) error {
	return checklist(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Checklist, error) {
		return s.GetChecklist(ctx, c.ID)
	})
}

type checklistSetCmd struct {
	cli.Remote
	ID    string         `arg:"" help:"Id of the registration or enrolment."`
	Step  string         `arg:"" help:"Id of the step."`
	State *api.StepState `arg:"" optional:"" help:"todo, in_progress, waiting, done or not_needed."`
	Note  *string        `help:"Note; the reason, for not_needed."`
	Owner *string        `help:"Who takes care of it."`
	Due   *string        `help:"Until which day." placeholder:"2006-01-02"`
}

// Help is printed below the first line of help.
func (checklistSetCmd) Help() string { return "What is left out stays as it is." }

// Run sets.
func (c checklistSetCmd) Run(env *cli.Environment) error {
	in := api.StepEdit{State: c.State, Note: c.Note, Owner: c.Owner}
	if c.Due != nil {
		due, err := time.Parse(time.DateOnly, *c.Due)
		if err != nil {
			return cli.Invalid("day_invalid", "Write the day as in 2006-01-02.")
		}
		in.DueAt = &due
	}
	return checklist(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Checklist, error) {
		return s.EditStep(ctx, c.ID, c.Step, in)
	})
}

type checklistSentCmd struct {
	cli.Remote
	ID   string `arg:"" help:"Id of the registration or enrolment."`
	Step string `default:"customer_organization" help:"Step the e-mail was for."`
	Note string `help:"Anything to remember."`
}

// Run records.
func (c checklistSentCmd) Run(env *cli.Environment) error {
	return checklist(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Checklist, error) {
		return s.RecordSent(ctx, c.ID, c.Step, api.EmailSent{Note: c.Note})
	})
}

type checklistAnswerCmd struct {
	cli.Remote
	ID      string `arg:"" help:"Id of the registration or enrolment."`
	Step    string `default:"customer_organization" help:"Step the e-mail was for."`
	From    string `required:"" help:"Who at the bank answered."`
	Refused bool   `help:"The bank refused; without it, it confirmed."`
	Note    string `help:"What it wrote; needed for a refusal."`
}

// Run records.
func (c checklistAnswerCmd) Run(env *cli.Environment) error {
	return checklist(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Checklist, error) {
		return s.RecordAnswer(ctx, c.ID, c.Step, api.EmailAnswer{
			From:      c.From,
			Confirmed: !c.Refused,
			Note:      c.Note,
		})
	})
}
