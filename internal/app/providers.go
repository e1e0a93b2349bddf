package app

import (
	"cmp"
	"slices"
	"strings"

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
		groups := map[string]access.RoleGrant{}
		for group, text := range p.Groups {
			stands, err := standsFor(p.ID, text)
			if err != nil {
				return nil, err
			}
			groups[group] = stands
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

// standsFor reads what a group stands for: a role or, as "engineer environment:sandbox", a role on a part.
func standsFor(provider, text string) (access.RoleGrant, error) {
	role, part, onPart := strings.Cut(text, " ")
	g := access.RoleGrant{Role: access.Role(role), Scope: access.Everything}
	if !slices.Contains(access.PersonalRoles(), g.Role) {
		return g, fault.New(fault.Invalid, "config_contradiction",
			"Configuration: identity_providers: a group of %s stands for the role %q, which there is not; the roles "+
				"are compliance, engineer, auditor, admin, emergency and limited.", provider, role)
	}
	if !onPart {
		return g, nil
	}
	kind, value, _ := strings.Cut(strings.TrimSpace(part), ":")
	g.Scope = access.Scope{Kind: access.ScopeKind(kind), Value: value}
	if g.Scope == access.Everything || !slices.Contains(access.ScopeKinds(), g.Scope.Kind) || value == "" ||
		g.Role == access.Limited {
		return g, fault.New(fault.Invalid, "config_contradiction",
			"Configuration: identity_providers: a group of %s stands for %q; on a part, it stands for compliance, "+
				"engineer, auditor or admin with organization:ID, environment:sandbox, environment:live or "+
				"bank_group:ID.",
			provider, text)
	}
	return g, nil
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
