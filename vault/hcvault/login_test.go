package hcvault_test

import (
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// TestTokenFile replaces the token in the file, as an agent does, and has Vault
// end the one before.
func TestTokenFile(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	file := filepath.Join(t.TempDir(), "token")
	first := appToken(t, server, cfg, result)
	writeFile(t, file, first+"\n")
	log := make(events, 1000)
	cfg.Log, cfg.Auth = slog.New(log), hcvault.Auth{Token: inFile(file)}
	custody := open(t, cfg)
	log.wait(t, "logged in to Vault")

	server.Root(t, http.MethodPost, "auth/token/revoke", map[string]string{"token": first})
	wantCode(t, custody.Health(t.Context()), fault.Unavailable, "vault_token_ended")
	log.wait(t, "cannot log in to Vault")
	wantCode(t, waitForCode(t, custody, "vault_login"), fault.Unavailable, "vault_login")
	writeFile(t, file, server.RootToken)
	log.wait(t, "logged in to Vault")
	if err := custody.Health(t.Context()); err != nil {
		t.Errorf("with the new token: %v", err)
	}
}

func TestLoginFiles(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, _ := bootstrap(t, server)
	empty := filepath.Join(t.TempDir(), "empty")
	writeFile(t, empty, " \n")
	exposed := filepath.Join(t.TempDir(), "exposed")
	writeFile(t, exposed, server.RootToken)
	if err := os.Chmod(exposed, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{empty, empty + ".missing", exposed} {
		for _, auth := range []hcvault.Auth{
			{Token: inFile(file)},
			{JWT: inFile(file), JWTRole: "role"},
			{RoleID: fixed("r"), SecretID: inFile(file)},
			{Certificate: hcvault.CertificateFiles(empty, file)},
		} {
			cfg.Auth = auth
			_, err := hcvault.Open(t.Context(), cfg)
			wantCode(t, err, fault.Unavailable, "vault_login")
		}
	}
}

func TestJWTLogin(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	issuer := vaulttest.NewIssuer(t)
	mount := "jwt-" + cfg.Prefix
	trustJWTs(t, server, mount, result.Role, issuer)
	file := filepath.Join(t.TempDir(), "jwt")
	cfg.Auth = hcvault.Auth{JWT: inFile(file), JWTMount: mount, JWTRole: result.Role}

	writeFile(t, file, issuer.Sign(t, "system:serviceaccount:bank:sealkeeper"))
	if err := open(t, cfg).Health(t.Context()); err != nil {
		t.Error(err)
	}
	writeFile(t, file, issuer.Sign(t, "system:serviceaccount:bank:another"))
	_, err := hcvault.Open(t.Context(), cfg)
	wantCode(t, err, fault.Unavailable, "vault_login")
}

func trustJWTs(t *testing.T, server *vaulttest.Vault, mount, role string, issuer *vaulttest.Issuer) {
	t.Helper()
	server.Root(t, http.MethodPost, "sys/auth/"+mount, map[string]any{"type": "jwt"})
	t.Cleanup(func() { server.Root(t, http.MethodDelete, "sys/auth/"+mount, nil) })
	server.Root(t, http.MethodPost, "auth/"+mount+"/config",
		map[string]any{"jwt_validation_pubkeys": []string{issuer.PEM(t)}})
	server.Root(t, http.MethodPost, "auth/"+mount+"/role/"+role, map[string]any{
		"role_type":       "jwt",
		"user_claim":      "sub",
		"bound_audiences": []string{"vault"},
		"bound_subject":   "system:serviceaccount:bank:sealkeeper",
		"token_policies":  []string{role},
	})
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
