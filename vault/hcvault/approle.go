package hcvault

import (
	"bytes"
	"context"
	"errors"
	"log/slog"

	"github.com/hashicorp/vault/api"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// appRole logs in with a role id and a secret id. A wrapped secret id is opened
// once and then kept in memory for later logins.
type appRole struct {
	auth  Auth
	vault *client
	log   *slog.Logger

	wrapping secret.Text // the one that was opened last
	opened   secret.Text // the secret id in it
}

func (a *appRole) read() (credential, error) {
	roleID, err := a.auth.RoleID()
	if err != nil {
		return credential{}, err
	}
	secretID, err := a.auth.SecretID()
	return credential{id: roleID, proof: secretID}, err
}

func (a *appRole) login(ctx context.Context, shown credential) (*api.SecretAuth, error) {
	secretID := shown.proof
	if a.auth.SecretIDWrapped {
		if err := a.open(ctx, shown.proof); err != nil {
			return nil, err
		}
		secretID = a.opened
	}
	request := map[string]string{"role_id": shown.id.Reveal(), "secret_id": secretID.Reveal()}
	return logIn(ctx, a.vault, a.auth.AppRoleMount, request, refusals{
		wrong: "it does not accept the role id and secret id, or not from this machine's address; " +
			"`sealkeeper vault secret-id` writes a new secret id, which is taken up within seconds.",
		forbidden: "it forbids the login. Either too many refused logins have locked the role for a quarter " +
			"of an hour, " +
			"which `vault read sys/locked-users` shows, or the role is bound to addresses without this machine's.",
	})
}

// open opens a wrapping that was not opened before. One that does not open is no
// matter while the secret id of the one before it is at hand.
func (a *appRole) open(ctx context.Context, wrapping secret.Text) error {
	if !a.opened.Empty() && bytes.Equal(wrapping.Bytes(), a.wrapping.Bytes()) {
		return nil
	}
	secretID, err := unwrap(ctx, a.vault, wrapping)
	switch {
	case err == nil:
		a.opened = secretID
	case a.opened.Empty() || !errors.Is(err, errRefused):
		return err
	default:
		a.log.WarnContext(ctx, "the new wrapped secret id does not open; the former secret id is used", "error", err)
	}
	a.wrapping = wrapping
	return nil
}

func unwrap(ctx context.Context, vault *client, wrapping secret.Text) (secret.Text, error) {
	vault.api.SetToken(wrapping.Reveal())
	defer vault.api.ClearToken()
	var wrapped struct {
		Data struct {
			SecretID secret.Text `json:"secret_id"`
		}
	}
	err := vault.post(ctx, "sys/wrapping/unwrap", nil, &wrapped)
	switch {
	case errors.Is(err, fault.Internal) || isForbidden(err):
		return secret.Text{}, wrappingUsed(err)
	case err != nil:
		return secret.Text{}, err
	case wrapped.Data.SecretID.Empty():
		return secret.Text{}, fault.Wrap(errRefused, fault.Unavailable, "vault_wrapping_used",
			"Cannot log in to Vault: the wrapping token does not hold a secret id; `sealkeeper vault secret-id "+
				"--wrapped` "+
				"makes one that does.")
	}
	return wrapped.Data.SecretID, nil
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
	return fault.Wrap(refused(cause), fault.Unavailable, "vault_wrapping_used",
		"Cannot log in to Vault: the wrapped secret id does not open, as it has expired or somebody opened it before. "+
			"If that was not you, revoke it; `sealkeeper vault secret-id --wrapped` makes a new one.")
}

func (a *appRole) logout(ctx context.Context, vault *client) error { return revokeSelf(ctx, vault) }
