package remote

import (
	"context"
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Campaign is the commands about changes of certificates at banks.
type Campaign struct {
	List   campaignListCmd   `cmd:"" help:"List the campaigns, newest first."`
	Plan   campaignPlanCmd   `cmd:"" help:"Plan one: certificates, or client secrets, take the place of others."`
	Show   campaignShowCmd   `cmd:"" help:"Show one with its registrations, those to be begun first come first."`
	Act    campaignActCmd    `cmd:"" help:"Plan, request, start, pause, end, roll_back, or keep an old certificate."`
	At     campaignAtCmd     `cmd:"" help:"Note how far one registration is, or do something with it."`
	Email  campaignEmailCmd  `cmd:"" help:"Print the e-mail by which a bank is told, for a mail program."`
	Report campaignReportCmd `cmd:"" help:"Print the evidence of one as JSON lines."`

	Forecast forecastCmd `cmd:"" help:"Print the work of a year as validity falls, and what is to come within 90 days."`
}

type campaignListCmd struct {
	cli.Remote
	cli.Searching
	State string `help:"Only in this state." placeholder:"STATE"`
}

// Run lists.
func (c campaignListCmd) Run(env *cli.Environment) error {
	return cli.List(env, c.Remote, c.Searching,
		func(ctx context.Context, s *client.Client, from client.Listing) (api.Page[api.CampaignRow], error) {
			return s.ListCampaigns(ctx, client.CampaignFilter{Listing: from, State: c.State})
		}, func(r api.CampaignRow) []string {
			return []string{r.ID, r.State, r.CreatedAt.Format(time.DateOnly), r.Name}
		})
}

type campaignPlanCmd struct {
	cli.Remote
	Name string            `required:"" help:"What people shall call it."`
	Pair map[string]string `help:"OLD=NEW, ids of certificates; may be repeated." placeholder:"OLD=NEW"`
	Eves bool              `help:"Changes on the eves of weekends and holidays are wanted."`
	// In place of pairs.
	SecretOf  []string  `help:"Replace the client secret of this registration; may be repeated." placeholder:"ID"`
	SecretsAt []string  `help:"Replace every client secret at this institution; may be repeated." placeholder:"ID"`
	Until     time.Time `help:"By when secrets are to be replaced, as in 2027-03-01T00:00:00Z."`
}

// Run plans.
func (c campaignPlanCmd) Run(env *cli.Environment) error {
	in := api.NewCampaign{Name: c.Name, Eves: c.Eves}
	for before, after := range c.Pair {
		in.Pairs = append(in.Pairs, api.NewCertificatePair{Old: before, New: after})
	}
	if len(c.SecretOf)+len(c.SecretsAt) > 0 {
		in.Secrets = &api.SecretScope{Registrations: c.SecretOf, Institutions: c.SecretsAt, Until: c.Until}
	}
	made, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Campaign, error) {
		return s.CreateCampaign(ctx, in)
	})
	if err != nil || c.JSON {
		return err
	}
	return printCampaign(env, made)
}

func printCampaign(env *cli.Environment, c api.Campaign) error {
	env.Printf("%s\n%s, %s\n", c.ID, c.Name, c.State)
	if c.ApprovalID != "" {
		env.Printf("a second person has to agree: %s\n", c.ApprovalID)
	}
	env.Printf("%d with a predicted gap, %d consents of customers\n", c.Gaps, c.Consents)
	for state, n := range c.States {
		env.Printf("%s: %d\n", state, n)
	}
	for _, k := range c.Kept {
		env.Printf("%s stays: %s\n", k.CertificateID, k.Reason)
	}
	return nil
}

type campaignShowCmd struct {
	cli.Remote
	cli.Searching
	ID    string `arg:"" help:"Id of the campaign."`
	State string `help:"Only registrations in this state." placeholder:"STATE"`
	Risk  string `help:"Only registrations at this risk." placeholder:"RISK"`
}

// Run shows.
func (c campaignShowCmd) Run(env *cli.Environment) error {
	return cli.List(env, c.Remote, c.Searching,
		func(ctx context.Context, s *client.Client, from client.Listing) (api.Page[api.CampaignLine], error) {
			f := client.CampaignFilter{Listing: from, State: c.State, Risk: c.Risk}
			return s.ListCampaignRegistrations(ctx, c.ID, f)
		}, func(l api.CampaignLine) []string {
			return []string{
				l.RegistrationID,
				l.State,
				l.Risk,
				"announce by " + l.AnnounceBy.String(),
				"switch by " + l.SwitchBy.Format(time.DateOnly),
				"consents " + strconv.Itoa(l.Consents),
				l.Name + " " + l.FailedText,
			}
		})
}

