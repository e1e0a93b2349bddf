package people

import (
	"time"

	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/identity"
)

// Token is the commands about bearer tokens.
type Token struct {
	Add    tokenAddCmd    `cmd:"" help:"Print a new bearer token for a user. It is not shown again."`
	Revoke tokenRevokeCmd `cmd:"" help:"Revoke a user's bearer tokens, sign-in links and sessions."`
}

type tokenAddCmd struct {
	cli.Configured
	User string        `arg:"" help:"Name of the user the token acts for."`
	For  time.Duration `default:"2160h" help:"How long it is valid; 0 means until it is revoked."`
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
