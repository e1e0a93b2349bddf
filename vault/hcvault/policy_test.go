package hcvault_test

import (
	"net/http"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// TestContract runs under the policy Bootstrap writes and not as root: every
// call the custody makes is shown to be allowed by it.
func TestContract(t *testing.T) {
	server := vaulttest.Server(t)
	vaulttest.TestCustody(t, func(t *testing.T) vault.Custody {
		cfg, _ := bootstrap(t, server)
		return open(t, cfg)
	})
}

// TestPolicyRefuses tries, with the application's own token, what a thief of that
// token would.
func TestPolicyRefuses(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	custody := open(t, cfg)
	importKey(t, custody, "held")
	if _, err := custody.Put(t.Context(), "held", map[string]string{"a": "b"}, 0); err != nil {
		t.Fatal(err)
	}
	if err := custody.ImportExportableKey(t.Context(), "exportable", newP256(t)); err != nil {
		t.Fatal(err)
	}
	token := appToken(t, server, cfg, result)
	key, role := transitMount+"/keys/"+cfg.Prefix+"-held", "auth/"+cfg.Auth.AppRoleMount+"/role/"+result.Role

	tests := map[string]struct {
		method, path string
		body         any
	}{
		"export the key":            {"GET", transitMount + "/export/signing-key/" + cfg.Prefix + "-held", nil},
		"export the key by version": {"GET", transitMount + "/export/signing-key/" + cfg.Prefix + "-held/1", nil},
		"back the key up":           {"GET", transitMount + "/backup/" + cfg.Prefix + "-held", nil},
		"make the key exportable":   {"POST", key + "/config", map[string]any{"exportable": true}},
		"allow a backup of the key": {"POST", key + "/config", map[string]any{"allow_plaintext_backup": true}},
		"slip exportable in": {"POST", key + "/config", map[string]any{
			"deletion_allowed": true,
			"exportable":       true,
		}},
		"import as exportable": {"POST", transitMount + "/keys/" + cfg.Prefix + "-new/import", map[string]any{
			"type":       "ecdsa-p256",
			"ciphertext": "AAAA",
			"exportable": true,
		}},
		"import as exportable, in text": {"POST", transitMount + "/keys/" + cfg.Prefix + "-new/import", map[string]any{
			"type":       "ecdsa-p256",
			"ciphertext": "AAAA",
			"exportable": "true",
		}},
		"import another version": {"POST", key + "/import_version", map[string]any{"ciphertext": "AAAA"}},
		"rotate the key":         {"POST", key + "/rotate", nil},
		"make a key for backup": {"POST", transitMount + "/keys/" + cfg.Prefix + "-new", map[string]any{
			"type":                   "ecdsa-p256",
			"allow_plaintext_backup": true,
		}},
		"make a key that rotates": {"POST", transitMount + "/keys/" + cfg.Prefix + "-new", map[string]any{
			"type":               "ecdsa-p256",
			"auto_rotate_period": "1h",
		}},
		"make an exportable key": {"POST", transitMount + "/keys/" + cfg.Prefix + "-new", map[string]any{
			"type":       "ecdsa-p256",
			"exportable": true,
		}},
		"restore a key": {
			"POST",
			transitMount + "/restore/" + cfg.Prefix + "-new",
			map[string]any{"backup": "AAAA"},
		},
		"decrypt": {
			"POST",
			transitMount + "/decrypt/" + cfg.Prefix + "-held",
			map[string]any{"ciphertext": "vault:v1:AAAA"},
		},
		"write over an exportable key": {"POST", kvMount + "/data/" + cfg.Prefix + "/key/exportable", map[string]any{
			"data":    map[string]string{"pkcs8": "AAAA"},
			"options": map[string]int{"cas": 1},
		}},
		"another prefix's exportable keys": {"GET", kvMount + "/data/other/key/exportable", nil},
		"another prefix's documents":       {"GET", kvMount + "/data/other/doc/held", nil},
		"list other prefixes":              {"GET", kvMount + "/metadata?list=true", nil},
		"destroy a version silently": {
			"POST",
			kvMount + "/destroy/" + cfg.Prefix + "/doc/held",
			map[string]any{"versions": []int{1}},
		},
		"switch off check-and-set": {"POST", kvMount + "/config", map[string]any{"cas_required": false}},
		"read its own policy":      {"GET", "sys/policies/acl/" + result.Role, nil},
		"write its own policy":     {"POST", "sys/policies/acl/" + result.Role, map[string]any{"policy": ""}},
		"make a secret id":         {"POST", role + "/secret-id", nil},
		"destroy a secret id":      {"POST", role + "/secret-id/destroy", map[string]any{"secret_id": "x"}},
		"list secret ids":          {"GET", role + "/secret-id?list=true", nil},
		"read the role":            {"GET", role, nil},
		"another role's secret id": {"POST", role + "-2/secret-id/lookup", map[string]any{"secret_id": "x"}},
		"make a token":             {"POST", "auth/token/create", nil},
		"list the engines":         {"GET", "sys/mounts", nil},
		"seal":                     {"PUT", "sys/seal", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			status, answer := server.Call(t, token, test.method, test.path, test.body)
			if status != http.StatusForbidden {
				t.Errorf("%s %s: got %d %v, want 403", test.method, test.path, status, answer)
			}
		})
	}
	if keys := server.Root(t, http.MethodGet, key, nil)["data"].(map[string]any); keys["exportable"] != false ||
		keys["allow_plaintext_backup"] != false {
		t.Errorf("the key in Vault can come out: %v", keys)
	}
}

