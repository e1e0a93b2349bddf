package hcvault_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

func TestExamine(t *testing.T) {
	server := vaulttest.Server(t)
	good, result := bootstrap(t, server)
	wrapped := good
	good.Auth.SecretID, good.Auth.SecretIDWrapped = fixed(plainSecretID(t, server, good, result)), false
	with := func(change func(*hcvault.Config)) hcvault.Config {
		cfg := good
		change(&cfg)
		return cfg
	}
	secretID := func(id hcvault.Source, wrapped bool) hcvault.Config {
		return with(func(c *hcvault.Config) { c.Auth.SecretID, c.Auth.SecretIDWrapped = id, wrapped })
	}
	made := func(body any) hcvault.Source {
		answer := server.Root(t, http.MethodPost, "auth/"+good.Auth.AppRoleMount+"/role/"+result.Role+"/secret-id",
			body)
		return fixed(answer["data"].(map[string]any)["secret_id"].(string))
	}
	exposed := filepath.Join(t.TempDir(), "secret-id")
	writeFile(t, exposed, textOf(t, good.Auth.SecretID))
	if err := os.Chmod(exposed, 0o644); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		cfg      hcvault.Config
		codes    string // of the problems found, in order
		warnings string // their codes
		looks    int    // how many things were looked at
	}{
		"all well":               {good, "", "", 12},
		"wrapped, not opened":    {wrapped, "", "vault_login_spared", 6},
		"wrapping opened before": {secretID(fixed("x"), true), "", "vault_wrapping_used", 6},
		"secret id ends soon":    {secretID(made(map[string]any{"ttl": "312h"}), false), "", "vault_login_ends", 12},
		"for everybody to read":  {secretID(inFile(exposed), false), "secret_file_mode", "", 2},
		"no file for the login":  {secretID(inFile(exposed+".missing"), false), "secret_file", "", 2},
		"wrong secret id":        {secretID(fixed("x"), false), "vault_login", "", 6},
		"contradiction":          {with(func(c *hcvault.Config) { c.Address = "vault" }), "vault_config", "", 1},
		"unreachable": {with(func(c *hcvault.Config) {
			c.Address = "http://127.0.0.1:1"
		}), "vault_unreachable", "", 3},
		"the root token": {with(func(c *hcvault.Config) {
			c.Auth = hcvault.Auth{Token: rootToken(server)}
		}), "vault_policy_wide", "", 12},
		"another mount": {with(func(c *hcvault.Config) {
			c.KVMount = "not-there"
		}), "vault_policy_narrow vault_refused", "", 12},
		"an old Vault":        {with(healthSays(t, server, `"version":"1.16.3"`)), "vault_version", "", 12},
		"an old OpenBao":      {with(healthSays(t, server, `"version":"2.2.0"`)), "vault_version", "", 12},
		"a good OpenBao":      {with(healthSays(t, server, `"version":"2.3.1"`)), "", "", 12},
		"a later HashiCorp":   {with(healthSays(t, server, `"version":"2.0.1+ent","enterprise":true`)), "", "", 12},
		"no version":          {with(healthSays(t, server, `"version":""`)), "vault_version", "", 12},
		"not initialised":     {with(healthSays(t, server, `"initialized":false`)), "vault_not_set_up", "", 3},
		"a clock an hour off": {with(healthSays(t, server, `"server_time_utc":1`)), "vault_clock", "", 12},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { examine(t, test.cfg, test.codes, test.warnings, test.looks) })
	}
	path := "auth/" + good.Auth.AppRoleMount + "/role/" + result.Role
	t.Run("secret id without an end", func(t *testing.T) {
		server.Root(t, http.MethodPost, path, map[string]any{"secret_id_ttl": 0})
		server.Root(t, http.MethodPost, "sys/auth/"+good.Auth.AppRoleMount+"/tune",
			map[string]any{"max_lease_ttl": "0"})
		examine(t, secretID(made(nil), false), "", "vault_login_endless", 12)
	})
	t.Run("policy of a former version", func(t *testing.T) {
		policy, err := hcvault.Policy(good)
		if err != nil {
			t.Fatal(err)
		}
		server.Root(t, http.MethodPost, "sys/policies/acl/"+result.Role,
			map[string]string{"policy": strings.Replace(policy, "secret-id/lookup", "x", 1)})
		examine(t, good, "", "vault_login_end_unknown", 12)
	})
}

func examine(t *testing.T, cfg hcvault.Config, problems, warnings string, looks int) {
	t.Helper()
	found := hcvault.Examine(t.Context(), cfg)
	var codes, notes []string
	for _, diagnosis := range found {
		if diagnosis.Problem != nil {
			code := fault.Code(diagnosis.Problem)
			codes = append(codes, code)
		}
		if diagnosis.Warning != nil {
			code := fault.Code(diagnosis.Warning)
			notes = append(notes, code)
		}
	}
	if got := strings.Join(codes, " "); got != problems || len(found) != looks {
		t.Errorf("got %q after %d checks, want %q after %d: %v", got, len(found), problems, looks, found)
	}
	if got := strings.Join(notes, " "); got != warnings {
		t.Errorf("warned of %q, want %q: %v", got, warnings, found)
	}
}

// healthSays puts a server in front of Vault whose health has these members.
func healthSays(t *testing.T, server *vaulttest.Vault, members string) func(*hcvault.Config) {
	address := breaker(t, server, func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/v1/sys/health" {
			return false
		}
		now := strconv.FormatInt(time.Now().Unix(), 10)
		// Of members named twice the last counts.
		_, _ = w.Write([]byte(`{"initialized":true,"sealed":false,"version":"1.21.0","server_time_utc":` + now + `,` +
			members + `}`))
		return true
	})
	return func(cfg *hcvault.Config) { cfg.Address = address }
}
