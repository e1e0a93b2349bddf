package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// run runs a command and returns its exit code and all that it has printed.
func run(t *testing.T, args ...string) (code int, said string) {
	t.Helper()
	var out bytes.Buffer
	code = program().Run(t.Context(), args, nil, cli.Streams{Out: &out, Err: &out})
	return code, out.String()
}

// TestDoctor examines an installation beside its running service, and what becomes of it.
func TestDoctor(t *testing.T) {
	dir := t.TempDir()
	e, _, stop := startIn(t, dir)
	path := filepath.Join(dir, "config.yaml")
	configure(t, path, func(c map[string]any) {
		c["institutions"] = atBank(t, e.Info.BankURL, "soc-gen-corporate")
		c["vault"] = map[string]any{"snapshot_file": filepath.Join(dir, "no-snapshot")}
	})
	code, said := run(t, "doctor", "--config", path)
	for _, want := range []string{
		"ok       the database answers\n",
		"ok       the database has this program's schema\n",
		"ok       embedded custody opens with the master key\n",
		"ok       the configuration states the policy that is in force\n",
		"ok       the bank's host " + strings.TrimPrefix(e.Info.BankURL, "https://") + " can be reached\n",
		"WARNING  the bank's host 127.0.0.1:1 can be reached: It cannot be (connection refused); if you use " +
			"soc-gen-corporate,",
		"WARNING  Vault's newest snapshot is recent: Nobody can see when ",
		"ok       there is space for the database file\n",
		"ok       people reach the service at " + e.Info.URL + "\n",
		"ok       the service runs and is ready\n",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("the doctor does not say %q", want)
		}
	}
	if code != 0 || t.Failed() {
		t.Errorf("exit %d:\n%s", code, said)
	}
	if code, said := run(t, "healthcheck", "--config", path); code != 0 {
		t.Errorf("healthcheck asks another address than the configured one: %s", said)
	}

	stop()
	if code, _ := run(t, "healthcheck", "--config", path); code != 1 {
		t.Error("healthcheck finds a service that has stopped")
	}
	if err := os.Rename(filepath.Join(dir, "master.key"), filepath.Join(dir, "lost.key")); err != nil {
		t.Fatal(err)
	}
	code, said = run(t, "doctor", "--offline", "--config", path)
	if code != 1 || !strings.Contains(said, "PROBLEM  embedded custody opens with the master key: The ") ||
		!strings.Contains(said, "WARNING  the service runs and is ready: It does not answer at ") ||
		strings.Contains(said, "bank's host") {
		t.Errorf("without the master key: exit %d:\n%s", code, said)
	}
	code, said = run(t, "doctor", "--config", filepath.Join(dir, "nowhere.yaml"))
	if code != 1 || !strings.Contains(said, "PROBLEM  the configuration is free of contradictions: ") {
		t.Errorf("without a configuration: exit %d:\n%s", code, said)
	}
}

// TestDoctorWithEverythingDown: what is down is said of each part, in one run that ends.
func TestDoctorWithEverythingDown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	write(t, path, "public_url: https://127.0.0.1:1\nlisten: 127.0.0.1:1\n"+
		"outgoing: {proxy_url: \"http://127.0.0.1:1\"}\n"+
		"vault: {address: \"http://127.0.0.1:1\", snapshot_file: /nowhere/snapshot}\n")
	var out bytes.Buffer
	code := program().Run(t.Context(), []string{"doctor", "--config", path}, []string{
		"SEALKEEPER_DATABASE_DSN=postgres://sealkeeper:hunter2@127.0.0.1:1/sealkeeper",
		"SEALKEEPER_VAULT_TOKEN=hunter3",
		"OTEL_EXPORTER_OTLP_ENDPOINT=collector",
	}, cli.Streams{Out: &out, Err: &out})
	said := out.String()
	for _, want := range []string{
		"PROBLEM  the database answers: ",
		"PROBLEM  Vault ",
		"WARNING  Vault's newest snapshot is recent: ",
		"PROBLEM  the proxy on the way out answers: ",
		"WARNING  traces can be sent, where the environment says so: ",
		"WARNING  people reach the service at https://127.0.0.1:1: ",
		"WARNING  the service runs and is ready: ",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("the doctor does not say %q", want)
		}
	}
	if code != 1 || strings.Contains(said, "hunter") || t.Failed() {
		t.Errorf("exit %d:\n%s", code, said)
	}
}

// TestDoctorOfPartitions: of an audit log whose partitions will soon be full the doctor says what to do.
func TestDoctorOfPartitions(t *testing.T) {
	db, dsn := storetest.Postgres(t)
	if err := db.PartitionAudit(t.Context(), 256); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	write(t, path, "public_url: https://127.0.0.1:1\nlisten: 127.0.0.1:1\n"+
		"custody: {mode: embedded, master_key_file: /nowhere/master.key}\n")
	var out bytes.Buffer
	program().Run(t.Context(), []string{"doctor", "--offline", "--config", path},
		[]string{"SEALKEEPER_DATABASE_DSN=" + dsn}, cli.Streams{Out: &out, Err: &out})
	want := "WARNING  the audit log's partitions have room for what comes: They have room for 512 more entries, "
	if !strings.Contains(out.String(), want) {
		t.Errorf("the doctor does not say %q:\n%s", want, out.String())
	}
}

// configure changes a configuration file.
func configure(t *testing.T, path string, change func(map[string]any)) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := map[string]any{}
	if err := yaml.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	change(c)
	if data, err = yaml.Marshal(c); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// atBank points every institution at an address, and one at a port where nobody listens.
func atBank(t *testing.T, address, gone string) map[string]any {
	t.Helper()
	banks, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	institutions := map[string]any{}
	for _, in := range banks.All() {
		there := address
		if in.ID == gone {
			there = "https://127.0.0.1:1"
		}
		institutions[in.ID] = map[string]any{
			"token_url":    there + "/token",
			"ais_base_url": there + "/ais",
			"pis_base_url": there + "/pis",
		}
	}
	return institutions
}

// TestConfigCommands: what is configured is checked and printed without its secrets.
func TestConfigCommands(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	text := "public_url: https://sealkeeper.example\n" +
		"database: {dsn: \"postgres://u:hunter2@h/d?sslmode=verify-full\"}\n" +
		"vault: {address: \"https://vault.example\", role_id_file: r, secret_id_file: s}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, said := run(t, "config", "check", "--config", path); code != 0 ||
		!strings.Contains(said, "the configuration is right") {
		t.Errorf("check: exit %d: %s", code, said)
	}
	for _, format := range [][]string{nil, {"--json"}} {
		code, said := run(t, slices.Concat([]string{"config", "print", "--config", path}, format)...)
		if code != 0 || strings.Contains(said, "hunter2") || !strings.Contains(said, "[redacted]") ||
			!strings.Contains(said, "vault.transit_mount") {
			t.Errorf("print %v: exit %d:\n%s", format, code, said)
		}
	}
	if err := os.WriteFile(path, []byte(text+"institutions: {nowhere: {history_days: 1}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, said := run(t, "config", "check", "--config", path); code != 1 || !strings.Contains(said, `"nowhere"`) {
		t.Errorf("an institution that is not there: exit %d: %s", code, said)
	}
}
