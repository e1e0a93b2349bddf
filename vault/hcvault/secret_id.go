package hcvault

import (
	"context"
	"regexp"
	"time"

	"github.com/hashicorp/vault/api"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// announced is how long before its end a secret id's end is told of.
const announced = 14 * 24 * time.Hour

// lasting is how long a secret id lasts, as Vault says after a login with it.
type lasting struct {
	ends    time.Time // zero: it does not
	unknown error     // why Vault does not say
}

// roleForm keeps a name that Vault tells from being another path.
var roleForm = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// lookUp asks when the secret id ends. A role of the operator's own may have no policy for it.
func (a *appRole) lookUp(ctx context.Context, auth *api.SecretAuth, secretID secret.Text) *lasting {
	role := auth.Metadata["role_name"]
	if !roleForm.MatchString(role) {
		return &lasting{unknown: fault.New(fault.Unavailable, "vault_answer",
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
		return &lasting{unknown: err}
	}
	if ends := found.Data.Ends; !ends.IsZero() && time.Until(ends) < announced {
		a.log.WarnContext(ctx, "the secret id ends soon; write another with `sealkeeper vault secret-id`", "ends", ends)
	}
	return &lasting{ends: found.Data.Ends}
}

// warning says that a secret id ends soon.
func (l *lasting) warning() error {
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
	return (&lasting{ends: c.LoginEnds()}).warning()
}
