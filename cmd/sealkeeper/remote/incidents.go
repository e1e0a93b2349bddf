package remote

import (
	"context"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Incidents is the commands about certificates that were declared compromised.
type Incidents struct {
	List     incidentsListCmd     `cmd:"" help:"List them, the newest first."`
	Show     incidentsShowCmd     `cmd:"" help:"Show one, and how far the way out is."`
	Uses     incidentsUsesCmd     `cmd:"" help:"List the registrations that used the certificate when it was declared."`
	Declare  incidentsDeclareCmd  `cmd:"" help:"Declare a certificate compromised, which freezes it."`
	Letter   incidentsLetterCmd   `cmd:"" help:"Print the letter to the QTSP, or to the bank of a registration."`
	Told     incidentsToldCmd     `cmd:"" help:"Note that a letter was sent."`
	Withdraw incidentsWithdrawCmd `cmd:"" help:"Request to withdraw one; a second person decides."`
}

type incidentsListCmd struct {
	cli.Remote
	cli.Listing
	Standing string `help:"true: those that stand; false: those declared by mistake." placeholder:"BOOL"`
}

// Run lists.
func (c incidentsListCmd) Run(env *cli.Environment) error {
	return cli.List(env, c.Remote, cli.Searching{Listing: c.Listing},
		func(ctx context.Context, s *client.Client, l client.Listing) (api.Page[api.IncidentRow], error) {
			return s.ListIncidents(ctx, client.IncidentFilter{Listing: l, Standing: c.Standing})
		},
		func(i api.IncidentRow) []string {
			standing := "frozen"
			if i.WithdrawnAt != nil {
				standing = "withdrawn"
			}
			return []string{
				i.ID,
				i.DeclaredAt.Format(time.RFC3339),
				standing,
				i.Reason,
				cli.Counted(i.InUse, "registration in use", "registrations in use"),
				i.CertificateName,
			}
		})
}

// incidentID names one.
type incidentID struct {
	cli.Remote
	ID string `arg:"" help:"Id of the incident."`
}

type incidentsShowCmd struct{ incidentID }

// Run shows.
func (c incidentsShowCmd) Run(env *cli.Environment) error {
	return showIncident(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Incident, error) {
		return s.GetIncident(ctx, c.ID)
	})
}

func replaced(i api.Incident) string {
	left := cli.Counted(i.InUse, "registration left", "registrations left")
	switch {
	case i.InUseElsewhere:
		return "OPEN, " + left + ", and others that you do not see"
	case i.InUse > 0:
		return "OPEN, " + left
	}
	return "done, " + left
}

func showIncident(
	env *cli.Environment, r cli.Remote, ask func(context.Context, *client.Client) (api.Incident, error),
) error {
	i, err := cli.Ask(env, r, ask)
	if err != nil || r.JSON {
		return err
	}
	done := map[bool]string{true: "done", false: "OPEN"}
	rows := [][]string{
		{"incident", i.ID},
		{"certificate", i.CertificateName + " (" + i.CertificateID + ")"},
		{"reason", i.Reason + ": " + i.What},
		{"declared", i.DeclaredAt.Format(time.RFC3339) + " by " + i.DeclaredBy},
		{"QTSP told", done[i.QTSPToldAt != nil]},
		{"banks told", done[i.Untold == 0] + ", " + cli.Counted(i.Untold, "registration left", "registrations left")},
		{
			"revoked",
			done[i.Revocation == "revoked"] + ", by our own check " + strings.ReplaceAll(i.Revocation, "_", " "),
		},
		{"replaced", replaced(i)},
		{"retired", done[i.CertificateState != "stored"] + ", " + i.CertificateState},
		{"copies of the key", cli.Counted(i.Key.Count, "holder", "holders")},
	}
	if i.WithdrawnAt != nil {
		rows = append(rows, []string{"withdrawn", i.WithdrawnAt.Format(time.RFC3339) + ": " + i.WithdrawnWhy})
	}
	if i.ApprovalID != "" {
		rows = append(rows, []string{"waiting", "a second person decides about its withdrawal: " + i.ApprovalID})
	}
	return env.Table(rows)
}

type incidentsUsesCmd struct {
	incidentID
	cli.Listing
}

// Run lists.
func (c incidentsUsesCmd) Run(env *cli.Environment) error {
	return cli.List(env, c.Remote, cli.Searching{Listing: c.Listing},
		func(ctx context.Context, s *client.Client, l client.Listing) (api.Page[api.IncidentUse], error) {
			return s.ListIncidentUses(ctx, c.ID, l)
		},
		func(u api.IncidentUse) []string {
			use, told := "replaced", "bank not told"
			if u.InUse {
				use = "IN USE"
			}
			if u.ToldAt != nil {
				told = "bank told " + u.ToldAt.Format(time.RFC3339)
			}
			return []string{u.RegistrationID, u.InstitutionID, use, told}
		})
}

type incidentsDeclareCmd struct {
	cli.Remote
	Certificate string    `arg:"" help:"Id of the certificate."`
	Reason      string    `required:"" help:"Reason of RFC 5280, 5.3.1; keyCompromise is about the key."`
	What        string    `required:"" help:"What has happened; it is recorded."`
	On          time.Time `required:"" format:"2006-01-02" help:"Day it was noticed." placeholder:"YYYY-MM-DD"`
}

// Run declares.
func (c incidentsDeclareCmd) Run(env *cli.Environment) error {
	return showIncident(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Incident, error) {
		return s.DeclareIncident(ctx, api.NewIncident{
			CertificateID: c.Certificate,
			Reason:        c.Reason,
			What:          c.What,
			HappenedOn:    calendar.Of(c.On, time.UTC),
		})
	})
}

type incidentsLetterCmd struct {
	incidentID
	To       string `required:"" help:"qtsp, or the id of a registration."`
	Language string `default:"en" enum:"en,fr" help:"en or fr."`
}

// Run prints.
func (c incidentsLetterCmd) Run(env *cli.Environment) error {
	draft, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.EmailDraft, error) {
		return s.PrepareIncidentLetter(ctx, c.ID, api.IncidentLetter{Recipient: c.To, Language: c.Language})
	})
	if err != nil || c.JSON {
		return err
	}
	env.Printf("To: %s\nFrom: %s\nSubject: %s\n\n", draft.To, draft.From, draft.Subject)
	env.Print(cli.Plain(draft.Body))
	return nil
}

type incidentsToldCmd struct {
	incidentID
	To string `required:"" help:"qtsp, or the id of a registration."`
}

// Run notes.
func (c incidentsToldCmd) Run(env *cli.Environment) error {
	return showIncident(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Incident, error) {
		return s.RecordIncidentTold(ctx, c.ID, api.IncidentTold{Recipient: c.To})
	})
}

type incidentsWithdrawCmd struct {
	incidentID
	Reason string `required:"" help:"Why it was a mistake; it is recorded."`
}

// Run requests.
func (c incidentsWithdrawCmd) Run(env *cli.Environment) error {
	return showIncident(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Incident, error) {
		return s.WithdrawIncident(ctx, c.ID, api.WithdrawIncident{Reason: c.Reason})
	})
}
