package hcvault_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

func TestBootstrapEnablesAnAuditDevice(t *testing.T) {
	server := vaulttest.Start(t)
	path := filepath.Join(t.TempDir(), "audit.log")
	cfg := hcvault.Config{
		Address: server.Address,
		Auth:    hcvault.Auth{Token: rootToken(server)},
		AuditTo: hcvault.AuditTo(path),
	}
	result, err := hcvault.Bootstrap(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hcvault.Bootstrap(t.Context(), cfg); err != nil {
		t.Errorf("a second time: %v", err)
	}
	login := cfg
	login.Auth = result.Auth()
	custody := open(t, login)
	if _, err := custody.Put(t.Context(), "audited", map[string]string{"client_secret": "not-in-the-log"},
		0); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(written, []byte("/doc/audited")) || bytes.Contains(written, []byte("not-in-the-log")) {
		t.Errorf("Vault's audit log names the request %v and holds the secret %v",
			bytes.Contains(written, []byte("/doc/audited")), bytes.Contains(written, []byte("not-in-the-log")))
	}
	cfg.AuditTo = "stdout"
	_, err = hcvault.Bootstrap(t.Context(), cfg)
	wantCode(t, err, fault.Conflict, "vault_audit")
	cfg.AuditTo = "relative.log"
	_, err = hcvault.Bootstrap(t.Context(), cfg)
	wantCode(t, err, fault.Invalid, "vault_config")
}

// A token with the signing policy signs, and does nothing else of what Sealkeeper does.
func TestSigningPolicy(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	custody := open(t, cfg)
	importKey(t, custody, "held")
	if _, err := custody.Put(t.Context(), "doc", map[string]string{"a": "b"}, 0); err != nil {
		t.Fatal(err)
	}
	made := server.Root(t, http.MethodPost, "auth/token/create", map[string]any{
		"policies":          []string{result.Role + "-signing"},
		"no_default_policy": true,
	})
	token, _ := made["auth"].(map[string]any)["client_token"].(string)
	signing := cfg
	signing.Auth = hcvault.Auth{Token: fixed(token)}
	signer := open(t, signing)
	name := cfg.Prefix + "-held"
	if status, answer := server.Call(t, token, "POST", transitMount+"/sign/"+name,
		map[string]any{"input": "AAAA"}); status != http.StatusOK {
		t.Errorf("signing: %d %v", status, answer)
	}
	if _, err := signer.PublicKeys(t.Context(), "held"); err != nil {
		t.Errorf("reading the public half: %v", err)
	}
	for what, path := range map[string][2]string{
		"read a document":        {"GET", kvMount + "/data/" + cfg.Prefix + "/doc/doc"},
		"list documents":         {"GET", kvMount + "/metadata/" + cfg.Prefix + "/doc?list=true"},
		"list keys":              {"GET", transitMount + "/keys?list=true"},
		"delete the key":         {"DELETE", transitMount + "/keys/" + name},
		"configure it":           {"POST", transitMount + "/keys/" + name + "/config"},
		"make a key":             {"POST", transitMount + "/keys/" + cfg.Prefix + "-new"},
		"import a key":           {"POST", transitMount + "/keys/" + cfg.Prefix + "-new/import"},
		"export it":              {"GET", transitMount + "/export/signing-key/" + name},
		"read an exportable key": {"GET", kvMount + "/data/" + cfg.Prefix + "/key/exportable"},
	} {
		if status, _ := server.Call(t, token, path[0], path[1], nil); status != http.StatusForbidden {
			t.Errorf("with the signing policy one can %s: %d", what, status)
		}
	}
}
