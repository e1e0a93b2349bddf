// Package people has the commands about who may do what and who did what: users,
// tokens, requests for approval, the audit log.
package people

import (
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/identity"
)

// User is the commands about the users of console and API.
type User struct {
	Add    userAddCmd    `cmd:"" help:"Create a user and print a one-time sign-in link."`
	Link   userLinkCmd   `cmd:"" help:"Print a new one-time sign-in link for a user."`
	List   userListCmd   `cmd:"" help:"List the users and their roles."`
	Grant  userGrantCmd  `cmd:"" help:"Give a user a role on a part of everything, or until a day."`
	Remove userRemoveCmd `cmd:"" help:"Remove a user; their sessions and tokens end at once."`
}

type userAddCmd struct {
	cli.Configured
	Name string   `arg:"" help:"Name of the user."`
	Role []string `required:"" help:"compliance, engineer, connector, auditor, admin, emergency, limited."`
}

// Run creates the user.
func (c userAddCmd) Run(env *cli.Environment) error {
	return withIdentity(env, c.Configured, func(s *identity.Service, publicURL string) error {
		roles := make([]access.Role, len(c.Role))
		for i, r := range c.Role {
			roles[i] = access.Role(r)
		}
		if _, err := s.AddUser(env.Context, c.Name, roles); err != nil {
			return err
		}
		return printSignInLink(env, s, publicURL, c.Name)
	})
}

type userLinkCmd struct {
	cli.Configured
	Name string `arg:"" help:"Name of the user."`
}

// Run prints a link.
func (c userLinkCmd) Run(env *cli.Environment) error {
	return withIdentity(env, c.Configured, func(s *identity.Service, publicURL string) error {
		return printSignInLink(env, s, publicURL, c.Name)
	})
}

func printSignInLink(env *cli.Environment, s *identity.Service, publicURL, name string) error {
	link, err := s.NewSignInLink(env.Context, name)
	if err != nil {
		return err
	}
	env.Printf("%s/sign-in?token=%s\nworks once, within %s\n", publicURL, link.Reveal(), identity.LinkLifetime)
	return nil
}

// withIdentity runs f on the configured service's users.
func withIdentity(
	env *cli.Environment, c cli.Configured, f func(s *identity.Service, publicURL string) error,
) error {
	return c.WithRecords(env, func(r app.Records, cfg config.Config) error { return f(r.Identity, cfg.PublicURL) })
}

type userListCmd struct{ cli.Configured }

// Run lists the users.
func (c userListCmd) Run(env *cli.Environment) error {
	return withIdentity(env, c.Configured, func(s *identity.Service, _ string) error {
		users, err := s.Users(env.Context)
		for _, u := range users {
			env.Printf("%s\t%v\n", u.Name, u.Roles)
			for _, g := range u.Grants {
				env.Printf("\t%s\n", said(g))
			}
		}
		return err
	})
}

type userRemoveCmd struct {
	cli.Configured
	Name string `arg:"" help:"Name of the user."`
}

// Run removes the user.
func (c userRemoveCmd) Run(env *cli.Environment) error {
	return withIdentity(env, c.Configured, func(s *identity.Service, _ string) error {
		return s.RemoveUser(env.Context, c.Name)
	})
}
