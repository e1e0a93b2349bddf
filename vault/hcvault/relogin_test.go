package hcvault_test

import (
	"crypto"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// files is an AppRole's login in files, as a service is configured.
type files struct{ roleID, secretID string }

// inFiles has cfg log in with files that hold the role id and a plain secret id, and with tokens of a few seconds.
func inFiles(
	t *testing.T, server *vaulttest.Vault, cfg hcvault.Config, result *hcvault.Result,
) (hcvault.Config, files) {
	t.Helper()
	dir := t.TempDir()
	f := files{filepath.Join(dir, "role-id"), filepath.Join(dir, "secret-id")}
	writeFile(t, f.roleID, result.RoleID)
	writeFile(t, f.secretID, plainSecretID(t, server, cfg, result))
	cfg.Auth.RoleID, cfg.Auth.SecretID, cfg.Auth.SecretIDWrapped = inFile(f.roleID), inFile(f.secretID), false
	server.Root(t, http.MethodPost, "auth/"+cfg.Auth.AppRoleMount+"/role/"+result.Role, map[string]any{
		"token_ttl":               "2s",
		"token_max_ttl":           "3s",
		"token_policies":          []string{result.Role},
		"token_no_default_policy": true,
	})
	return cfg, f
}

// watched hands on what a source reads, and tells each time.
func watched(source hcvault.Source) (hcvault.Source, chan struct{}) {
	read := make(chan struct{}, 1000)
	return func() (secret.Text, error) {
		read <- struct{}{}
		return source()
	}, read
}

func destroySecretID(t *testing.T, server *vaulttest.Vault, cfg hcvault.Config, role, secretID string) {
	t.Helper()
	server.Root(t, http.MethodPost, "auth/"+cfg.Auth.AppRoleMount+"/role/"+role+"/secret-id/destroy",
		map[string]string{"secret_id": secretID})
}

func textOf(t *testing.T, source hcvault.Source) string {
	t.Helper()
	text, err := source()
	if err != nil {
		t.Fatal(err)
	}
	return text.Reveal()
}

// TestStaleSecretID destroys the secret id of a running custody. It tries it once,
// so that nobody else of the role is locked out, says what to do, and goes on with
// the next one that is in the file.
func TestStaleSecretID(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	cfg, file := inFiles(t, server, cfg, result)
	var logins atomic.Int32
	cfg.Address = breaker(t, server, func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/"+cfg.Auth.AppRoleMount+"/login") {
			logins.Add(1)
		}
		return false
	})
	log := make(events, 1000)
	cfg.Log = slog.New(log)
	stale := textOf(t, cfg.Auth.SecretID)
	source, looked := watched(cfg.Auth.SecretID)
	cfg.Auth.SecretID = source
	custody := open(t, cfg)
	signer := openSigner(t, custody, "held", importKey(t, custody, "held"))

	destroySecretID(t, server, cfg, result.Role, stale)
	log.wait(t, "cannot log in to Vault")
	tried := logins.Load()
	for len(looked) > 0 {
		<-looked
	}
	for range 3 {
		<-looked
	}
	if n := logins.Load(); n != tried {
		t.Errorf("a refused secret id was shown %d times more", n-tried)
	}
	problem := waitForCode(t, custody, "vault_login")
	if message := fault.Sentence(problem); !strings.HasPrefix(message, "Cannot log in to Vault: ") ||
		!strings.Contains(message, "secret id") || strings.Contains(message, "policy") {
		t.Errorf("health does not say what to do: %s", message)
	}
	_, err := signer.Sign(nil, digest, crypto.SHA256)
	wantCode(t, err, fault.Unavailable, "vault_login")

	writeFile(t, file.secretID, plainSecretID(t, server, cfg, result)) // it would be refused for a locked role
	log.wait(t, "logged in to Vault")
	if err := custody.Health(t.Context()); err != nil {
		t.Errorf("with the new secret id: %v", err)
	}
	if _, err := signer.Sign(nil, digest, crypto.SHA256); err != nil {
		t.Errorf("with the new secret id: %v", err)
	}
}

