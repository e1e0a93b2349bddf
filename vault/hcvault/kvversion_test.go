package hcvault_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// ownEngine bootstraps with a KV engine of the test's own, which it may exchange.
func ownEngine(t *testing.T, server *vaulttest.Vault) hcvault.Config {
	t.Helper()
	cfg, _ := bootstrap(t, server)
	mine := again(server, cfg)
	mine.Name, mine.KVMount = cfg.Prefix[:8]+"-kv", "kv-"+cfg.Prefix
	result, err := hcvault.Bootstrap(t.Context(), mine)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, path := range []string{
			"sys/mounts/" + mine.KVMount,
			"sys/policies/acl/" + result.Role,
			"sys/policies/acl/" + result.Role + "-signing",
			"sys/policies/acl/" + result.Role + "-rotation",
		} {
			server.Root(t, http.MethodDelete, path, nil)
		}
	})
	mine.Auth = result.Auth()
	mine.Auth.SecretID, mine.Auth.SecretIDWrapped = fixed(plainSecretID(t, server, mine, result)), false
	return mine
}

// remount has another engine at the path, with options as whoever mounts by hand gives them.
func remount(t *testing.T, server *vaulttest.Vault, path string, options map[string]string) {
	t.Helper()
	server.Root(t, http.MethodDelete, "sys/mounts/"+path, nil)
	server.Root(t, http.MethodPost, "sys/mounts/"+path, map[string]any{"type": "kv", "options": options})
}

// TestKVVersion1: an engine of version 1 answers like one of version 2 and deletes
// nothing; it is refused at the start and by the doctor.
func TestKVVersion1(t *testing.T) {
	server := vaulttest.Server(t)
	cfg := ownEngine(t, server)
	for name, options := range map[string]map[string]string{
		"named":   {"version": "1"},
		"unnamed": nil, // `vault secrets enable -path=sealkeeper kv`
	} {
		t.Run(name, func(t *testing.T) {
			remount(t, server, cfg.KVMount, options)
			_, err := hcvault.Open(t.Context(), cfg)
			wantCode(t, err, fault.Unavailable, "vault_kv_version")
			var codes []string
			for _, d := range hcvault.Examine(t.Context(), cfg) {
				if d.Problem != nil {
					code := fault.Code(d.Problem)
					codes = append(codes, code)
				}
			}
			if got := strings.Join(codes, " "); got != "vault_kv_version" {
				t.Errorf("the doctor found %q", got)
			}
		})
	}
	server.Root(t, http.MethodPost, "sys/mounts/"+cfg.KVMount+"/tune", map[string]any{
		"options": map[string]string{"version": "2"},
	})
	open(t, cfg)
}

// TestKVEngineExchanged puts an engine of version 1 under a running custody: no
// request passes for done, and health says why, until there is one of version 2.
func TestKVEngineExchanged(t *testing.T) {
	server := vaulttest.Server(t)
	cfg := ownEngine(t, server)
	custody := open(t, cfg)
	doc := map[string]string{"a": "b"}
	if _, err := custody.Put(t.Context(), "doc", doc, 0); err != nil {
		t.Fatal(err)
	}
	remount(t, server, cfg.KVMount, map[string]string{"version": "1"})
	wantCode(t, waitForProblem(t, custody), fault.Unavailable, "vault_kv_version")
	for _, kind := range []string{"doc", "key"} {
		path := cfg.KVMount + "/data/" + cfg.Prefix + "/" + kind + "/left"
		server.Root(t, http.MethodPost, path, map[string]any{"data": doc})
	}
	for what, try := range map[string]func() error{
		"a new document":    func() error { _, err := custody.Put(t.Context(), "doc", doc, 0); return err },
		"its content":       func() error { _, _, err := custody.Get(t.Context(), "left"); return err },
		"its end":           func() error { return custody.Delete(t.Context(), "left") },
		"an exportable key": func() error { return custody.ImportExportableKey(t.Context(), "exportable", newP256(t)) },
		"its use":           func() error { _, err := custody.ExportKey(t.Context(), "left"); return err },
		"its removal":       func() error { return custody.DestroyExportableKey(t.Context(), "left") },
	} {
		t.Run(what, func(t *testing.T) {
			wantCode(t, try(), fault.Unavailable, "vault_kv_version")
			wantCode(t, custody.Health(t.Context()), fault.Unavailable, "vault_kv_version")
		})
	}
	remount(t, server, cfg.KVMount, map[string]string{"version": "2"})
	if err := custody.Health(t.Context()); err != nil {
		t.Errorf("of version 2 again: %v", err)
	}
}
