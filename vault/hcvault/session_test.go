package hcvault_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

func rootToken(server *vaulttest.Vault) hcvault.Source { return fixed(server.RootToken) }

// plainSecretID gets a secret id past the wrapping, with the root token.
func plainSecretID(t testing.TB, server *vaulttest.Vault, cfg hcvault.Config, result *hcvault.Result) string {
	t.Helper()
	answer := server.Root(t, http.MethodPost, "auth/"+cfg.Auth.AppRoleMount+"/role/"+result.Role+"/secret-id", nil)
	return answer["data"].(map[string]any)["secret_id"].(string)
}

func appToken(t testing.TB, server *vaulttest.Vault, cfg hcvault.Config, result *hcvault.Result) string {
	t.Helper()
	body := map[string]string{"role_id": result.RoleID, "secret_id": plainSecretID(t, server, cfg, result)}
	return server.Root(t, http.MethodPost, "auth/"+cfg.Auth.AppRoleMount+
		"/login", body)["auth"].(map[string]any)["client_token"].(string)
}

// TestLoginOutlivesItsToken has tokens that cannot live longer than three seconds.
func TestLoginOutlivesItsToken(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	server.Root(t, http.MethodPost, "auth/"+cfg.Auth.AppRoleMount+"/role/"+result.Role,
		map[string]any{
			"token_ttl":               "2s",
			"token_max_ttl":           "3s",
			"token_policies":          []string{result.Role},
			"token_no_default_policy": true,
		})
	log := make(events, 1000)
	cfg.Log = slog.New(log)
	custody := open(t, cfg)
	log.wait(t, "logged in to Vault")
	for range 2 {
		log.wait(t, "renewed the Vault login")
		log.wait(t, "the Vault login is ending")
		log.wait(t, "logged in to Vault")
		if err := custody.Health(t.Context()); err != nil {
			t.Errorf("after logging in again: %v", err)
		}
	}
}

func TestRevokedTokenIsReplaced(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, _ := bootstrap(t, server)
	log := make(events, 1000)
	cfg.Log = slog.New(log)
	custody := open(t, cfg)
	log.wait(t, "logged in to Vault")

	server.Root(t, http.MethodPut, "sys/leases/revoke-prefix/auth/"+cfg.Auth.AppRoleMount+"/login", nil)
	wantCode(t, custody.Health(t.Context()), fault.Unavailable, "vault_token_ended")
	log.wait(t, "Vault no longer knows our token")
	log.wait(t, "logged in to Vault")
	if err := custody.Health(t.Context()); err != nil {
		t.Errorf("after the token was replaced: %v", err)
	}
}

func TestCloseRevokesTheToken(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	cfg.Auth.SecretID, cfg.Auth.SecretIDWrapped = fixed(plainSecretID(t, server, cfg, result)), false
	custody, err := hcvault.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	before := countTokens(t, server)
	if err := custody.Close(); err != nil {
		t.Fatal(err)
	}
	if after := countTokens(t, server); after != before-1 {
		t.Errorf("closing left %d of %d tokens, want one less", after, before)
	}
}

func countTokens(t testing.TB, server *vaulttest.Vault) int {
	t.Helper()
	answer := server.Root(t, http.MethodGet, "auth/token/accessors?list=true", nil)
	return len(answer["data"].(map[string]any)["keys"].([]any))
}

func TestLoginRefused(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	open(t, cfg) // opens the wrapping
	good := plainSecretID(t, server, cfg, result)
	tests := map[string]struct {
		auth hcvault.Auth
		code string
	}{
		"wrapping opened before": {result.Auth(), "vault_wrapping_used"},
		"no wrapping token": {hcvault.Auth{
			RoleID:          fixed(result.RoleID),
			SecretID:        fixed("hvs.invented"),
			SecretIDWrapped: true,
		}, "vault_wrapping_used"},
		"wrong secret id": {hcvault.Auth{
			RoleID:   fixed(result.RoleID),
			SecretID: fixed("not-the-secret-id"),
		}, "vault_login"},
		"wrong role id": {hcvault.Auth{RoleID: fixed("not-the-role-id"), SecretID: fixed(good)}, "vault_login"},
		"wrong token":   {hcvault.Auth{Token: fixed("hvs.not-the-token")}, "vault_login"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			refused := cfg
			refused.Auth = test.auth
			refused.Auth.AppRoleMount = cfg.Auth.AppRoleMount
			_, err := hcvault.Open(t.Context(), refused)
			wantCode(t, err, fault.Unavailable, test.code)
			for _, source := range []hcvault.Source{test.auth.Token, test.auth.SecretID} {
				if source == nil {
					continue
				}
				if hidden, _ := source(); strings.Contains(fmt.Sprint(err), hidden.Reveal()) {
					t.Errorf("the error shows a secret: %v", err)
				}
			}
		})
	}
}

func TestTokenLogin(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	answer := server.Root(t, http.MethodPost, "auth/token/create", map[string]any{
		"policies":          []string{result.Role},
		"ttl":               "1h",
		"no_default_policy": true,
	})
	token := answer["auth"].(map[string]any)["client_token"].(string)
	log := make(events, 1000)
	cfg.Log, cfg.Auth = slog.New(log), hcvault.Auth{Token: fixed(token)}
	custody := open(t, cfg)
	log.wait(t, "renewed the Vault login")
	if err := custody.Health(t.Context()); err != nil {
		t.Error(err)
	}
}