type campaignActCmd struct {
	cli.Remote
	ID          string `arg:"" help:"Id of the campaign."`
	Act         string `arg:"" enum:"plan,request,start,pause,end,roll_back,keep" help:"One of ${enum}."`
	Reason      string `help:"For the second person; with keep, why the certificate stays."`
	Certificate string `help:"With keep: id of an old certificate, which is not retired." placeholder:"ID"`
}

// Run acts.
func (c campaignActCmd) Run(env *cli.Environment) error {
	now, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Campaign, error) {
		return s.ActOnCampaign(ctx, c.ID, api.CampaignAct{Act: c.Act, Reason: c.Reason, CertificateID: c.Certificate})
	})
	if err != nil || c.JSON {
		return err
	}
	return printCampaign(env, now)
}

type campaignAtCmd struct {
	cli.Remote
	ID           string    `arg:"" help:"Id of the campaign."`
	Registration string    `arg:"" help:"Id of the registration."`
	Act          string    `arg:"" help:"What is to be done."`
	From         string    `help:"Who at the bank answered."`
	Note         string    `help:"What it said."`
	Refused      bool      `help:"The bank refuses."`
	SwitchAt     time.Time `help:"The agreed moment, as in 2026-12-01T10:00:00+01:00."`
	SecretFile   string    `help:"File with the new client secret, for secret." placeholder:"FILE"`
}

// Help lists what can be done.
func (campaignAtCmd) Help() string {
	return "ACT is announce, answer, secret, schedule, test, retry, former_ended, leave_out or roll_back."
}

// Run acts.
func (c campaignAtCmd) Run(env *cli.Environment) error {
	act := api.CampaignLineAct{Act: c.Act, From: c.From, Note: c.Note, Refused: c.Refused}
	if c.SecretFile != "" {
		text, err := secretfile.Read(c.SecretFile)
		if err != nil {
			return err
		}
		act.ClientSecret = text
	}
	if !c.SwitchAt.IsZero() {
		act.SwitchAt = &c.SwitchAt
	}
	now, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.CampaignLine, error) {
		return s.ActOnCampaignRegistration(ctx, c.ID, c.Registration, act)
	})
	if err != nil || c.JSON {
		return err
	}
	env.Printf("%s: %s\n", now.Name, now.State)
	return nil
}

type campaignEmailCmd struct {
	cli.Remote
	ID           string `arg:"" help:"Id of the campaign."`
	Registration string `arg:"" help:"Id of the registration."`
	Language     string `default:"en" enum:"en,fr" help:"en or fr."`
}

// Run prints the message.
func (c campaignEmailCmd) Run(env *cli.Environment) error {
	draft, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.EmailDraft, error) {
		return s.PrepareCampaignEmail(ctx, c.ID, c.Registration, api.EmailLanguage{Language: c.Language})
	})
	if err != nil || c.JSON {
		return err
	}
	env.Print(string(draft.EML))
	return nil
}

type campaignReportCmd struct {
	cli.Remote
	ID string `arg:"" help:"Id of the campaign."`
}

// Run reports.
func (c campaignReportCmd) Run(env *cli.Environment) error {
	c.JSON = false // it is JSON anyway
	file, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) ([]byte, error) {
		return s.ReportCampaign(ctx, c.ID)
	})
	if err == nil {
		_, err = env.Out.Write(file)
	}
	return err
}

type forecastCmd struct {
	cli.Remote
}

// Run prints it.
func (c forecastCmd) Run(env *cli.Environment) error {
	f, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Forecast, error) {
		return s.GetForecast(ctx)
	})
	if err != nil || c.JSON {
		return err
	}
	env.Printf("%d QWACs in use, by %d registrations\n", f.Certificates, f.Registrations)
	for _, l := range f.Loads {
		validity := "as they are issued now"
		if l.ValidityDays > 0 {
			validity = strconv.Itoa(l.ValidityDays) + " days of validity"
		}
		env.Printf("%s: %d renewals, %d change-overs, %d working days a year\n", validity, l.Renewals, l.ChangeOvers,
			l.WorkingDays)
	}
	for _, s := range f.Coming {
		env.Printf("%s to %s\t%s\t%d\t%s\n", s.From.Format(time.DateOnly), s.Until.Format(time.DateOnly), s.Kind, s.N,
			s.Name)
	}
	return nil
}
