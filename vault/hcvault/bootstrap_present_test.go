package hcvault_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// again is cfg with which Bootstrap can be run once more.
func again(server *vaulttest.Vault, cfg hcvault.Config) hcvault.Config {
	cfg.Auth = hcvault.Auth{Token: rootToken(server), AppRoleMount: cfg.Auth.AppRoleMount}
	cfg.SecretID = hcvault.NewSecretID{}
	return cfg
}

// written is all that a bootstrap writes by name, as Vault has it.
func written(t testing.TB, server *vaulttest.Vault, cfg hcvault.Config, result *hcvault.Result) map[string]any {
	t.Helper()
	all := map[string]any{}
	for _, path := range []string{
		"sys/policies/acl/" + result.Role,
		"sys/policies/acl/" + result.Role + "-signing",
		"sys/policies/acl/" + result.Role + "-rotation",
		"auth/" + cfg.Auth.AppRoleMount + "/role/" + result.Role,
		"sys/mounts",
		"sys/auth",
	} {
		all[path] = server.Root(t, http.MethodGet, path, nil)["data"]
	}
	return all
}

// TestSecondInstallation: other engines under the same name are refused before
// anything is written, and the first one's service goes on; with a name of its
// own the second one is set up beside it.
func TestSecondInstallation(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	custody := open(t, cfg)
	before := written(t, server, cfg, result)
	second := again(server, cfg)
	second.KVMount, second.TransitMount = kvMount+"-2", transitMount+"-2"
	_, err := hcvault.Bootstrap(t.Context(), second)
	wantCode(t, err, fault.Conflict, "vault_policy_taken")
	if message := fault.Sentence(err); !strings.Contains(message, "--name") || !strings.Contains(message,
		result.Role) {
		t.Errorf("the message does not say what to do: %s", message)
	}
	if diff := cmp.Diff(before, written(t, server, cfg, result)); diff != "" {
		t.Errorf("a refused bootstrap changed Vault (-before +after):\n%s", diff)
	}

	second.Name = cfg.Prefix[:8] + "-2"
	made, err := hcvault.Bootstrap(t.Context(), second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, path := range []string{
			"sys/mounts/" + second.KVMount,
			"sys/mounts/" + second.TransitMount,
			"sys/policies/acl/" + made.Role,
			"sys/policies/acl/" + made.Role + "-signing",
			"sys/policies/acl/" + made.Role + "-rotation",
		} {
			server.Root(t, http.MethodDelete, path, nil)
		}
	})
	second.Auth = made.Auth()
	for what, c := range map[string]*hcvault.Custody{"first": custody, "second": open(t, second)} {
		if _, err := c.Put(t.Context(), "doc", map[string]string{"a": "b"}, 0); err != nil {
			t.Errorf("the %s installation: %v", what, err)
		}
		importKey(t, c, "held")
	}
}

// TestPolicyBroughtUpToDate: another text for the same engines is replaced, and
// that is said; one that is about anything else stays and nothing is written.
func TestPolicyBroughtUpToDate(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	whole, err := hcvault.Policy(cfg)
	if err != nil {
		t.Fatal(err)
	}
	former := whole[:strings.Index(whole, "# All other private keys")]
	for name, test := range map[string]struct{ text, code string }{
		"the same":            {whole, ""},
		"of a former version": {former, ""},
		"cut down by hand":    {`path "auth/token/lookup-self" { capabilities = ["read"] }`, ""},
		"one path more": {
			whole + "path \"pki/issue/web\" {\n  capabilities = [\"update\"]\n}\n",
			"vault_policy_taken",
		},
		"another prefix":          {strings.ReplaceAll(whole, cfg.Prefix, "other"), "vault_policy_taken"},
		"another Transit":         {strings.ReplaceAll(whole, transitMount, "elsewhere"), "vault_policy_taken"},
		"quoted, and on one line": {`"path" "secret/*" { capabilities = ["read"] }`, "vault_policy_taken"},
		"as JSON":                 {`{"path": {"secret/*": {"capabilities": ["read"]}}}`, "vault_policy_taken"},
	} {
		for _, suffix := range policySuffixes {
			policy := result.Role + suffix
			t.Run(name+"/"+suffix, func(t *testing.T) {
				path := "sys/policies/acl/" + policy
				right := server.Root(t, http.MethodGet, path, nil)
				t.Cleanup(func() { server.Root(t, http.MethodPost, path, right["data"]) })
				server.Root(t, http.MethodPost, path, map[string]string{"policy": test.text})
				before := written(t, server, cfg, result)
				made, err := hcvault.Bootstrap(t.Context(), again(server, cfg))
				if test.code != "" {
					wantCode(t, err, fault.Conflict, test.code)
					if diff := cmp.Diff(before, written(t, server, cfg, result)); diff != "" {
						t.Errorf("a refused bootstrap changed Vault (-before +after):\n%s", diff)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if got := server.Root(t, http.MethodGet, path, nil); cmp.Diff(right["data"], got["data"]) != "" {
					t.Errorf("the policy was not brought up to date: %v", got)
				}
				differed := test.text != right["data"].(map[string]any)["policy"]
				if said := slices.ContainsFunc(made.Steps, func(s string) bool {
					return strings.Contains(s, policy+" had another text")
				}); said != differed {
					t.Errorf("it differed: %v, and it was said: %v: %q", differed, said, made.Steps)
				}
			})
		}
	}
}

// TestRoleStaysAsItIs: what the operator set of a role outlives a second bootstrap,
// and a role of that name with another policy is somebody else's.
func TestRoleStaysAsItIs(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	path := "auth/" + cfg.Auth.AppRoleMount + "/role/" + result.Role
	server.Root(t, http.MethodPost, path, map[string]any{
		"token_ttl":             "7m",
		"secret_id_bound_cidrs": []string{"127.0.0.0/8"},
	})
	before := written(t, server, cfg, result)
	if _, err := hcvault.Bootstrap(t.Context(), again(server, cfg)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, written(t, server, cfg, result)); diff != "" {
		t.Errorf("a second bootstrap changed Vault (-before +after):\n%s", diff)
	}
	server.Root(t, http.MethodPost, path, map[string]any{"token_policies": []string{"default"}})
	_, err := hcvault.Bootstrap(t.Context(), again(server, cfg))
	wantCode(t, err, fault.Conflict, "vault_role_taken")
}

func TestNamesOfOtherPolicies(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, _ := bootstrap(t, server)
	cfg = again(server, cfg)
	for _, suffix := range policySuffixes[1:] {
		cfg.Name = "x" + suffix
		_, err := hcvault.Bootstrap(t.Context(), cfg)
		wantCode(t, err, fault.Invalid, "vault_config")
	}
}
