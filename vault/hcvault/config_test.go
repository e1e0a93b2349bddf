package hcvault_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
)

func TestConfigContradictions(t *testing.T) {
	text := fixed("x")
	token := hcvault.Auth{Token: text}
	const address = "https://vault.example:8200"
	tests := map[string]struct {
		cfg  hcvault.Config
		says string // a part of the message; "": no error
	}{
		"https":             {hcvault.Config{Address: address, Auth: token}, ""},
		"http to itself":    {hcvault.Config{Address: "http://127.0.0.1:8200", Auth: token}, ""},
		"http to localhost": {hcvault.Config{Address: "http://localhost:8200", Auth: token}, ""},
		"http to LOCALHOST": {hcvault.Config{Address: "http://LOCALHOST:8200", Auth: token}, ""},
		"http, allowed":     {hcvault.Config{Address: "http://vault:8200", PlainHTTP: true, Auth: token}, ""},
		"http elsewhere":    {hcvault.Config{Address: "http://vault:8200", Auth: token}, "not https"},
		"no address":        {hcvault.Config{Auth: token}, "not a URL"},
		"no scheme":         {hcvault.Config{Address: "vault.example:8200", Auth: token}, "not a URL"},
		"no login":          {hcvault.Config{Address: address}, "nothing to log in"},
		"token and role": {hcvault.Config{
			Address: address,
			Auth:    hcvault.Auth{Token: text, RoleID: text},
		}, "Several ways"},
		"token and JWT": {hcvault.Config{
			Address: address,
			Auth:    hcvault.Auth{Token: text, JWT: text},
		}, "Several ways"},
		"JWT without a role": {hcvault.Config{Address: address, Auth: hcvault.Auth{JWT: text}}, "name of the role"},
		"role alone":         {hcvault.Config{Address: address, Auth: hcvault.Auth{RoleID: text}}, "a secret id"},
		"a path as prefix":   {hcvault.Config{Address: address, Auth: token, Prefix: "a/../b"}, "prefix"},
		"a very long prefix": {hcvault.Config{
			Address: address,
			Auth:    token,
			Prefix:  strings.Repeat("a", 33),
		}, "prefix"},
		"one mount for both": {hcvault.Config{
			Address:      address,
			Auth:         token,
			KVMount:      "m",
			TransitMount: "m",
		}, "two paths"},
		"a wildcard mount": {hcvault.Config{Address: address, Auth: token, KVMount: "+"}, "mount"},
		"HCL in a mount":   {hcvault.Config{Address: address, Auth: token, TransitMount: "a\" {}\npath \"*"}, "mount"},
		"a path as login": {hcvault.Config{
			Address: address,
			Auth:    hcvault.Auth{Token: text, AppRoleMount: "../sys"},
		}, "mount"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := test.cfg.Validate()
			if test.says == "" {
				if err != nil {
					t.Errorf("got %v, want no error", err)
				}
				return
			}
			wantCode(t, err, fault.Invalid, "vault_config")
			if message := fault.Sentence(err); !strings.Contains(message, test.says) {
				t.Errorf("the message %q does not say %q", message, test.says)
			}
			if _, err := hcvault.Open(t.Context(), test.cfg); err == nil {
				t.Error("Open accepted it")
			}
		})
	}
}

func TestCAFile(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(empty, []byte("no PEM here"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{empty, empty + ".missing"} {
		_, err := hcvault.Open(t.Context(), hcvault.Config{
			Address:    "https://127.0.0.1:1",
			CACertFile: file,
			Auth:       hcvault.Auth{Token: fixed("x")},
		})
		wantCode(t, err, fault.Invalid, "vault_config")
	}
}

func TestPolicyNamesTheMounts(t *testing.T) {
	policy, err := hcvault.Policy(hcvault.Config{KVMount: "team/kv", TransitMount: "team/transit", Prefix: "live"})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{`path "team/kv/data/live/doc/+"`, `path "team/transit/sign/+"`} {
		if !strings.Contains(policy, path) {
			t.Errorf("the policy lacks %s:\n%s", path, policy)
		}
	}
	for _, never := range []string{"export", "backup/", `"sudo"`, "*"} {
		for line := range strings.SplitSeq(policy, "\n") {
			if !strings.HasPrefix(line, "#") && strings.Contains(line, never) && !strings.Contains(line, "[false]") {
				t.Errorf("the policy has %q in: %s", never, line)
			}
		}
	}
}
