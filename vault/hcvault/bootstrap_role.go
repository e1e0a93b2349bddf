package hcvault

import (
	"context"
	_ "embed"
	"strings"
	"text/template"

	"github.com/sealkeeper/sealkeeper/fault"
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
	return b.vault.post(ctx, "sys/auth/"+b.cfg.Auth.AppRoleMount, map[string]any{
		"type":   "approle",
		"config": map[string]string{"max_lease_ttl": secretIDTTL.String()}, // else it ends a secret id after 32 days
	}, nil)
}

// role makes the role. Its secret ids last, because a process logs in with one
// again and again, but not for ever; the token itself is short.
func (b *bootstrap) role(ctx context.Context) error {
	if b.found.role {
		b.did("AppRole %s stays as it is", b.result.Role)
	} else if err := b.makeRole(ctx); err != nil {
		return err
	}
	if len(b.cfg.SecretID.CIDRs)+len(b.found.cidrs) == 0 {
		b.result.Warnings = append(b.result.Warnings, "The secret id is bound to no addresses: a stolen one is good "+
			"anywhere. Name the service's with --cidr, such as 10.1.2.0/24.")
	}
	var read struct {
		Data struct {
			RoleID string `json:"role_id"`
		}
	}
	if err := b.vault.get(ctx, b.cfg.rolePath()+"/role-id", nil, &read); err != nil {
		return err
	}
	b.result.RoleID = read.Data.RoleID
	return nil
}

func (b *bootstrap) makeRole(ctx context.Context) error {
	cidrs := b.cfg.SecretID.CIDRs
	err := b.vault.post(ctx, b.cfg.rolePath(), map[string]any{
		"token_policies":          []string{b.result.Role},
		"token_no_default_policy": true,
		"token_ttl":               "1h",
		"token_max_ttl":           "24h",
		"token_type":              "service",
		"token_bound_cidrs":       cidrs,
		"bind_secret_id":          true,
		"secret_id_num_uses":      0,
		"secret_id_ttl":           secretIDTTL.String(),
		"secret_id_bound_cidrs":   cidrs,
	}, nil)
	if err != nil {
		return err
	}
	b.did("AppRole %s logs in with that policy alone", b.result.Role)
	return nil
}

//go:embed policy.hcl.tmpl
var policyText string

//go:embed policy_sign.hcl.tmpl
var signingPolicyText string

//go:embed policy_rotation.hcl.tmpl
var rotationPolicyText string

var (
	policyTemplate         = template.Must(template.New("policy").Parse(policyText))
	signingPolicyTemplate  = template.Must(template.New("signing policy").Parse(signingPolicyText))
	rotationPolicyTemplate = template.Must(template.New("rotation policy").Parse(rotationPolicyText))
)

// Policy returns the least-privilege policy for cfg, in Vault's HCL.
func Policy(cfg Config) (string, error) { return render(policyTemplate, cfg) }

// SigningPolicy returns the policy of a program that signs and does nothing else.
func SigningPolicy(cfg Config) (string, error) { return render(signingPolicyTemplate, cfg) }

// RotationPolicy returns the policy of whoever makes new secret ids for Sealkeeper's login.
func RotationPolicy(cfg Config) (string, error) { return render(rotationPolicyTemplate, cfg) }

func render(policy *template.Template, cfg Config) (string, error) {
	var text strings.Builder
	if err := policy.Execute(&text, cfg.withDefaults()); err != nil {
		return "", fault.Wrap(err, fault.Internal, "vault_policy", "The Vault policy could not be written.")
	}
	return text.String(), nil
}
