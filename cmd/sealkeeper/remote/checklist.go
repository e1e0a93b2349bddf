package remote

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/cli"
)

// Checklist is the commands about what is to be done at a bank.
type Checklist struct {
	Show   checklistShowCmd   `cmd:"" help:"Show the checklist of a registration or an enrolment."`
	Set    checklistSetCmd    `cmd:"" help:"Note how far a step is, who takes care of it and until when."`
	Sent   checklistSentCmd   `cmd:"" help:"Record that the e-mail to the bank was sent."`
	Answer checklistAnswerCmd `cmd:"" help:"Record what the bank answered."`
}

type cliStep struct {
	ID, State, Owner, Who      string
	Title                      cliText
	Checked, Locked, Optional  bool
	Overdue                    bool
	LockedBy                   []string `json:"locked_by"`
	Gates                      []struct{ Level, Message string }
	DueAt, RemindAt, ChangedAt *time.Time
}

type cliChecklist struct{ Steps []cliStep }

func checklistPath(id, step, act string) string {
	path := "/v1/checklists/" + url.PathEscape(id)
	if step != "" {
		path += "/steps/" + url.PathEscape(step)
	}
	return path + act
}

// show makes a call and prints the checklist it answers with.
func show(env *cli.Environment, r cli.Remote, method, path string, in any) error {
	var list cliChecklist
	if printed, err := r.Call(env, method, path, in, &list); printed || err != nil {
		return err
	}
	table := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', 0)
	for _, s := range list.Steps {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", cli.Plain(s.ID), cli.Plain(s.State), s.remarks(), cli.Plain(s.Title.EN))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, s := range list.Steps {
		for _, g := range s.Gates {
			if g.Level == "warning" || g.Level == "error" {
				env.Printf("%s: %s: %s\n", cli.Plain(g.Level), cli.Plain(s.ID), cli.Plain(g.Message))
			}
		}
	}
	return nil
}

func (s cliStep) remarks() string {
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
			words = append(words, cli.Plain(remark.text))
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
	return show(env, c.Remote, http.MethodGet, checklistPath(c.ID, "", ""), nil)
}

type checklistSetCmd struct {
	cli.Remote
	ID    string  `arg:"" help:"Id of the registration or enrolment."`
	Step  string  `arg:"" help:"Id of the step."`
	State string  `arg:"" optional:"" help:"todo, in_progress, waiting, done or not_needed; left out, it stays as it is."`
	Note  *string `help:"Note; the reason, for not_needed."`
	Owner *string `help:"Who takes care of it."`
	Due   *string `help:"Until which day." placeholder:"2006-01-02"`
}

// Run sets.
func (c checklistSetCmd) Run(env *cli.Environment) error {
	in := object{}
	if c.State != "" {
		in["state"] = c.State
	}
	if c.Note != nil {
		in["note"] = *c.Note
	}
	if c.Owner != nil {
		in["owner"] = *c.Owner
	}
	if c.Due != nil {
		due, err := time.Parse(time.DateOnly, *c.Due)
		if err != nil {
			return cli.Invalid("day_invalid", "Write the day as in 2006-01-02.")
		}
		in["due_at"] = due
	}
	return show(env, c.Remote, http.MethodPut, checklistPath(c.ID, c.Step, ""), in)
}

type checklistSentCmd struct {
	cli.Remote
	ID   string `arg:"" help:"Id of the registration or enrolment."`
	Step string `default:"customer_organization" help:"Step the e-mail was for."`
	Note string `help:"Anything to remember."`
}

// Run records.
func (c checklistSentCmd) Run(env *cli.Environment) error {
	return show(env, c.Remote, http.MethodPost, checklistPath(c.ID, c.Step, "/sent"), object{"note": c.Note})
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
	return show(env, c.Remote, http.MethodPost, checklistPath(c.ID, c.Step, "/answer"), object{
		"from":      c.From,
		"confirmed": !c.Refused,
		"note":      c.Note,
	})
}
