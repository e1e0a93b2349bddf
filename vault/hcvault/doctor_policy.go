package hcvault

import (
	"context"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
)

// needed is what the custody does, path by path.
func (cfg Config) needed() []permission {
	const id = "doctor"
	return []permission{
		{cfg.KVMount + "/data/" + cfg.Prefix + "/doc/" + id, []string{"create", "read", "update"}},
		{cfg.KVMount + "/metadata/" + cfg.Prefix + "/doc/" + id, []string{"delete"}},
		{cfg.KVMount + "/metadata/" + cfg.Prefix + "/doc/", []string{"list"}},
		{cfg.KVMount + "/data/" + cfg.Prefix + "/key/" + id, []string{"create", "read"}},
		{cfg.KVMount + "/metadata/" + cfg.Prefix + "/key/" + id, []string{"delete"}},
		{cfg.TransitMount + "/wrapping_key", []string{"read"}},
		{cfg.TransitMount + "/keys/" + id, []string{"read", "update", "delete"}},
		{cfg.TransitMount + "/keys/", []string{"list"}},
		{cfg.KVMount + "/metadata/" + cfg.Prefix + "/key/", []string{"list"}},
		{cfg.TransitMount + "/keys/" + id + "/import", []string{"update"}},
		{cfg.TransitMount + "/keys/" + id + "/config", []string{"update"}},
		{cfg.TransitMount + "/sign/" + id, []string{"update"}},
		{"auth/token/lookup-self", []string{"read"}},
		{"auth/token/renew-self", []string{"update"}},
	}
}

// dangerous are paths by which keys could come out, or the policy widen itself.
func (cfg Config) dangerous() []string {
	const id = "doctor"
	return []string{
		cfg.TransitMount + "/export/signing-key/" + id,
		cfg.TransitMount + "/backup/" + id,
		cfg.TransitMount + "/restore/" + id,
		cfg.TransitMount + "/keys/" + id + "/rotate",
		cfg.TransitMount + "/keys/" + id + "/import_version",
		"sys/policies/acl/sealkeeper-" + cfg.Prefix,
		"sys/mounts/" + cfg.TransitMount,
		"sys/audit/" + auditDevice,
		"auth/token/create",
		cfg.rolePath() + "/secret-id",
	}
}

func (e *examination) policyWideEnough(ctx context.Context) error {
	return e.vault.allows(ctx, e.cfg.needed())
}

func (e *examination) policyNarrowEnough(ctx context.Context) error {
	dangerous := e.cfg.dangerous()
	may, err := e.vault.capabilities(ctx, dangerous)
	if err != nil {
		return err
	}
	var allowed []string
	for _, path := range dangerous {
		if !slices.Equal(may[path], []string{"deny"}) {
			allowed = append(allowed, strings.Join(may[path], "+")+" on "+path)
		}
	}
	if len(allowed) > 0 {
		return fault.New(fault.Unavailable, "vault_policy_wide",
			"The policy is too wide, Sealkeeper must not have: %s. `sealkeeper vault bootstrap` writes the right one.",
			strings.Join(allowed, ", "))
	}
	return nil
}
