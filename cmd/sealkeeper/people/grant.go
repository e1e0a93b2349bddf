package people

import (
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/registration"
)

type userGrantCmd struct {
	cli.Configured
	Name  string `arg:"" help:"Name of the user."`
	Role  string `required:"" help:"compliance, engineer, auditor, admin or emergency."`
	Scope string `default:"everywhere" help:"everywhere, organization:ID, environment:NAME or bank_group:ID."`
	Until string `help:"Last day, as 2026-12-31; without it, the grant does not end by itself."`
}

// Run grants.
func (c userGrantCmd) Run(env *cli.Environment) error {
	kind, value, _ := strings.Cut(c.Scope, ":")
	g := access.RoleGrant{
		Role:  access.Role(c.Role),
		Scope: access.Scope{Kind: access.ScopeKind(kind), Value: value},
	}
	if c.Until != "" {
		last, err := time.Parse(time.DateOnly, c.Until)
		if err != nil {
			return fault.Wrap(err, fault.Invalid, "day_invalid", "Give the day as year-month-day, 2026-11-30.")
		}
		g.EndsAt = last.AddDate(0, 0, 1)
	}
	return c.WithRecords(env, func(r app.Records, _ config.Config) error {
		banks, err := app.Banks(env.Context, r.DB, env.Logger)
		if err != nil {
			return err
		}
		r.Identity.KnowScopes(registration.NewWhereabouts(r.DB, banks))
		users, err := r.Identity.Users(env.Context)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(users, func(u identity.User) bool { return u.Name == c.Name })
		if i < 0 {
			return fault.New(fault.NotFound, "not_found", "There is no user %q.", c.Name)
		}
		if err := r.Identity.Grant(env.Context, access.Operator(), users[i].ID, g); err != nil {
			return err
		}
		env.Printf("%s\t%s\n", c.Name, said(g))
		return nil
	})
}

// said is a grant on one line.
func said(g access.RoleGrant) string {
	until := "without an end"
	if !g.EndsAt.IsZero() {
		until = "until " + g.EndsAt.Format(time.RFC3339)
	}
	return strings.TrimSpace(string(g.Role)+", "+string(g.Scope.Kind)+" "+g.Scope.Value) + ", " + until
}