// TestSecretIDReplaced writes another secret id while the login is good: it is
// taken up at once, and a wrong one does no harm.
func TestSecretIDReplaced(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	mount := cfg.Auth.AppRoleMount
	cfg, file := inFiles(t, server, cfg, result)
	server.Root(t, http.MethodPost, "auth/"+mount+"/role/"+result.Role, map[string]any{
		"token_ttl":      "1h",
		"token_max_ttl":  "2h",
		"token_policies": []string{result.Role},
	})
	log := make(events, 1000)
	cfg.Log = slog.New(log)
	custody := open(t, cfg)
	log.wait(t, "logged in to Vault")

	writeFile(t, file.secretID, "not-a-secret-id")
	log.wait(t, "cannot log in to Vault")
	if err := custody.Health(t.Context()); err != nil {
		t.Errorf("the login there was is good still: %v", err)
	}
	writeFile(t, file.secretID, plainSecretID(t, server, cfg, result))
	log.wait(t, "logged in to Vault")
	if err := custody.Health(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestStartWithAStaleSecretID: a patient custody is not ended by a refused login,
// only to be started and refused again. Role id and secret id are both read anew.
func TestStartWithAStaleSecretID(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	cfg, file := inFiles(t, server, cfg, result)
	writeFile(t, file.roleID, "a-role-of-before")
	log := make(events, 1000)
	cfg.Log = slog.New(log)
	_, err := hcvault.Open(t.Context(), cfg)
	wantCode(t, err, fault.Unavailable, "vault_login")

	cfg.Patient = true
	custody := open(t, cfg)
	wantCode(t, custody.Health(t.Context()), fault.Unavailable, "vault_login")
	_, err = custody.List(t.Context())
	wantCode(t, err, fault.Unavailable, "vault_login")
	writeFile(t, file.roleID, result.RoleID)
	log.wait(t, "logged in to Vault")
	if err := custody.Health(t.Context()); err != nil {
		t.Errorf("with the right role id: %v", err)
	}

	cfg.Address = "http://127.0.0.1:1"
	_, err = hcvault.Open(t.Context(), cfg)
	wantCode(t, err, fault.Unavailable, "vault_unreachable")
}

// TestLockedRole has somebody else lock the role: that is no matter of the policy.
func TestLockedRole(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	cfg, _ = inFiles(t, server, cfg, result)
	for range 5 {
		server.Call(t, "", http.MethodPost, "auth/"+cfg.Auth.AppRoleMount+"/login",
			map[string]string{"role_id": result.RoleID, "secret_id": "guessed"})
	}
	_, err := hcvault.Open(t.Context(), cfg)
	wantCode(t, err, fault.Unavailable, "vault_login_forbidden")
	if message := fault.Sentence(err); !strings.Contains(message, "sys/locked-users") ||
		strings.Contains(message, "policy") {
		t.Errorf("the message does not say what it is: %s", message)
	}
	mounts := server.Root(t, http.MethodGet, "sys/auth", nil)["data"].(map[string]any)
	accessor := mounts[cfg.Auth.AppRoleMount+"/"].(map[string]any)["accessor"].(string)
	server.Root(t, http.MethodPost, "sys/locked-users/"+accessor+"/unlock/"+result.RoleID, nil)
	if err := open(t, cfg).Health(t.Context()); err != nil {
		t.Errorf("unlocked: %v", err)
	}
}

// TestNextWrapping puts another wrapping into the file, which is for the next start:
// it is opened no sooner than the first secret id is good for nothing.
func TestNextWrapping(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	first := textOf(t, cfg.Auth.SecretID)
	cfg, file := inFiles(t, server, cfg, result)
	writeFile(t, file.secretID, first)
	cfg.Auth.SecretIDWrapped = true
	log := make(events, 1000)
	cfg.Log = slog.New(log)
	custody := open(t, cfg)
	path := "auth/" + cfg.Auth.AppRoleMount + "/role/" + result.Role
	before := server.Root(t, http.MethodGet, path+"/secret-id?list=true", nil)["data"].(map[string]any)["keys"].([]any)
	next, err := hcvault.MakeSecretID(t.Context(), again(server, cfg), hcvault.NewSecretID{Wrapped: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"hvs.opened-by-somebody-else", next.Text.Reveal()} {
		writeFile(t, file.secretID, text)
		log.wait(t, "the Vault login is ending")
		log.wait(t, "logged in to Vault")
		if err := custody.Health(t.Context()); err != nil {
			t.Error(err)
		}
	}
	// still opens
	server.Root(t, http.MethodPost, "sys/wrapping/lookup", map[string]string{"token": next.Text.Reveal()})

	for _, accessor := range before {
		server.Root(t, http.MethodPost, path+"/secret-id-accessor/destroy",
			map[string]any{"secret_id_accessor": accessor})
	}
	log.wait(t, "the Vault login is ending")
	log.wait(t, "logged in to Vault")
	if err := custody.Health(t.Context()); err != nil {
		t.Error(err)
	}
	if status, answer := server.Call(t, server.RootToken, http.MethodPost, "sys/wrapping/lookup",
		map[string]string{"token": next.Text.Reveal()}); status < http.StatusBadRequest {
		t.Errorf("the second wrapping was not opened: %v", answer)
	}
	_, err = hcvault.Open(t.Context(), cfg)
	wantCode(t, err, fault.Unavailable, "vault_wrapping_used")
}
