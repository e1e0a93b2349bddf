// Package remote has the commands that ask a running service, as any program would.
package remote

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"text/tabwriter"

	"github.com/sealkeeper/sealkeeper/internal/cli"
)

// Institutions is the commands about the catalogue of banks.
type Institutions struct {
	List institutionsListCmd `cmd:"" help:"List the institutions of the catalogue."`
	Show institutionsShowCmd `cmd:"" help:"Show what is known of one institution."`
}

// object is the body of a request.
type object map[string]any

type institutionsListCmd struct{ cli.Remote }

type cliInstitution struct {
	ID, Name, Environment, Segment, Portal, Source, Verified string
	SupportEmail                                             string `json:"support_email"`
	Scopes                                                   []string
	APIs                                                     []struct{ Name, Version, Link string }
	Tokens                                                   struct {
		AccessMinutes int `json:"access_minutes"`
		Refresh       string
		RefreshDays   int `json:"refresh_days"`
	}
	Acceptance map[string]struct{ Value, Note string }
	KeyPoints  []cliText `json:"key_points"`
}

type cliText struct{ EN, FR string }

// Run lists.
func (c institutionsListCmd) Run(env *cli.Environment) error {
	var all []cliInstitution
	if printed, err := c.Call(env, http.MethodGet, "/v1/institutions", nil, &all); printed || err != nil {
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
	var in cliInstitution
	if printed, err := c.Call(env, http.MethodGet, "/v1/institutions/"+url.PathEscape(c.ID), nil,
		&in); printed || err != nil {
		return err
	}
	table := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', 0)
	for _, row := range [][2]string{
		{"name", in.Name},
		{"environment", in.Environment},
		{"segment", in.Segment},
		{"portal", in.Portal},
		{"support", in.SupportEmail},
		{"access token", fmt.Sprintf("%d minutes", in.Tokens.AccessMinutes)},
		{"refresh token", in.Tokens.Refresh},
	} {
		fmt.Fprintf(table, "%s\t%s\n", row[0], cli.Plain(row[1]))
	}
	for _, api := range in.APIs {
		fmt.Fprintf(table, "api\t%s %s  %s\n", cli.Plain(api.Name), cli.Plain(api.Version), cli.Plain(api.Link))
	}
	for _, name := range []string{"recognises_by", "overlap", "channel", "lead_time", "consent_impact"} {
		fmt.Fprintf(table, "%s\t%s\n", name, cli.Plain(in.Acceptance[name].Value))
	}
	fmt.Fprintf(table, "read at\t%s, %s\n", cli.Plain(in.Source), cli.Plain(in.Verified))
	if err := table.Flush(); err != nil {
		return err
	}
	for i, p := range in.KeyPoints {
		env.Printf("%d. %s\n", i+1, cli.Plain(p.EN))
	}
	return nil
}

// Registrations is the commands about our registrations at banks.
type Registrations struct {
	List registrationsListCmd `cmd:"" help:"List our registrations, with what is next."`
	Show registrationsShowCmd `cmd:"" help:"Show one registration: what blocks it, and its versions."`
}

type cliRegistration struct {
	ID          string
	EnrolmentID string `json:"enrolment_id"`
	Institution cliInstitution
	Ready       bool
	Blockers    []struct{ Code, Message string }
	Warnings    []struct{ Message string }
	Bundles     []struct {
		Version int
		State   string
	}
}

type registrationsListCmd struct{ cli.Remote }

// Run lists.
func (c registrationsListCmd) Run(env *cli.Environment) error {
	var all []struct {
		ID            string
		InstitutionID string `json:"institution_id"`
		Ready         bool
		Blockers      []string
		NextStep      string `json:"next_step"`
	}
	if printed, err := c.Call(env, http.MethodGet, "/v1/registrations", nil, &all); printed || err != nil {
		return err
	}
	table := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', 0)
	for _, r := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", r.ID, cli.Plain(r.InstitutionID), standing(r.Ready, len(r.Blockers)),
			cli.Plain(r.NextStep))
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
	var r cliRegistration
	if printed, err := c.Call(env, http.MethodGet, "/v1/registrations/"+url.PathEscape(c.ID), nil,
		&r); printed || err != nil {
		return err
	}
	env.Printf("%s (%s)\n%s\nenrolment %s\n", cli.Plain(r.Institution.Name), cli.Plain(r.Institution.Environment),
		standing(r.Ready, len(r.Blockers)), cli.Plain(r.EnrolmentID))
	for _, b := range r.Bundles {
		env.Printf("version %d: %s\n", b.Version, cli.Plain(b.State))
	}
	for _, b := range r.Blockers {
		env.Printf("blocker: %s [%s]\n", cli.Plain(b.Message), cli.Plain(b.Code))
	}
	for _, w := range r.Warnings {
		env.Printf("warning: %s\n", cli.Plain(w.Message))
	}
	return nil
}

// Email writes the e-mail to a bank as a file.
type Email struct {
	cli.Remote
	ID          string `arg:"" help:"Id of the registration or enrolment."`
	Step        string `default:"customer_organization" help:"Step of the checklist it is for."`
	Language    string `default:"en" enum:"en,fr" help:"${enum}."`
	Certificate string `help:"Id of the QWAC it is about; left out, the one in the bundle or the newest." placeholder:"ID"`
	Out         string `required:"" type:"path" help:"File to write, to be opened and sent with a mail program." placeholder:"FILE.eml"`
}

// Run writes the e-mail.
func (c Email) Run(env *cli.Environment) error {
	var draft struct {
		To, Subject, Body string
		EML               []byte
	}
	path := "/v1/checklists/" + url.PathEscape(c.ID) + "/steps/" + url.PathEscape(c.Step) + "/email"
	if printed, err := c.Call(env, http.MethodPost, path, object{
		"language":       c.Language,
		"certificate_id": c.Certificate,
	}, &draft); printed || err != nil {
		return err
	}
	file, err := os.OpenFile(c.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return cli.Invalid("out", "The file %s cannot be written, or is there already.", c.Out)
	}
	if _, err := file.Write(draft.EML); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	env.Printf("wrote %s\nto       %s\nsubject  %s\nsend it, then: sealkeeper checklist sent %s\n", c.Out,
		cli.Plain(draft.To), cli.Plain(draft.Subject), c.ID)
	return nil
}
