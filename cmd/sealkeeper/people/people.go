package people

import (
	"context"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// People is the commands about who signs in, through a running service.
type People struct {
	List    peopleListCmd    `cmd:"" help:"List who signs in, what each may do, and who was invited."`
	Show    peopleShowCmd    `cmd:"" help:"Show somebody with passkeys and sessions."`
	Invite  peopleInviteCmd  `cmd:"" help:"Propose somebody who is to join."`
	Disable peopleDisableCmd `cmd:"" help:"Take every way in from somebody, at once."`
	End     peopleEndCmd     `cmd:"" help:"End one of somebody's sessions in the console."`
	Revoke  peopleRevokeCmd  `cmd:"" help:"Take a role that somebody has on a part, or until a day."`
	Token   peopleTokenCmd   `cmd:"" name:"revoke-token" help:"End one of somebody's bearer tokens."`
}

type peopleListCmd struct {
	cli.Remote
	cli.Searching
	Disabled bool `help:"Only those who may not sign in."`
}

// Run lists.
func (c peopleListCmd) Run(env *cli.Environment) error {
	err := cli.List(env, c.Remote, c.Searching,
		func(ctx context.Context, s *client.Client, from client.Listing) (api.Page[api.Person], error) {
			return s.ListPeople(ctx, client.PersonFilter{Listing: from, Disabled: c.Disabled})
		}, func(p api.Person) []string {
			return []string{
				p.ID, p.Name, strings.Join(p.Roles, ","), lastSignIn(p),
				cli.Counted(p.Passkeys, "passkey", "passkeys"), cli.Counted(p.Sessions, "session", "sessions"),
			}
		})
	if err != nil || c.JSON || c.Cursor != "" || c.Q != "" || c.Disabled {
		return err
	}
	invited, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) ([]api.Invitation, error) {
		return s.ListInvitations(ctx)
	})
	for _, i := range invited {
		env.Printf("invited: %s as %s by %s, until %s\n", i.Name, strings.Join(i.Roles, ","), i.InvitedBy,
			i.ExpiresAt.Format(time.RFC3339))
	}
	return err
}

func lastSignIn(p api.Person) string {
	switch {
	case p.DisabledAt != nil:
		return "disabled"
	case p.LastSignInAt == nil:
		return "never"
	}
	return p.LastSignInAt.Format(time.RFC3339)
}

type peopleShowCmd struct {
	cli.Remote
	ID string `arg:"" help:"Id of the person."`
}

// Run shows.
func (c peopleShowCmd) Run(env *cli.Environment) error {
	p, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.PersonDetail, error) {
		return s.GetPerson(ctx, c.ID)
	})
	if err != nil || c.JSON {
		return err
	}
	return printPerson(env, p)
}

func printPerson(env *cli.Environment, p api.PersonDetail) error {
	env.Printf("%s (%s), last sign-in: %s\n", p.Person.Name, strings.Join(p.Person.Roles, ","), lastSignIn(p.Person))
	var rows [][]string
	for _, g := range p.Person.Grants {
		until := "no end"
		if g.EndsAt != nil {
			until = "until " + g.EndsAt.Format(time.RFC3339)
		}
		if g.Group != "" {
			until = "from the group " + g.Group
		}
		rows = append(rows, []string{
			"grant",
			g.ID,
			strings.TrimSpace(g.Role + " " + g.Scope.Kind + " " + g.Scope.Value),
			until,
		})
	}
	for _, k := range p.Passkeys {
		rows = append(rows, []string{"passkey", k.ID, k.Name, k.CreatedAt.Format(time.RFC3339)})
	}
	for _, s := range p.Sessions {
		rows = append(rows, []string{"session", s.ID, s.Address + " " + s.Agent, s.SeenAt.Format(time.RFC3339)})
	}
	for _, t := range p.Tokens {
		rows = append(rows, []string{"token", t.ID, t.Name, t.CreatedAt.Format(time.RFC3339)})
	}
	return env.Table(rows)
}

type peopleTokenCmd struct {
	cli.Remote
	ID    string `arg:"" help:"Id of the person."`
	Token string `arg:"" help:"Id of the token, as show lists it."`
}

// Run ends the token.
func (c peopleTokenCmd) Run(env *cli.Environment) error {
	p, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.PersonDetail, error) {
		return s.RevokeToken(ctx, c.ID, c.Token)
	})
	if err != nil || c.JSON {
		return err
	}
	return printPerson(env, p)
}

type peopleInviteCmd struct {
	cli.Remote
	Name string   `arg:"" help:"Name of the person, as colleagues know them."`
	Role []string `required:"" help:"compliance, engineer, auditor, admin, emergency or limited; may be repeated."`
}

// Help is printed below the first line of help.
func (peopleInviteCmd) Help() string {
	return "An administrator makes the link in the console, on the page People: with a token, nobody is let in."
}

// Run proposes.
func (c peopleInviteCmd) Run(env *cli.Environment) error {
	i, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Invitation, error) {
		return s.InvitePerson(ctx, api.InvitePerson{Name: c.Name, Roles: c.Role})
	})
	if err != nil || c.JSON {
		return err
	}
	env.Printf("%s is proposed; an administrator makes the link in the console, on the page People\n", i.Name)
	return nil
}

type peopleDisableCmd struct {
	cli.Remote
	ID string `arg:"" help:"Id of the person."`
}

// Run disables.
func (c peopleDisableCmd) Run(env *cli.Environment) error {
	p, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.PersonDetail, error) {
		return s.DisablePerson(ctx, c.ID)
	})
	if err != nil || c.JSON {
		return err
	}
	return printPerson(env, p)
}

type peopleEndCmd struct {
	cli.Remote
	ID      string `arg:"" help:"Id of the person."`
	Session string `arg:"" help:"Id of the session."`
}

// Run ends the session.
func (c peopleEndCmd) Run(env *cli.Environment) error {
	p, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.PersonDetail, error) {
		return s.EndPersonSession(ctx, c.ID, c.Session)
	})
	if err != nil || c.JSON {
		return err
	}
	return printPerson(env, p)
}

type peopleRevokeCmd struct {
	cli.Remote
	ID    string `arg:"" help:"Id of the person."`
	Grant string `arg:"" help:"Id of the grant, as show lists it."`
}

// Help is printed below the first line of help.
func (peopleRevokeCmd) Help() string {
	return "Such a role is granted in the console, on the person's page, or on the server with \"user grant\": " +
		"what is granted outlives every token."
}

// Run revokes.
func (c peopleRevokeCmd) Run(env *cli.Environment) error {
	p, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.PersonDetail, error) {
		return s.RevokeGrant(ctx, c.ID, c.Grant)
	})
	if err != nil || c.JSON {
		return err
	}
	return printPerson(env, p)
}
