package hcvault

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/hashicorp/vault/api"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// login is a way to come by a token.
type login interface {
	login(ctx context.Context) (*api.SecretAuth, error)
	// logout revokes the token vault holds, if it was ours alone.
	logout(ctx context.Context, vault *client) error
}

func newLogin(auth Auth, vault *client) login {
	switch {
	case auth.RoleID != "":
		return &appRole{auth: auth, vault: vault}
	case auth.JWTFile != "":
		return &jwt{auth: auth, vault: vault}
	case auth.CertFile != "":
		return &tlsCertificate{auth: auth, vault: vault}
	default:
		return &givenToken{auth: auth, vault: vault}
	}
}

// givenToken is a token given by the operator or an agent. Logging in again
// finds out whether it still works, or whether the file has a new one.
type givenToken struct {
	auth  Auth
	vault *client
}

func (g *givenToken) login(ctx context.Context) (*api.SecretAuth, error) {
	token := g.auth.Token
	if g.auth.TokenFile != "" {
		var err error
		if token, err = readSecretFile(g.auth.TokenFile); err != nil {
			return nil, err
		}
	}
	g.vault.api.SetToken(token.Reveal())
	var self struct {
		Data struct {
			TTL       int
			Renewable bool
		}
	}
	if err := g.vault.get(ctx, "auth/token/lookup-self", nil, &self); err != nil {
		if isForbidden(err) {
			return nil, fault.Wrap(err, fault.Unavailable, "vault_login",
				"Vault does not accept the token; it has ended or was revoked, so give a new one.")
		}
		return nil, err
	}
	return &api.SecretAuth{
		ClientToken:   token.Reveal(),
		LeaseDuration: self.Data.TTL,
		Renewable:     self.Data.Renewable,
	}, nil
}

func (g *givenToken) logout(context.Context, *client) error { return nil }

// jwt logs in with a token the platform gave this workload. Kubernetes' login
// and the JWT login take the same request.
type jwt struct {
	auth  Auth
	vault *client
}

func (j *jwt) login(ctx context.Context) (*api.SecretAuth, error) {
	token, err := readSecretFile(j.auth.JWTFile)
	if err != nil {
		return nil, err
	}
	request := map[string]string{"role": j.auth.JWTRole, "jwt": token.Reveal()}
	return logIn(ctx, j.vault, j.auth.JWTMount, request,
		"Vault does not accept this workload's JWT for the role; compare the role's bound subject and audience "+
			"with the JWT's.")
}

func (j *jwt) logout(ctx context.Context, vault *client) error { return revokeSelf(ctx, vault) }

func readSecretFile(path string) (secret.Text, error) {
	const limit = 64 << 10
	file, err := os.Open(path) // #nosec G304 -- the operator names the file
	if err != nil {
		return secret.Text{}, fault.Wrap(err, fault.Unavailable, "vault_login",
			"The file %s, to log in to Vault with, cannot be read.", path)
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, limit))
	if err != nil || len(bytes.TrimSpace(text)) == 0 {
		return secret.Text{}, fault.Wrap(err, fault.Unavailable, "vault_login",
			"The file %s, to log in to Vault with, holds nothing.", path)
	}
	defer clear(text)
	return secret.NewText(bytes.TrimSpace(text)), nil
}

// logIn posts to a login mount. refusal is what to say when Vault turns us away.
func logIn(
	ctx context.Context, vault *client, mount string, request map[string]string, refusal string,
) (*api.SecretAuth, error) {
	var answer struct{ Auth *api.SecretAuth }
	if err := vault.post(ctx, "auth/"+mount+"/login", request, &answer); err != nil {
		if errors.Is(err, fault.Internal) || isForbidden(err) { // 400 for wrong ids
			return nil, fault.Wrap(err, fault.Unavailable, "vault_login", "%s", refusal)
		}
		return nil, err
	}
	if answer.Auth == nil || answer.Auth.ClientToken == "" {
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
