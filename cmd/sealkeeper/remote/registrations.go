package remote

import (
	"context"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Registrations is the commands about our registrations at banks.
type Registrations struct {
	List    registrationsListCmd    `cmd:"" help:"List our registrations, with what is next."`
	Show    registrationsShowCmd    `cmd:"" help:"Show one registration: what blocks it, and its versions."`
	Archive registrationsArchiveCmd `cmd:"" help:"Archive one: lists leave it out, and it cannot be changed."`
	Bundle  registrationsBundleCmd  `cmd:"" help:"Save certificates and what the bank gave as the draft."`

	Import Imports `cmd:"" help:"Bring in registrations that are in use already."`
}

type registrationsArchiveCmd struct{ archiving }

// Run archives.
func (c registrationsArchiveCmd) Run(env *cli.Environment) error {
	return c.run(env, func(ctx context.Context, s *client.Client, in api.Archiving) error {
		_, err := s.ArchiveRegistration(ctx, c.ID, in)
		return err
	})
}

type registrationsListCmd struct {
	cli.Remote
	cli.Searching
	archivedOnes
	Institution  string `help:"Only at this institution." placeholder:"ID"`
	Application  string `help:"Only of this application." placeholder:"ID"`
	Organization string `help:"Only of this organization." placeholder:"ID"`
	Certificate  string `help:"Only those whose active version or draft has this certificate." placeholder:"ID"`
	Environment  string `help:"Only sandbox or live." placeholder:"NAME"`
	Task         string `help:"Only where there is something of this kind to do, such as step_due." placeholder:"KIND"`
}

// Run lists.
func (c registrationsListCmd) Run(env *cli.Environment) error {
	return cli.List(env, c.Remote, c.Searching,
		func(ctx context.Context, s *client.Client, from client.Listing) (api.Page[api.RegistrationRow], error) {
			return s.ListRegistrations(ctx, client.RegistrationFilter{
				Listing:      from,
				Institution:  c.Institution,
				Application:  c.Application,
				Organization: c.Organization,
				Certificate:  c.Certificate,
				Environment:  c.Environment,
				Task:         c.Task,
				Archived:     c.Archived,
			})
		}, func(r api.RegistrationRow) []string {
			return []string{r.ID, r.InstitutionID, standing(r.Ready, len(r.Blockers)), r.NextStep}
		})
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
	env.Printf("%s (%s)\n%s\nenrolment %s\n", r.Institution.Name, r.Institution.Environment,
		standing(r.Ready, len(r.Blockers)), r.EnrolmentID)
	for _, b := range r.Bundles {
		env.Printf("version %d: %s\n", b.Version, b.State)
	}
	for _, b := range r.Blockers {
		env.Printf("blocker: %s [%s]\n", b.Message, b.Code)
	}
	for _, w := range r.Warnings {
		env.Printf("warning: %s\n", w.Message)
	}
	return nil
}
