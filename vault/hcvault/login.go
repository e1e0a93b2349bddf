package hcvault

import (
	"context"
	"errors"
	"net/http"

	"github.com/hashicorp/vault/api"

	"github.com/sealkeeper/sealkeeper/internal/fault"
	"github.com/sealkeeper/sealkeeper/internal/secret"
)

// login is a way to come by a token.
type login interface {
	login(ctx context.Context) (*api.SecretAuth, error)
	// logout revokes the token vault holds, if it was ours alone.
	logout(ctx context.Context, vault *client) error
}

func newLogin(auth Auth, vault *client) login {
	if auth.RoleID != "" {
		return &appRole{auth: auth, vault: vault}
	}
	return &fixedToken{token: auth.Token, vault: vault}
}

// fixedToken is a token given by the operator. Logging in again can only find
// out whether it still works.
type fixedToken struct {
	token secret.Text
	vault *client
}

func (f *fixedToken) login(ctx context.Context) (*api.SecretAuth, error) {
	f.vault.api.SetToken(f.token.Reveal())
	var self struct {
		Data struct {
			TTL       int
			Renewable bool
		}
	}
	if err := f.vault.get(ctx, "auth/token/lookup-self", nil, &self); err != nil {
		if isForbidden(err) {
			return nil, fault.Wrap(err, fault.Unavailable, "vault_login", "Vault does not accept the token; it has ended or was revoked, so give a new one.")
		}
		return nil, err
	}
	return &api.SecretAuth{ClientToken: f.token.Reveal(), LeaseDuration: self.Data.TTL, Renewable: self.Data.Renewable}, nil
}

func (f *fixedToken) logout(context.Context, *client) error { return nil }

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
	var answer struct{ Auth *api.SecretAuth }
	if err := a.vault.post(ctx, "auth/"+a.auth.AppRoleMount+"/login", request, &answer); err != nil {
		if errors.Is(err, fault.Internal) || isForbidden(err) { // 400 for wrong ids
			return nil, fault.Wrap(err, fault.Unavailable, "vault_login", "Vault does not accept the role id and secret id; make a new secret id for the role.")
		}
		return nil, err
	}
	if answer.Auth == nil || answer.Auth.ClientToken == "" {
		return nil, fault.New(fault.Unavailable, "vault_answer", "Vault answered the login without a token; check the AppRole mount %q.", a.auth.AppRoleMount)
	}
	return answer.Auth, nil
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
		return fault.New(fault.Unavailable, "vault_wrapping_used", "The wrapping token does not hold a secret id; `sealkeeper vault bootstrap` makes one.")
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
	return fault.Wrap(cause, fault.Unavailable, "vault_wrapping_used", "The wrapped secret id does not open: it has expired or somebody opened it before. If that was not you, revoke it; `sealkeeper vault bootstrap` makes a new one.")
}

func (a *appRole) logout(ctx context.Context, vault *client) error {
	return vault.post(ctx, "auth/token/revoke-self", nil, nil)
}

func isForbidden(err error) bool {
	a, ok := errors.AsType[*answer](err)
	return ok && a.Status == http.StatusForbidden
}
