package hcvault

import (
	"context"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/internal/fault"
)

// permission is a path and what may be done there.
type permission struct {
	path         string
	capabilities []string
}

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
	}
}

func (e *examination) policyWideEnough(ctx context.Context) error {
	needed := e.cfg.needed()
	paths := make([]string, len(needed))
	for i, n := range needed {
		paths[i] = n.path
	}
	may, err := e.capabilities(ctx, paths)
	if err != nil {
		return err
	}
	var missing []string
	for _, n := range needed {
		for _, capability := range n.capabilities {
			if !slices.Contains(may[n.path], capability) && !slices.Contains(may[n.path], "root") {
				missing = append(missing, capability+" on "+n.path)
			}
		}
	}
	if len(missing) > 0 {
		return fault.New(fault.Unavailable, "vault_policy_narrow", "The policy is too narrow, it lacks: %s. `sealkeeper vault bootstrap` writes the right one.", strings.Join(missing, ", "))
	}
	return nil
}

func (e *examination) policyNarrowEnough(ctx context.Context) error {
	dangerous := e.cfg.dangerous()
	may, err := e.capabilities(ctx, dangerous)
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
		return fault.New(fault.Unavailable, "vault_policy_wide", "The policy is too wide, Sealkeeper must not have: %s. `sealkeeper vault bootstrap` writes the right one.", strings.Join(allowed, ", "))
	}
	return nil
}

// capabilities asks Vault what our token may do on paths.
func (e *examination) capabilities(ctx context.Context, paths []string) (map[string][]string, error) {
	// Beside the paths Vault answers with a list of the first one's capabilities
	// under "capabilities", and with more fields that are no lists.
	var answer struct{ Data map[string]any }
	if err := e.vault.post(ctx, "sys/capabilities-self", map[string][]string{"paths": paths}, &answer); err != nil {
		return nil, err
	}
	may := make(map[string][]string, len(paths))
	for _, path := range paths {
		names, _ := answer.Data[path].([]any)
		for _, name := range names {
			if text, ok := name.(string); ok {
				may[path] = append(may[path], text)
			}
		}
	}
	return may, nil
}
