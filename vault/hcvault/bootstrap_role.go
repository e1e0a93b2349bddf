package hcvault

import (
	"context"
)

// policies writes those that are missing, and brings those that are there up to
// date. The signing one is for others: no role has it until the operator gives it to one.
func (b *bootstrap) policies(ctx context.Context) error {
	for _, p := range b.found.policies {
		switch p.is {
		case p.want:
			b.did("policy %s allows %s, as before", p.name, p.allows)
			continue
		case "":
			b.did("policy %s allows %s", p.name, p.allows)
		default:
			b.did("policy %s had another text for the same engines; it now allows %s", p.name, p.allows)
		}
		if err := b.vault.post(ctx, "sys/policies/acl/"+p.name, map[string]string{"policy": p.want}, nil); err != nil {
			return err
		}
	}
	return nil
}

func (b *bootstrap) appRole(ctx context.Context) error {
	if b.found.appRole {
		return nil
	}
	return b.vault.post(ctx, "sys/auth/"+b.cfg.Auth.AppRoleMount, map[string]string{"type": "approle"}, nil)
}

func (b *bootstrap) rolePath() string {
	return "auth/" + b.cfg.Auth.AppRoleMount + "/role/" + b.result.Role
}

// role makes the role. Its secret id lasts, because a process logs in with it
// again and again; the token itself is short.
func (b *bootstrap) role(ctx context.Context) error {
	if b.found.role {
		b.did("AppRole %s stays as it is", b.result.Role)
	} else {
		err := b.vault.post(ctx, b.rolePath(), map[string]any{
			"token_policies":          []string{b.result.Role},
			"token_no_default_policy": true,
			"token_ttl":               "1h",
			"token_max_ttl":           "24h",
			"token_type":              "service",
			"bind_secret_id":          true,
			"secret_id_num_uses":      0,
			"secret_id_ttl":           0,
		}, nil)
		if err != nil {
			return err
		}
		b.did("AppRole %s logs in with that policy alone", b.result.Role)
	}
	var read struct {
		Data struct {
			RoleID string `json:"role_id"`
		}
	}
	if err := b.vault.get(ctx, b.rolePath()+"/role-id", nil, &read); err != nil {
		return err
	}
	b.result.RoleID = read.Data.RoleID
	return nil
}
