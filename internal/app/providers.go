package app

import (
	"cmp"
	"slices"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/federation"
)

// providers are the configured identity providers, with the secrets that their files hold.
func providers(configured []config.Provider) ([]federation.Settings, error) {
	var all []federation.Settings
	for _, p := range configured {
		clientSecret, err := p.Secret()
		if err != nil {
			return nil, err
		}
		groups := map[string]access.Role{}
		for group, role := range p.Groups {
			if !slices.Contains(access.PersonalRoles(), access.Role(role)) {
				return nil, fault.New(fault.Invalid, "config_contradiction",
					"Configuration: identity_providers: a group of %s stands for the role %q, which there is not; "+
						"the roles are "+
						"compliance, engineer, auditor and admin.", p.ID, role)
			}
			groups[group] = access.Role(role)
		}
		all = append(all, federation.Settings{
			ID:           p.ID,
			Name:         p.Name,
			Issuer:       p.Issuer,
			ClientID:     p.ClientID,
			ClientSecret: clientSecret,
			Scopes:       p.Scopes,
			GroupsClaim:  cmp.Or(p.GroupsClaim, "groups"),
			Groups:       groups,
		})
	}
	return all, nil
}

func newFederation(cfg Config, log *audit.Log) *federation.Service {
	return federation.New(federation.Config{
		Providers: cfg.Providers,
		PublicURL: cfg.PublicURL,
		Store:     cfg.DB,
		Asks:      cfg.Outgoing,
		Audit:     log,
		Now:       cfg.Now,
	})
}
