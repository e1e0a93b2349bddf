package hcvault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Result is what Bootstrap made: everything Sealkeeper needs to log in.
type Result struct {
	Role     string // name of the AppRole and of its policy
	RoleID   string
	SecretID SecretID
	Steps    []string // what was done, a sentence each
	Warnings []string // what is less safe than it could be, a sentence each

	mount string // of the AppRole login
}

// Auth is how to log in with it.
func (r *Result) Auth() Auth {
	return Auth{
		AppRoleMount:    r.mount,
		RoleID:          Fixed(secret.NewTextString(r.RoleID)),
		SecretID:        Fixed(r.SecretID.Text),
		SecretIDWrapped: r.SecretID.Wrapped,
	}
}

// Bootstrap prepares a Vault for cfg: the two engines, policies, AppRole and a
// role. cfg.Auth.Token must be allowed to do that; it is not kept. What is there
// already stays, but for this installation's own policies, which are brought up
// to date; another installation's are refused before anything is written. Each
// run makes a new secret id.
func Bootstrap(ctx context.Context, cfg Config) (*Result, error) {
	if err := cfg.SecretID.validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	vault, closing, err := privileged(cfg)
	if err != nil {
		return nil, err
	}
	defer closing()
	b := &bootstrap{cfg: cfg, vault: vault, result: &Result{Role: cfg.Role(), mount: cfg.Auth.AppRoleMount}}
	for _, step := range []func(context.Context) error{
		b.look, b.documents, b.keys, b.policies, b.audit, b.appRole, b.role, b.secretID,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return b.result, nil
}

type bootstrap struct {
	cfg    Config
	vault  *client
	result *Result
	found  inventory
}

func (b *bootstrap) did(format string, args ...any) {
	b.result.Steps = append(b.result.Steps, fmt.Sprintf(format, args...))
}

func (b *bootstrap) documents(ctx context.Context) error {
	mounted, err := b.mount(ctx, b.cfg.KVMount, "kv", map[string]string{"version": "2"})
	if err != nil {
		return err
	}
	if mounted.Options["version"] != "2" {
		return fault.New(fault.Conflict, "vault_mount",
			"The KV engine at %s is version 1; choose another path, or upgrade it with "+
				"`vault kv enable-versioning %s`.",
			b.cfg.KVMount, b.cfg.KVMount)
	}
	// A new KV engine refuses requests for a moment while it prepares itself.
	err = b.untilReady(ctx, func() error {
		return b.vault.post(ctx, b.cfg.KVMount+"/config", map[string]any{"cas_required": true}, nil)
	})
	if err == nil {
		b.did("documents are kept in the KV engine at %s/, below %s/", b.cfg.KVMount, b.cfg.Prefix)
	}
	return err
}

func (b *bootstrap) keys(ctx context.Context) error {
	if _, err := b.mount(ctx, b.cfg.TransitMount, "transit", nil); err != nil {
		return err
	}
	// The first reading makes the wrapping key, which takes seconds.
	if err := b.vault.get(ctx, b.cfg.TransitMount+"/wrapping_key", nil, nil); err != nil {
		return err
	}
	b.did("private keys are kept in the Transit engine at %s/", b.cfg.TransitMount)
	return nil
}

type mount struct {
	Type    string
	Options map[string]string
}

// mount returns the engine at path, after mounting it if there is none.
func (b *bootstrap) mount(ctx context.Context, path, kind string, options map[string]string) (mount, error) {
	var mounts struct{ Data map[string]mount }
	if err := b.vault.get(ctx, "sys/mounts", nil, &mounts); err != nil {
		return mount{}, err
	}
	found, ok := mounts.Data[path+"/"]
	if ok && found.Type != kind {
		return mount{}, fault.New(fault.Conflict, "vault_mount",
			"Vault has a %q engine at %s where Sealkeeper wants %q; name another path.", found.Type, path, kind)
	}
	if ok {
		return found, nil
	}
	wanted := mount{Type: kind, Options: options}
	return wanted, b.vault.post(ctx, "sys/mounts/"+path, map[string]any{"type": kind, "options": options}, nil)
}

// untilReady repeats what Vault answers with 400 until it works or ctx ends.
func (b *bootstrap) untilReady(ctx context.Context, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Timeout)
	defer cancel()
	for {
		err := try()
		if err == nil || !errors.Is(err, fault.Internal) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (b *bootstrap) secretID(ctx context.Context) error {
	made, err := b.vault.makeSecretID(ctx, b.cfg.rolePath(), b.cfg.SecretID)
	if err != nil {
		return err
	}
	b.result.SecretID = *made
	switch {
	case made.Wrapped:
		b.did("a secret id was made; its wrapping opens once within %s", wrapTTL)
	case made.Ends.IsZero():
		b.did("a secret id was made, which does not end")
	default:
		b.did("a secret id was made, which ends on %s", made.Ends.UTC().Format(time.DateOnly))
	}
	if !made.Wrapped && !made.Ends.IsZero() && time.Until(made.Ends) < secretIDTTL-time.Hour {
		b.did("that is as long as the login at %[1]s/ or its role allows; "+
			"`vault auth tune -max-lease-ttl=%.0[2]fh %[1]s` allows 90 days",
			b.cfg.Auth.AppRoleMount, secretIDTTL.Hours())
	}
	return nil
}
