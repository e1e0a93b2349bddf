package remote

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func claimsText(claims map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		b.WriteString(" " + name + "=" + claims[name])
	}
	return b.String()
}

type servicesTrustCmd struct {
	serviceNamed
	Issuer   string            `required:"" help:"Address of the issuer, one of workload_issuers."`
	Audience string            `required:"" help:"Whom the JWT has to be meant for: better this service's address than anything shared."`
	Subject  string            `required:"" help:"Whom it has to be about: system:serviceaccount:NAMESPACE:NAME; * is any characters but : and /."`
	Claim    map[string]string `help:"A further claim that it has to have, NAME=VALUE; repeat it."`
}

// Run adds an identity.
func (c servicesTrustCmd) Run(env *cli.Environment) error {
	made, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.ServiceIdentity, error) {
		a, err := c.find(ctx, s)
		if err != nil {
			return api.ServiceIdentity{}, err
		}
		return s.AddServiceIdentity(ctx, a.ID, api.NewServiceIdentity{
			Kind:     api.IdentityWorkload,
			Issuer:   c.Issuer,
			Audience: c.Audience,
			Subject:  c.Subject,
			Claims:   c.Claim,
		})
	})
	if err == nil && !c.JSON {
		env.Printf("identity %s\n", made.ID)
	}
	return err
}

type servicesUntrustCmd struct {
	serviceNamed
	Identity string `arg:"" help:"Id of the identity."`
}

// Run removes an identity.
func (c servicesUntrustCmd) Run(env *cli.Environment) error {
	_, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.ServiceAccount, error) {
		a, err := c.find(ctx, s)
		if err != nil {
			return a, err
		}
		return s.RemoveServiceIdentity(ctx, a.ID, c.Identity)
	})
	if err == nil && !c.JSON {
		env.Printf("removed\n")
	}
	return err
}
