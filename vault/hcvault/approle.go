package hcvault

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/hashicorp/vault/api"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// appRole logs in with a role id and a secret id. A wrapped secret id is opened
// once and kept in memory for as long as it is good: the next wrapping that is put
// into the file is for the next start.
type appRole struct {
	auth  Auth
	vault *client
	log   *slog.Logger

	wrapping secret.Text // the one that was opened last
	opened   secret.Text // the secret id in it
	lasts    atomic.Pointer[secretIDEnd]
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
	if !a.auth.SecretIDWrapped {
		return a.show(ctx, shown.id, shown.proof)
	}
	if !a.opened.Empty() {
		auth, err := a.show(ctx, shown.id, a.opened)
		if !errors.Is(err, errRefused) {
			return auth, err
		}
		a.opened = secret.Text{}
		if bytes.Equal(shown.proof.Bytes(), a.wrapping.Bytes()) {
			return nil, err
		}
	}
	var err error
	if a.opened, err = unwrap(ctx, a.vault, shown.proof); err != nil {
		return nil, err
	}
	a.wrapping = shown.proof
	return a.show(ctx, shown.id, a.opened)
}

func (a *appRole) show(ctx context.Context, roleID, secretID secret.Text) (*api.SecretAuth, error) {
	request := map[string]string{"role_id": roleID.Reveal(), "secret_id": secretID.Reveal()}
	auth, err := logIn(ctx, a.vault, a.auth.AppRoleMount, request, refusals{
		wrong: "it does not accept the role id and secret id, or not from this machine's address; " +
			"`sealkeeper vault secret-id` writes a new secret id, which is taken up within seconds.",
		forbidden: "it forbids the login. Either too many refused logins have locked the role for a quarter of an " +
			"hour, which `vault read sys/locked-users` shows, or the role is bound to other addresses than this " +
			"machine's.",
	})
	if err != nil {
		return nil, err
	}
	a.lasts.Store(a.lookUp(ctx, auth, secretID))
	return auth, nil
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
		return secret.Text{}, fault.Wrap(refused(err), fault.Unavailable, "vault_wrapping_used",
			"Cannot log in to Vault: the wrapped secret id does not open, as it has expired or somebody opened it "+
				"before. If that was not you, revoke it; `sealkeeper vault secret-id --wrapped` makes a new one.")
	case err != nil:
		return secret.Text{}, err
	case wrapped.Data.SecretID.Empty():
		return secret.Text{}, fault.Wrap(errRefused, fault.Unavailable, "vault_wrapping_used",
			"Cannot log in to Vault: the wrapping token does not hold a secret id; "+
				"`sealkeeper vault secret-id --wrapped` makes one that does.")
	}
	return wrapped.Data.SecretID, nil
}

func (a *appRole) logout(ctx context.Context, vault *client) error { return revokeSelf(ctx, vault) }

// announced is how long before its end a secret id's end is told of.
const announced = 14 * 24 * time.Hour

// secretIDEnd is how long a secret id lasts, as Vault says after a login with it.
type secretIDEnd struct {
	ends    time.Time // zero: it does not
	unknown error     // why Vault does not say
}

// roleForm keeps a name that Vault tells from being another path.
var roleForm = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// lookUp asks when the secret id ends. A role of the operator's own may have no policy for it.
func (a *appRole) lookUp(ctx context.Context, auth *api.SecretAuth, secretID secret.Text) *secretIDEnd {
	role := auth.Metadata["role_name"]
	if !roleForm.MatchString(role) {
		return &secretIDEnd{unknown: fault.New(fault.Unavailable, "vault_answer",
			"Vault does not name the role of the login.")}
	}
	a.vault.api.SetToken(auth.ClientToken)
	defer a.vault.api.ClearToken()
	var found struct {
		Data struct {
			Ends time.Time `json:"expiration_time"`
		}
	}
	path := "auth/" + a.auth.AppRoleMount + "/role/" + role + "/secret-id/lookup"
	if err := a.vault.post(ctx, path, map[string]string{"secret_id": secretID.Reveal()}, &found); err != nil {
		a.log.InfoContext(ctx, "it is not known when the secret id ends", "error", err)
		return &secretIDEnd{unknown: err}
	}
	if ends := found.Data.Ends; !ends.IsZero() && time.Until(ends) < announced {
		a.log.WarnContext(ctx, "the secret id ends soon; write another with `sealkeeper vault secret-id`", "ends", ends)
	}
	return &secretIDEnd{ends: found.Data.Ends}
}

// warning says that a secret id ends soon.
func (l *secretIDEnd) warning() error {
	if l == nil || l.ends.IsZero() || time.Until(l.ends) >= announced {
		return nil
	}
	return fault.New(fault.Unavailable, "vault_login_ends",
		"The secret id with which Sealkeeper logs in to Vault ends on %s; `sealkeeper vault secret-id` writes another "+
			"beside the running service.", l.ends.UTC().Format(time.DateOnly))
}

// LoginEnds is when the secret id of the login ends; zero where there is none, it
// does not end, or Vault does not say.
func (c *Custody) LoginEnds() time.Time {
	if a, ok := c.session.login.(*appRole); ok {
		if l := a.lasts.Load(); l != nil {
			return l.ends
		}
	}
	return time.Time{}
}

// Warning says what will be in the way of the login before long; nil is nothing.
func (c *Custody) Warning() error {
	return (&secretIDEnd{ends: c.LoginEnds()}).warning()
}
