package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"text/tabwriter"
)

type institutionsCmd struct {
	List institutionsListCmd `cmd:"" help:"List the institutions of the catalogue."`
	Show institutionsShowCmd `cmd:"" help:"Show what is known of one institution."`
}

type institutionsListCmd struct{ remote }

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
func (c institutionsListCmd) Run(env *environment) error {
	var all []cliInstitution
	if printed, err := c.call(env, http.MethodGet, "/v1/institutions", nil, &all); printed || err != nil {
		return err
	}
	table := tabwriter.NewWriter(env.out, 0, 0, 2, ' ', 0)
	for _, in := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", plain(in.ID), plain(in.Environment), plain(in.Segment), plain(in.Name))
	}
	return table.Flush()
}

type institutionsShowCmd struct {
	remote
	ID string `arg:"" help:"Id of the institution."`
}

// Run shows.
func (c institutionsShowCmd) Run(env *environment) error {
	var in cliInstitution
	if printed, err := c.call(env, http.MethodGet, "/v1/institutions/"+url.PathEscape(c.ID), nil,
		&in); printed || err != nil {
		return err
	}
	table := tabwriter.NewWriter(env.out, 0, 0, 2, ' ', 0)
	for _, row := range [][2]string{
		{"name", in.Name},
		{"environment", in.Environment},
		{"segment", in.Segment},
		{"portal", in.Portal},
		{"support", in.SupportEmail},
		{"access token", fmt.Sprintf("%d minutes", in.Tokens.AccessMinutes)},
		{"refresh token", in.Tokens.Refresh},
	} {
		fmt.Fprintf(table, "%s\t%s\n", row[0], plain(row[1]))
	}
	for _, api := range in.APIs {
		fmt.Fprintf(table, "api\t%s %s  %s\n", plain(api.Name), plain(api.Version), plain(api.Link))
	}
	for _, name := range []string{"recognises_by", "overlap", "channel", "lead_time", "consent_impact"} {
		fmt.Fprintf(table, "%s\t%s\n", name, plain(in.Acceptance[name].Value))
	}
	fmt.Fprintf(table, "read at\t%s, %s\n", plain(in.Source), plain(in.Verified))
	if err := table.Flush(); err != nil {
		return err
	}
	for i, p := range in.KeyPoints {
		env.printf("%d. %s\n", i+1, plain(p.EN))
	}
	return nil
}

type registrationsCmd struct {
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

type registrationsListCmd struct{ remote }

// Run lists.
func (c registrationsListCmd) Run(env *environment) error {
	var all []struct {
		ID            string
		InstitutionID string `json:"institution_id"`
		Ready         bool
		Blockers      []string
		NextStep      string `json:"next_step"`
	}
	if printed, err := c.call(env, http.MethodGet, "/v1/registrations", nil, &all); printed || err != nil {
		return err
	}
	table := tabwriter.NewWriter(env.out, 0, 0, 2, ' ', 0)
	for _, r := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", r.ID, plain(r.InstitutionID), standing(r.Ready, len(r.Blockers)),
			plain(r.NextStep))
	}
	return table.Flush()
}

func standing(ready bool, blockers int) string {
	if ready {
		return "ready"
	}
	return counted(blockers, "blocker", "blockers")
}

type registrationsShowCmd struct {
	remote
	ID string `arg:"" help:"Id of the registration."`
}

// Run shows.
func (c registrationsShowCmd) Run(env *environment) error {
	var r cliRegistration
	if printed, err := c.call(env, http.MethodGet, "/v1/registrations/"+url.PathEscape(c.ID), nil,
		&r); printed || err != nil {
		return err
	}
	env.printf("%s (%s)\n%s\nenrolment %s\n", plain(r.Institution.Name), plain(r.Institution.Environment),
		standing(r.Ready, len(r.Blockers)), plain(r.EnrolmentID))
	for _, b := range r.Bundles {
		env.printf("version %d: %s\n", b.Version, plain(b.State))
	}
	for _, b := range r.Blockers {
		env.printf("blocker: %s [%s]\n", plain(b.Message), plain(b.Code))
	}
	for _, w := range r.Warnings {
		env.printf("warning: %s\n", plain(w.Message))
	}
	return nil
}

type emailCmd struct {
	remote
	ID          string `arg:"" help:"Id of the registration or enrolment."`
	Step        string `default:"customer_organization" help:"Step of the checklist it is for."`
	Language    string `default:"en" enum:"en,fr" help:"${enum}."`
	Certificate string `help:"Id of the QWAC it is about; left out, the one in the bundle or the newest." placeholder:"ID"`
	Out         string `required:"" type:"path" help:"File to write, to be opened and sent with a mail program." placeholder:"FILE.eml"`
}

// Run writes the e-mail.
func (c emailCmd) Run(env *environment) error {
	var letter struct {
		To, Subject, Body string
		EML               []byte
	}
	path := "/v1/checklists/" + url.PathEscape(c.ID) + "/steps/" + url.PathEscape(c.Step) + "/letter"
	if printed, err := c.call(env, http.MethodPost, path, object{
		"language":       c.Language,
		"certificate_id": c.Certificate,
	}, &letter); printed || err != nil {
		return err
	}
	file, err := os.OpenFile(c.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return invalid("out", "The file %s cannot be written, or is there already.", c.Out)
	}
	if _, err := file.Write(letter.EML); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	env.printf("wrote %s\nto       %s\nsubject  %s\nsend it, then: sealkeeper checklist sent %s\n", c.Out,
		plain(letter.To), plain(letter.Subject), c.ID)
	return nil
}