// TestNotEvenRootExports shows that it is the key itself that does not come out.
func TestNotEvenRootExports(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, _ := bootstrap(t, server)
	importKey(t, open(t, cfg), "held")
	for _, path := range []string{"/export/signing-key/", "/backup/"} {
		if status, answer := server.Call(t, server.RootToken, http.MethodGet, transitMount+path+cfg.Prefix+"-held",
			nil); status < 400 {
			t.Errorf("%s gave the root token %v", path, answer)
		}
	}
}

func TestBootstrapAgain(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, first := bootstrap(t, server)
	custody := open(t, cfg)
	if _, err := custody.Put(t.Context(), "exportable", map[string]string{"a": "b"}, 0); err != nil {
		t.Fatal(err)
	}
	again := cfg
	again.Auth = hcvault.Auth{Token: rootToken(server), AppRoleMount: cfg.Auth.AppRoleMount}
	second, err := hcvault.Bootstrap(t.Context(), again)
	if err != nil {
		t.Fatal(err)
	}
	if second.RoleID != first.RoleID || second.Role != first.Role {
		t.Errorf("a second bootstrap made role %s %s, the first %s %s", second.Role, second.RoleID, first.Role,
			first.RoleID)
	}
	if _, _, err := custody.Get(t.Context(), "exportable"); err != nil {
		t.Errorf("after a second bootstrap: %v", err)
	}
	cfg.Auth = second.Auth()
	if err := open(t, cfg).Health(t.Context()); err != nil {
		t.Errorf("with the second secret id: %v", err)
	}
}

func TestBootstrapRefuses(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, _ := bootstrap(t, server)
	_, err := hcvault.Bootstrap(t.Context(), cfg)
	wantCode(t, err, fault.Invalid, "vault_config")

	cfg.Auth = hcvault.Auth{Token: rootToken(server), AppRoleMount: cfg.Auth.AppRoleMount}
	swapped := cfg
	swapped.Name = "swapped"
	swapped.KVMount, swapped.TransitMount = cfg.TransitMount, cfg.KVMount
	_, err = hcvault.Bootstrap(t.Context(), swapped)
	wantCode(t, err, fault.Conflict, "vault_mount")

	notAppRole := cfg
	notAppRole.Auth.AppRoleMount = "token"
	_, err = hcvault.Bootstrap(t.Context(), notAppRole)
	wantCode(t, err, fault.Conflict, "vault_mount")
}
