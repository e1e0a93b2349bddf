package main

import (
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/store"
)

type userCmd struct {
	Add    userAddCmd    `cmd:"" help:"Create a user and print a one-time sign-in link."`
	Link   userLinkCmd   `cmd:"" help:"Print a new one-time sign-in link for a user."`
	List   userListCmd   `cmd:"" help:"List the users and their roles."`
	Remove userRemoveCmd `cmd:"" help:"Remove a user; their sessions and tokens end at once."`
}

type userAddCmd struct {
	configured
	Name string   `arg:"" help:"Name of the user."`
	Role []string `required:"" help:"compliance, engineer, connector, auditor or admin; may be repeated."`
}

// Run creates the user.
func (c userAddCmd) Run(env *environment) error {
	return c.withIdentity(env, func(s *identity.Service, publicURL string) error {
		roles := make([]access.Role, len(c.Role))
		for i, r := range c.Role {
			roles[i] = access.Role(r)
		}
		if _, err := s.AddUser(env.ctx, c.Name, roles); err != nil {
			return err
		}
		return printSignInLink(env, s, publicURL, c.Name)
	})
}

type userLinkCmd struct {
	configured
	Name string `arg:"" help:"Name of the user."`
}

// Run prints a link.
func (c userLinkCmd) Run(env *environment) error {
	return c.withIdentity(env, func(s *identity.Service, publicURL string) error {
		return printSignInLink(env, s, publicURL, c.Name)
	})
}

func printSignInLink(env *environment, s *identity.Service, publicURL, name string) error {
	link, err := s.NewSignInLink(env.ctx, name)
	if err != nil {
		return err
	}
	env.printf("%s/sign-in?token=%s\nworks once, within %s\n", publicURL, link.Reveal(), identity.LinkLifetime)
	return nil
}

type tokenCmd struct {
	Add    tokenAddCmd    `cmd:"" help:"Print a new bearer token for a user. It is not shown again."`
	Revoke tokenRevokeCmd `cmd:"" help:"Take away all bearer tokens, unused sign-in links and sessions of a user: whoever is signed in is signed out."`
}

type tokenAddCmd struct {
	configured
	User string        `arg:"" help:"Name of the user the token acts for."`
	For  time.Duration `default:"2160h" help:"How long it is valid; 0 means until it is revoked."`
}

// Run creates the token.
func (c tokenAddCmd) Run(env *environment) error {
	return c.withIdentity(env, func(s *identity.Service, _ string) error {
		token, err := s.NewToken(env.ctx, c.User, c.For)
		if err != nil {
			return err
		}
		env.printf("%s\n", token.Reveal())
		return nil
	})
}

// withIdentity runs f on the configured service's users.
func (c configured) withIdentity(env *environment, f func(s *identity.Service, publicURL string) error) error {
	cfg, err := c.load(env)
	if err != nil {
		return err
	}
	db, err := store.Open(env.ctx, cfg.Database.DSN)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return f(identity.New(db, audit.New(db, time.Now), time.Now), cfg.PublicURL)
}

type userListCmd struct{ configured }

// Run lists the users.
func (c userListCmd) Run(env *environment) error {
	return c.withIdentity(env, func(s *identity.Service, _ string) error {
		users, err := s.Users(env.ctx)
		for _, u := range users {
			env.printf("%s\t%v\n", u.Name, u.Roles)
		}
		return err
	})
}

type userRemoveCmd struct {
	configured
	Name string `arg:"" help:"Name of the user."`
}

// Run removes the user.
func (c userRemoveCmd) Run(env *environment) error {
	return c.withIdentity(env, func(s *identity.Service, _ string) error { return s.RemoveUser(env.ctx, c.Name) })
}

type tokenRevokeCmd struct {
	configured
	User string `arg:"" help:"Name of the user."`
}

// Run revokes.
func (c tokenRevokeCmd) Run(env *environment) error {
	return c.withIdentity(env, func(s *identity.Service, _ string) error { return s.RevokeTokens(env.ctx, c.User) })
}
