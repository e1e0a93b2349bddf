package main

import (
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// rotation runs `vault secret-id` for a role, and counts its secret ids.
type rotation struct {
	desk
	server *vaulttest.Vault
	role   string
}

func (r rotation) run(args ...string) (string, int) {
	r.t.Helper()
	return r.cli("", []string{"VAULT_TOKEN=" + r.server.RootToken}, append([]string{
		"vault", "secret-id", "--address", r.server.Address, "--name", r.role, "--grace", "0s",
	}, args...)...)
}

func (r rotation) count() int {
	r.t.Helper()
	listed := r.server.Root(r.t, http.MethodGet, "auth/approle/role/sealkeeper-"+r.role+"/secret-id?list=true", nil)
	keys, _ := listed["data"].(map[string]any)["keys"].([]any)
	return len(keys)
}

func (r rotation) read(name string) string {
	r.t.Helper()
	text, err := os.ReadFile(r.path(name))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}

// TestSecretIDFile replaces the secret id in a file: the former one is destroyed,
// the file stays its owner's and nobody else's, and what fails leaves no secret id behind.
func TestSecretIDFile(t *testing.T) {
	server := vaulttest.Server(t)
	r := rotation{newDesk(t), server, "rotated"}
	r.vaultConfig(server, "vault.yaml", r.role)
	file := r.path("secret-id")
	before, former := r.count(), r.read("secret-id")
	const somebody = 12345
	root := os.Geteuid() == 0
	if root {
		if err := os.Chown(file, somebody, somebody); err != nil {
			t.Fatal(err)
		}
	}
	if told, code := r.run(file); code != 0 || !strings.Contains(told, "a secret id that ends on ") ||
		!strings.Contains(told, "the former one is destroyed\n") {
		t.Fatalf("exit %d, %s", code, told)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if r.read("secret-id") == former || r.count() != before || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %d secret ids and %d before", info.Mode(), r.count(), before)
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); root && (!ok || owner.Uid != somebody) {
		t.Errorf("the file is now of user %d", owner.Uid)
	}
	r.must("vault", "doctor", "--config", r.path("vault.yaml"))

	if told, code := r.run(r.path("another")); code != 0 || r.count() != before+1 {
		t.Errorf("for another replica: exit %d, %d secret ids, %s", code, r.count(), told)
	}
	write(t, r.path("empty"), "")
	if told, code := r.run("--wrapped", r.path("empty")); code != 0 || !strings.Contains(told, "wrapped") {
		t.Errorf("into an empty file: exit %d, %s", code, told)
	}
	made := r.count()
	if told, code := r.run(r.path("no-such-folder/secret-id")); code != 1 || r.count() != made {
		t.Errorf("where nothing can be written: exit %d, %d secret ids and %d before, %s", code, r.count(), made, told)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if told, code := r.run(file); code != 1 || !strings.Contains(told, "chmod 600") || r.count() != made {
		t.Errorf("for everybody to read: exit %d, %d secret ids and %d before, %s", code, r.count(), made, told)
	}
	if told, code := r.cli("", nil, "vault", "doctor", "--config", r.path("vault.yaml")); code != 1 ||
		!strings.Contains(told,
			"PROBLEM  what to log in with can be read, and by nobody else: Other users can read the file "+file) {
		t.Errorf("the doctor: exit %d, %s", code, told)
	}
}
