package people

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Token is the commands about bearer tokens.
type Token struct {
	Add    tokenAddCmd    `cmd:"" help:"Print a new bearer token for a user. It is not shown again."`
	Revoke tokenRevokeCmd `cmd:"" help:"Revoke a user's bearer tokens, sign-in links and sessions."`
	List   tokenListCmd   `cmd:"" help:"List your own bearer tokens, through a running service."`
	End    tokenEndCmd    `cmd:"" help:"End one of your own bearer tokens, through a running service."`
}

type tokenAddCmd struct {
	cli.Configured
	User string        `arg:"" help:"Name of the user the token acts for."`
	For  time.Duration `default:"2160h" help:"How long it is valid, a year at most."`
}

// Run creates the token.
func (c tokenAddCmd) Run(env *cli.Environment) error {
	return withIdentity(env, c.Configured, func(s *identity.Service, _ string) error {
		token, err := s.NewToken(env.Context, c.User, c.For)
		if err != nil {
			return err
		}
		env.Printf("%s\n", token.Reveal())
		return nil
	})
}

type tokenRevokeCmd struct {
	cli.Configured
	User string `arg:"" help:"Name of the user."`
}

// Help is printed below the first line of help.
func (tokenRevokeCmd) Help() string { return "Whoever is signed in as the user is signed out." }

// Run revokes.
func (c tokenRevokeCmd) Run(env *cli.Environment) error {
	return withIdentity(env, c.Configured, func(s *identity.Service, _ string) error {
		return s.RevokeTokens(env.Context, c.User)
	})
}

type tokenListCmd struct{ cli.Remote }

// Run lists.
func (c tokenListCmd) Run(env *cli.Environment) error {
	all, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) ([]api.Token, error) {
		return s.ListOwnTokens(ctx)
	})
	if err != nil || c.JSON {
		return err
	}
	return env.Table(tokenRows(all))
}

type tokenEndCmd struct {
	cli.Remote
	ID string `arg:"" help:"Id of the token, as list shows it."`
}

// Run ends the token.
func (c tokenEndCmd) Run(env *cli.Environment) error {
	left, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) ([]api.Token, error) {
		return s.RevokeOwnToken(ctx, c.ID)
	})
	if err != nil || c.JSON {
		return err
	}
	return env.Table(tokenRows(left))
}

func tokenRows(all []api.Token) [][]string {
	rows := [][]string{{"ID", "NAME", "MADE", "VALID UNTIL", "LAST USED"}}
	moment := func(at *time.Time, none string) string {
		if at == nil {
			return none
		}
		return at.Format(time.RFC3339)
	}
	for _, t := range all {
		rows = append(rows, []string{
			t.ID,
			t.Name,
			t.CreatedAt.Format(time.RFC3339),
			moment(t.ExpiresAt, "no end"),
			moment(t.LastUsedAt, "never"),
		})
	}
	return rows
}
