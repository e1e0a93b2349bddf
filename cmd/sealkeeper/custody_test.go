package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// From embedded custody to a real Vault, and a signature there with the key that was moved.
func TestCustodyMigrate(t *testing.T) {
	server := vaulttest.Server(t)
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	cli := func(environ []string, args ...string) (string, int) {
		t.Helper()
		var out, errs bytes.Buffer
		code := run(t.Context(), args, environ, streams{out: &out, err: &errs})
		return out.String() + errs.String(), code
	}
	must := func(environ []string, args ...string) string {
		t.Helper()
		told, code := cli(environ, args...)
		if code != 0 {
			t.Fatalf("sealkeeper %s: exit %d\n%s", strings.Join(args, " "), code, told)
		}
		return told
	}
	common := "public_url: https://sealkeeper.example\ndatabase: {dsn: \"sqlite://" + path("db.sqlite") + "\"}\n"
	write(t, path("embedded.yaml"), common+"custody: {mode: embedded, master_key_file: "+path("master.key")+"}\n")
	write(t, path("vault.yaml"), common+"custody: {mode: vault}\nvault: {address: "+server.Address+", kv_mount: moved, transit_mount: moved-transit, role_id_file: "+
		path("role-id")+", secret_id_file: "+path("secret-id")+", secret_id_wrapped: true}\n")

	bootstrap := []string{"vault", "bootstrap", "--address", server.Address, "--kv-mount", "moved", "--transit-mount", "moved-transit",
		"--role-id-file", path("role-id"), "--secret-id-file", path("secret-id")}
	privileged := []string{"VAULT_TOKEN=" + server.RootToken}
	must(nil, "keys", "new", path("master.key"))
	must(nil, "migrate", "--config", path("embedded.yaml"))
	must(nil, "csr", "qsealc", "--config", path("embedded.yaml"), "--organization", "Exemple", "--organization-identifier", "PSDFR-ACPR-12345",
		"--country", "FR", "--role", "PSP_AI", "--nca-id", "FR-ACPR", "--key", "ecdsa-p256", "--out", path("seal.csr"))
	if told, code := cli(nil, "custody", "migrate", "--config", path("vault.yaml"), "--to", path("embedded.yaml")); code != 1 {
		t.Errorf("the wrong way: exit %d, %s", code, told)
	}

	must(privileged, bootstrap...)
	told := must(nil, "custody", "migrate", "--config", path("embedded.yaml"), "--to", path("vault.yaml"))
	if !strings.Contains(told, "1 key, 1 document") {
		t.Errorf("got %s", told)
	}
	must(privileged, bootstrap...) // a wrapped secret id opens once
	must(nil, "custody", "migrate", "--config", path("embedded.yaml"), "--to", path("vault.yaml"))
	must(privileged, bootstrap...)
	if told := must(nil, "vault", "doctor", "--config", path("vault.yaml")); strings.Contains(told, "PROBLEM") {
		t.Error(told)
	}
	keys, ok := server.Root(t, http.MethodGet, "moved-transit/keys?list=true", nil)["data"].(map[string]any)["keys"].([]any)
	if !ok || len(keys) != 1 {
		t.Errorf("Transit has %v", keys)
	}

	must(nil, "keys", "new", path("next.key"))
	must(nil, "keys", "rotate", "--config", path("embedded.yaml"), path("next.key"))
	if told, code := cli(nil, "csr", "qsealc", "--config", path("embedded.yaml"), "--organization", "Exemple", "--organization-identifier", "PSDFR-ACPR-12345",
		"--country", "FR", "--role", "PSP_AI", "--nca-id", "FR-ACPR"); code != 1 || !strings.Contains(told, "master key") {
		t.Errorf("the old master key still opens it: exit %d, %s", code, told)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
