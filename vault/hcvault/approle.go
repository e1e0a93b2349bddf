package hcvault

import (
	"context"
	"errors"

	"github.com/hashicorp/vault/api"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// appRole logs in with a role id and a secret id. A wrapped secret id is opened
// once and then kept in memory for later logins.
type appRole struct {
	auth  Auth
	vault *client
}

func (a *appRole) login(ctx context.Context) (*api.SecretAuth, error) {
	if a.auth.SecretID.Empty() {
		if err := a.unwrap(ctx); err != nil {
			return nil, err
		}
	}
	request := map[string]string{"role_id": a.auth.RoleID, "secret_id": a.auth.SecretID.Reveal()}
	return logIn(ctx, a.vault, a.auth.AppRoleMount, request,
		"Vault does not accept the role id and secret id; make a new secret id for the role.")
}

func (a *appRole) unwrap(ctx context.Context) error {
	a.vault.api.SetToken(a.auth.WrappedSecretID.Reveal())
	defer a.vault.api.ClearToken()
	var wrapped struct {
		Data struct {
			SecretID secret.Text `json:"secret_id"`
		}
	}
	err := a.vault.post(ctx, "sys/wrapping/unwrap", nil, &wrapped)
	switch {
	case errors.Is(err, fault.Internal) || isForbidden(err):
		return wrappingUsed(err)
	case err != nil:
		return err
	case wrapped.Data.SecretID.Empty():
		return fault.New(fault.Unavailable, "vault_wrapping_used",
			"The wrapping token does not hold a secret id; `sealkeeper vault bootstrap` makes one.")
	}
	a.auth.SecretID, a.auth.WrappedSecretID = wrapped.Data.SecretID, secret.Text{}
	return nil
}

// lookupWrapping finds out whether a wrapped secret id still opens, without opening it.
func lookupWrapping(ctx context.Context, vault *client, token secret.Text) error {
	err := vault.post(ctx, "sys/wrapping/lookup", map[string]string{"token": token.Reveal()}, nil)
	if errors.Is(err, fault.Internal) || isForbidden(err) {
		return wrappingUsed(err)
	}
	return err
}

func wrappingUsed(cause error) error {
	return fault.Wrap(cause, fault.Unavailable, "vault_wrapping_used",
		"The wrapped secret id does not open: it has expired or somebody opened it before. If that was not you, "+
			"revoke it; `sealkeeper vault bootstrap` makes a new one.")
}

func (a *appRole) logout(ctx context.Context, vault *client) error { return revokeSelf(ctx, vault) }
