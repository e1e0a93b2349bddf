package hcvault_test

import (
	"net/http"
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
	tests := map[string]struct {
		cfg   hcvault.Config
		codes string // of the problems found, in order
		looks int    // how many things were looked at
	}{
		"all well":            {good, "", 10},
		"wrapped, not opened": {wrapped, "", 5},
		"contradiction":       {with(func(c *hcvault.Config) { c.Address = "vault" }), "vault_config", 1},
		"unreachable": {with(func(c *hcvault.Config) {
			c.Address = "http://127.0.0.1:1"
		}), "vault_unreachable", 2},
		"wrong secret id": {with(func(c *hcvault.Config) {
			c.Auth.SecretID = fixed("x")
		}), "vault_login", 5},
		"wrapping opened before": {with(func(c *hcvault.Config) {
			c.Auth.SecretID, c.Auth.SecretIDWrapped = fixed("x"), true
		}), "vault_wrapping_used", 5},
		"the root token": {with(func(c *hcvault.Config) {
			c.Auth = hcvault.Auth{Token: rootToken(server)}
		}), "vault_policy_wide", 10},
		"another mount": {with(func(c *hcvault.Config) {
			c.KVMount = "not-there"
		}), "vault_policy_narrow vault_refused", 10},
		"an old Vault":        {with(healthSays(t, server, `"version":"1.16.3"`)), "vault_version", 10},
		"an old OpenBao":      {with(healthSays(t, server, `"version":"2.2.0"`)), "vault_version", 10},
		"a good OpenBao":      {with(healthSays(t, server, `"version":"2.3.1"`)), "", 10},
		"a later HashiCorp":   {with(healthSays(t, server, `"version":"2.0.1+ent","enterprise":true`)), "", 10},
		"no version":          {with(healthSays(t, server, `"version":""`)), "vault_version", 10},
		"not initialised":     {with(healthSays(t, server, `"initialized":false`)), "vault_not_set_up", 2},
		"a clock an hour off": {with(healthSays(t, server, `"server_time_utc":1`)), "vault_clock", 10},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			found := hcvault.Examine(t.Context(), test.cfg)
			var codes []string
			for _, diagnosis := range found {
				if diagnosis.Problem != nil {
					_, code, _ := fault.Public(diagnosis.Problem)
					codes = append(codes, code)
				}
			}
			if got := strings.Join(codes, " "); got != test.codes || len(found) != test.looks {
				t.Errorf("got %q after %d checks, want %q after %d: %v", got, len(found), test.codes, test.looks, found)
			}
		})
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
