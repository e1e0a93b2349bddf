package hcvault

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// credential reads what a login would show, and shows it to nobody.
func (e *examination) credential(context.Context) error {
	client, err := newClient(e.cfg, e.http)
	if err != nil {
		return err
	}
	e.door = newLogin(e.cfg, client)
	e.shown, err = e.door.read()
	return err
}

func (e *examination) login(ctx context.Context) error {
	vault, err := newClient(e.cfg, e.http)
	if err != nil {
		return err
	}
	if e.cfg.Auth.SecretIDWrapped {
		e.loginSpared = true
		return lookAtWrapping(ctx, vault, e.shown.proof)
	}
	auth, err := e.door.login(ctx, e.shown)
	if err != nil {
		return err
	}
	vault.api.SetToken(auth.ClientToken)
	e.vault = vault
	return nil
}

// lookAtWrapping finds out whether a wrapped secret id still opens, without
// opening it. That it does not is no fault of an installation that runs.
func lookAtWrapping(ctx context.Context, vault *client, token secret.Text) error {
	const own = "What comes after the login is not looked at: name a token for commands in vault.command_token_file."
	err := vault.post(ctx, "sys/wrapping/lookup", map[string]string{"token": token.Reveal()}, nil)
	switch {
	case errors.Is(err, fault.Internal) || isForbidden(err):
		return warning{fault.Wrap(err, fault.Unavailable, "vault_wrapping_used",
			"The wrapped secret id does not open any more. A running service has opened it, and needs another at its "+
				"next start, which `sealkeeper vault secret-id --wrapped` makes; if none has, somebody else did: "+
				"revoke it. "+own)}
	case err != nil:
		return err
	}
	return warning{fault.New(fault.Unavailable, "vault_login_spared",
		"The wrapped secret id opens once, and was left to the service. "+own)}
}

// lasting looks at the secret id that the login was made with.
func (e *examination) lasting(context.Context) error {
	a, ok := e.door.(*appRole)
	if !ok {
		return nil
	}
	l := a.lasts.Load()
	switch {
	case l.unknown != nil:
		return warning{fault.Wrap(l.unknown, fault.Unavailable, "vault_login_end_unknown",
			"The role's policy does not let Sealkeeper see when its secret id ends; compare it with `sealkeeper vault "+
				"policy`.")}
	case l.ends.IsZero():
		return warning{fault.New(fault.Unavailable, "vault_login_endless",
			"The secret id never expires, so a copy of it stays valid for ever; `sealkeeper vault secret-id` "+
				"writes one that "+
				"ends after 90 days.")}
	case l.warning() != nil:
		return warning{l.warning()}
	}
	return nil
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
