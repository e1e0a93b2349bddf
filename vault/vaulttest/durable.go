package vaulttest

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Durable is a Vault that keeps what it has over a restart, as a production one does.
type Durable struct {
	*Vault
	program, config string
	stop            func()
}

// StartDurable returns an initialised and unsealed Vault of the test's own, with its
// storage in a folder. It is stopped when the test ends.
func StartDurable(t testing.TB) *Durable {
	t.Helper()
	program, err := findProgram()
	mustHave(t, err)
	address := mustAddress(t)
	dir := t.TempDir()
	d := &Durable{
		Vault:   &Vault{Address: "http://" + address, output: &output{}},
		program: program,
		config:  filepath.Join(dir, "config.json"),
	}
	data, cluster := filepath.Join(dir, "data"), mustAddress(t)
	config := fmt.Sprintf(`{"storage": {"raft": {"path": %q, "node_id": "one"}},
		"listener": {"tcp": {"address": %q, "cluster_address": %q, "tls_disable": true}},
		"api_addr": %q, "cluster_addr": %q, "disable_mlock": true}`, data, address, cluster, "http://"+
		address, "https://"+cluster)
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	d.start(t)
	t.Cleanup(func() { d.stop() })
	_, made := d.Call(t, "", http.MethodPut, "sys/init", map[string]int{"secret_shares": 1, "secret_threshold": 1})
	keys, _ := made["keys_base64"].([]any)
	if len(keys) != 1 {
		t.Fatalf("initialising Vault: %v", made)
	}
	d.UnsealKey, _ = keys[0].(string)
	d.RootToken, _ = made["root_token"].(string)
	d.Unseal(t)
	return d
}

func mustAddress(t testing.TB) string {
	t.Helper()
	address, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// Unseal opens the server, and waits until it has become the active node.
func (d *Durable) Unseal(t testing.TB) {
	t.Helper()
	d.Vault.Unseal(t)
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	for !d.healthy(ctx) {
		select {
		case <-ctx.Done():
			t.Fatalf("the Vault server did not become active within %s:\n%s", startLimit, d.output)
		case <-tick():
		}
	}
}

// Restart ends the server's process and starts another one, which is sealed.
func (d *Durable) Restart(t testing.TB) {
	t.Helper()
	d.stop()
	d.start(t)
}

func (d *Durable) start(t testing.TB) {
	t.Helper()
	home, err := os.MkdirTemp("", "vaulttest")
	if err != nil {
		t.Fatal(err)
	}
	// #nosec G204 -- a server for tests
	cmd := exec.Command("sh", "-c", supervise, home, d.program, "server", "-config="+d.config)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
	cmd.Stdout, cmd.Stderr = d.output, d.output
	alive, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }()
	d.stop = func() {
		_ = alive.Close()
		<-exited
	}
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	for !d.answers(ctx) {
		select {
		case <-exited:
			t.Fatalf("the Vault server ended at once:\n%s", d.output)
		case <-ctx.Done():
			d.stop()
			t.Fatalf("the Vault server did not answer within %s:\n%s", startLimit, d.output)
		case <-tick():
		}
	}
}
