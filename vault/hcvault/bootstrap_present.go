package hcvault

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
)

const (
	signingSuffix  = "-signing"
	rotationSuffix = "-rotation"
)

// inventory is what Vault has already of what Bootstrap would write by name.
type inventory struct {
	policies      []namedPolicy
	appRole, role bool
	cidrs         []string // that the role's secret ids are bound to
}

type namedPolicy struct {
	name, allows string // allows is for people
	want, is     string // is: "" where there is none
}

// look reads what is there under our names, and refuses what belongs to another
// installation: writing over its policy would lock its service out.
func (b *bootstrap) look(ctx context.Context) error {
	if err := b.lookAtPolicies(ctx); err != nil {
		return err
	}
	var logins struct{ Data map[string]mount }
	if err := b.vault.get(ctx, "sys/auth", nil, &logins); err != nil {
		return err
	}
	path := b.cfg.Auth.AppRoleMount
	login, ok := logins.Data[path+"/"]
	switch {
	case !ok:
		return nil
	case login.Type != "approle":
		return fault.New(fault.Conflict, "vault_mount",
			"Vault has a %q login at %s where Sealkeeper wants AppRole; name another path.", login.Type, path)
	}
	b.found.appRole = true
	return b.lookAtRole(ctx)
}

func (b *bootstrap) lookAtPolicies(ctx context.Context) error {
	for _, made := range []struct {
		suffix, allows string
		text           func(Config) (string, error)
	}{
		{"", "exactly what Sealkeeper does", Policy},
		{signingSuffix, "signing alone, for roles of your own", SigningPolicy},
		{rotationSuffix, "new secret ids alone, for whoever rotates them", RotationPolicy},
	} {
		want, err := made.text(b.cfg)
		if err != nil {
			return err
		}
		p := namedPolicy{name: b.result.Role + made.suffix, allows: made.allows, want: want}
		var read struct{ Data struct{ Policy string } }
		err = b.vault.get(ctx, "sys/policies/acl/"+p.name, nil, &read)
		if ignoreNotFound(err) != nil {
			return err
		}
		if p.is = read.Data.Policy; p.is != p.want {
			if foreign := b.cfg.foreign(p.is); foreign != "" {
				return fault.New(fault.Conflict, "vault_policy_taken",
					"Vault has a policy %s that is about %s, so it belongs to something else than the engines at %s/ "+
						"and %s/; nothing was changed: give this installation a name of its own with `--name`, or "+
						"remove that policy if nobody uses it.",
					p.name, foreign, b.cfg.KVMount, b.cfg.TransitMount)
			}
		}
		b.found.policies = append(b.found.policies, p)
	}
	return nil
}

// lookAtRole leaves a role that is there to whoever set its times and addresses;
// that it logs in with our policy is all that matters.
func (b *bootstrap) lookAtRole(ctx context.Context) error {
	var read struct {
		Data struct {
			Policies []string `json:"token_policies"`
			CIDRs    []string `json:"secret_id_bound_cidrs"`
		}
	}
	err := b.vault.get(ctx, b.cfg.rolePath(), nil, &read)
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	if err == nil && !slices.Contains(read.Data.Policies, b.result.Role) {
		return fault.New(fault.Conflict, "vault_role_taken",
			"Vault has an AppRole %s without the policy of that name; nothing was changed: give this installation a "+
				"name of its own with `--name`, or give that AppRole the policy.", b.result.Role)
	}
	b.found.role, b.found.cidrs = err == nil, read.Data.CIDRs
	return err
}

// policyPath finds the paths of a policy in HCL, however it is laid out.
var policyPath = regexp.MustCompile(`\bpath"?\s+"([^"]*)"`)

// foreign returns what a policy is about that this installation has nothing to
// do with; "" for one of ours, be it of another version or cut down by hand.
func (cfg Config) foreign(policy string) string {
	found := policyPath.FindAllStringSubmatch(policy, -1)
	if len(found) == 0 && strings.TrimSpace(policy) != "" {
		return "what cannot be read here"
	}
	ours := []string{
		cfg.KVMount + "/data/" + cfg.Prefix + "/",
		cfg.KVMount + "/metadata/" + cfg.Prefix + "/",
		cfg.TransitMount + "/",
		"auth/token/",
		"sys/capabilities-self",
	}
	for _, path := range found {
		if strings.HasPrefix(path[1], "auth/") && strings.Contains(path[1], "/role/"+cfg.Role()+"/secret-id") {
			continue
		}
		if !slices.ContainsFunc(ours, func(prefix string) bool { return strings.HasPrefix(path[1], prefix) }) {
			return path[1]
		}
	}
	return ""
}

// auditDevice is where Bootstrap enables Vault's own log of requests.
const auditDevice = "sealkeeper"

// AuditTo says where Vault's audit log goes: a file's absolute path on Vault's
// machine, "stdout", "syslog", or "" for none of ours.
type AuditTo string

func (a AuditTo) device() (kind string, options map[string]string, err error) {
	switch {
	case a == "stdout":
		return "file", map[string]string{"file_path": "stdout"}, nil
	case a == "syslog":
		return "syslog", nil, nil
	case strings.HasPrefix(string(a), "/"):
		return "file", map[string]string{"file_path": string(a)}, nil
	}
	return "", nil, invalid("Vault's audit log goes to a file with an absolute path, to stdout or to syslog; %q is "+
		"none of them.", string(a))
}

// audit enables an audit device. One that is there already stays as it is.
func (b *bootstrap) audit(ctx context.Context) error {
	if b.cfg.AuditTo == "" {
		return nil
	}
	kind, options, err := b.cfg.AuditTo.device()
	if err != nil {
		return err
	}
	var enabled struct {
		Data map[string]struct {
			Type    string
			Options map[string]string
		}
	}
	if err := b.vault.get(ctx, "sys/audit", nil, &enabled); err != nil {
		return err
	}
	if found, ok := enabled.Data[auditDevice+"/"]; ok {
		if found.Type != kind || found.Options["file_path"] != options["file_path"] {
			return fault.New(fault.Conflict, "vault_audit",
				"Vault has an audit device %s/ already that writes somewhere else; it is not changed: disable it "+
					"first if that is wanted.", auditDevice)
		}
		b.did("Vault's audit log goes to %s, as before", b.cfg.AuditTo)
		return nil
	}
	err = b.vault.post(ctx, "sys/audit/"+auditDevice, map[string]any{
		"type":        kind,
		"description": "requests to Vault, Sealkeeper's among them",
		"options":     options,
	}, nil)
	if errors.Is(err, fault.Internal) { // Vault's 400, which has the reason
		return fault.Wrap(err, fault.Unavailable, "vault_audit",
			"Vault did not enable the audit log at %s; its reason is below. OpenBao wants it in the server's "+
				"configuration.", b.cfg.AuditTo)
	}
	if err == nil {
		b.did("Vault's audit log goes to %s", b.cfg.AuditTo)
	}
	return err
}
