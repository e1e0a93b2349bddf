package hcvault

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/hashicorp/vault/api"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/secret"
)

// login is a way to come by a token.
type login interface {
	// read returns what the next login shows to Vault, as it is now.
	read() (credential, error)
	login(ctx context.Context, shown credential) (*api.SecretAuth, error)
	// logout revokes the token vault holds, if it was ours alone.
	logout(ctx context.Context, vault *client) error
}

// credential is what a login shows to Vault.
type credential struct{ id, proof secret.Text }

func (c credential) equal(other credential) bool {
	return bytes.Equal(c.id.Bytes(), other.id.Bytes()) && bytes.Equal(c.proof.Bytes(), other.proof.Bytes())
}

func newLogin(cfg Config, vault *client) login {
	auth := cfg.Auth
	switch {
	case auth.RoleID != nil:
		return &appRole{auth: auth, vault: vault, log: cfg.Log}
	case auth.JWT != nil:
		return &jwt{auth: auth, vault: vault}
	case auth.Certificate != nil:
		return &tlsCertificate{auth: auth, vault: vault}
	default:
		return &givenToken{auth: auth, vault: vault}
	}
}

// errRefused marks the error of a login that Vault turned down. Showing it the
// same again is no use, and some logins are locked after a few times.
var errRefused = errors.New("vault refused the login")

func refused(cause error) error { return fmt.Errorf("%w: %w", errRefused, cause) }

// cannotRead is a login that was not tried, for want of what to show.
func cannotRead(err error) error {
	return fault.Wrap(err, fault.Unavailable, "vault_login", "Cannot log in to Vault: %s", fault.Sentence(err))
}

// givenToken is a token given by the operator or an agent. Logging in again
// finds out whether it still works, or whether there is a new one.
type givenToken struct {
	auth  Auth
	vault *client
}

func (g *givenToken) read() (credential, error) {
	token, err := g.auth.Token()
	return credential{proof: token}, err
}

func (g *givenToken) login(ctx context.Context, shown credential) (*api.SecretAuth, error) {
	token := shown.proof.Reveal()
	g.vault.api.SetToken(token)
	var self struct {
		Data struct {
			TTL       int
			Renewable bool
		}
	}
	err := g.vault.get(ctx, "auth/token/lookup-self", nil, &self)
	switch {
	case isForbidden(err):
		return nil, fault.Wrap(refused(err), fault.Unavailable, "vault_login",
			"Cannot log in to Vault: it does not accept the token, which has ended or was revoked; give a new one.")
	case err != nil:
		return nil, err
	}
	return &api.SecretAuth{ClientToken: token, LeaseDuration: self.Data.TTL, Renewable: self.Data.Renewable}, nil
}

func (g *givenToken) logout(context.Context, *client) error { return nil }

// jwt logs in with a token the platform gave this workload. Kubernetes' login
// and the JWT login take the same request.
type jwt struct {
	auth  Auth
	vault *client
}

func (j *jwt) read() (credential, error) {
	token, err := j.auth.JWT()
	return credential{proof: token}, err
}

func (j *jwt) login(ctx context.Context, shown credential) (*api.SecretAuth, error) {
	request := map[string]string{"role": j.auth.JWTRole, "jwt": shown.proof.Reveal()}
	return logIn(ctx, j.vault, j.auth.JWTMount, request, refusals{
		wrong: "it does not accept this workload's JWT for the role; compare the role's bound subject and audience " +
			"with the JWT's.",
	})
}

func (j *jwt) logout(ctx context.Context, vault *client) error { return revokeSelf(ctx, vault) }

// refusals say why Vault turned a login down: with 400, and with 403 where that means something else.
type refusals struct{ wrong, forbidden string }

// logIn posts to a login mount.
func logIn(
	ctx context.Context, vault *client, mount string, request map[string]string, why refusals,
) (*api.SecretAuth, error) {
	var answer struct{ Auth *api.SecretAuth }
	err := vault.post(ctx, "auth/"+mount+"/login", request, &answer)
	switch {
	case isForbidden(err) && why.forbidden != "":
		return nil, fault.Wrap(refused(err), fault.Unavailable, "vault_login_forbidden",
			"Cannot log in to Vault: %s", why.forbidden)
	case isForbidden(err) || errors.Is(err, fault.Internal): // 400
		return nil, fault.Wrap(refused(err), fault.Unavailable, "vault_login", "Cannot log in to Vault: %s", why.wrong)
	case err != nil:
		return nil, err
	case answer.Auth == nil || answer.Auth.ClientToken == "":
		return nil, fault.New(fault.Unavailable, "vault_answer",
			"Vault answered the login without a token; check the login mount %q.", mount)
	}
	return answer.Auth, nil
}

func revokeSelf(ctx context.Context, vault *client) error {
	return vault.post(ctx, "auth/token/revoke-self", nil, nil)
}

func isForbidden(err error) bool {
	a, ok := errors.AsType[*answer](err)
	return ok && a.Status == http.StatusForbidden
}

// tlsCertificate logs in with the client certificate that every connection to
// Vault presents: Vault wants to see it again when the token is renewed.
type tlsCertificate struct {
	auth  Auth
	vault *client
}

func (c *tlsCertificate) read() (credential, error) {
	pair, err := c.auth.Certificate()
	if err != nil {
		return credential{}, err
	}
	return credential{id: secret.NewText(pair.Certificate[0])}, nil
}

func (c *tlsCertificate) login(ctx context.Context, _ credential) (*api.SecretAuth, error) {
	c.vault.connections.reconnect() // an open connection has presented the certificate of its day
	request := map[string]string{}
	if c.auth.CertRole != "" {
		request["name"] = c.auth.CertRole
	}
	return logIn(ctx, c.vault, c.auth.CertMount, request, refusals{
		wrong: "it does not accept the TLS certificate; compare it with the role's trusted CA and allowed names, and " +
			"check that nothing between here and Vault ends TLS.",
	})
}

func (c *tlsCertificate) logout(ctx context.Context, vault *client) error {
	return revokeSelf(ctx, vault)
}

// CertificateFiles reads a certificate with its chain, and its private key, from
// files in PEM each time it is asked, so that a renewed one needs no restart.
func CertificateFiles(certificate, key string) func() (*tls.Certificate, error) {
	return func() (*tls.Certificate, error) {
		private, err := secretfile.Read(key)
		if err != nil {
			return nil, err
		}
		defer private.Wipe()
		chain, err := os.ReadFile(certificate)
		if err != nil {
			return nil, fault.Wrap(err, fault.Unavailable, "vault_login", "The file %s cannot be read.", certificate)
		}
		pair, err := tls.X509KeyPair(chain, private.Bytes())
		if err != nil {
			return nil, fault.Wrap(err, fault.Unavailable, "vault_login",
				"The files %s and %s are not a certificate and its private key in PEM.", certificate, key)
		}
		return &pair, nil
	}
}
