package main

import (
	"archive/zip"
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// desk is a folder with configurations, and the command line on them.
type desk struct {
	t   *testing.T
	dir string
}

func (d desk) path(name string) string { return filepath.Join(d.dir, name) }

func (d desk) cli(in string, environ []string, args ...string) (string, int) {
	d.t.Helper()
	var out, errs bytes.Buffer
	code := program().Run(d.t.Context(), args, environ, cli.Streams{In: strings.NewReader(in), Out: &out, Err: &errs})
	return out.String() + errs.String(), code
}

func (d desk) must(args ...string) string {
	d.t.Helper()
	told, code := d.cli("", nil, args...)
	if code != 0 {
		d.t.Fatalf("sealkeeper %s: exit %d\n%s", strings.Join(args, " "), code, told)
	}
	return told
}

// refused runs a command that must fail and say why.
func (d desk) refused(why string, args ...string) {
	d.t.Helper()
	if told, code := d.cli("", nil, args...); code != 1 || !strings.Contains(told, why) {
		d.t.Errorf("sealkeeper %s: exit %d, %s\nwant %q", strings.Join(args, " "), code, told, why)
	}
}

// newDesk has embedded.yaml with a master key and a database of the newest schema.
func newDesk(t *testing.T) desk {
	t.Helper()
	d := desk{t, t.TempDir()}
	d.embeddedConfig("embedded.yaml", "db.sqlite", "master.key")
	d.must("keys", "new", d.path("master.key"))
	d.must("migrate", "--config", d.path("embedded.yaml"))
	return d
}

func (d desk) embeddedConfig(name, database, key string) {
	write(d.t, d.path(name),
		"public_url: https://sealkeeper.example\ndatabase: {dsn: \"sqlite://"+d.path(database)+
			"\"}\ncustody: {mode: embedded, master_key_file: "+d.path(key)+"}\n")
}

// vaultConfig sets up mounts named after the test and writes a configuration for them.
func (d desk) vaultConfig(server *vaulttest.Vault, name, mount string) {
	d.t.Helper()
	if told, code := d.cli("", []string{"VAULT_TOKEN=" + server.RootToken}, "vault", "bootstrap", "--address",
		server.Address, "--name", mount, "--kv-mount", mount,
		"--transit-mount", mount+
			"-transit", "--role-id-file", d.path("role-id"), "--secret-id-file", d.path("wrapped")); code != 0 {
		d.t.Fatal(told)
	}
	made := server.Root(d.t, http.MethodPost, "auth/approle/role/sealkeeper-"+mount+"/secret-id", nil)
	data := made["data"].(map[string]any)                       //nolint:forcetypeassert // else the test ends
	write(d.t, d.path("secret-id"), data["secret_id"].(string)) //nolint:forcetypeassert // else the test ends
	write(d.t, d.path(name),
		"public_url: https://sealkeeper.example\ndatabase: {dsn: \"sqlite://"+d.path("db.sqlite")+
			"\"}\ncustody: {mode: vault}\nvault: {address: "+
			server.Address+", kv_mount: "+mount+", transit_mount: "+mount+"-transit, role_id_file: "+d.path("role-id")+
			", secret_id_file: "+d.path("secret-id")+"}\n")
}

func (d desk) database(name string) *store.DB {
	d.t.Helper()
	db, err := store.Open(d.t.Context(), secret.NewTextString("sqlite://"+d.path(name)))
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = db.Close() })
	return db
}

// embedded opens embedded custody with a master key.
func (d desk) embedded(db *store.DB, key string) *embedded.Custody {
	d.t.Helper()
	master, err := embedded.MasterKeyFile(d.path(key))
	if err != nil {
		d.t.Fatal(err)
	}
	custody, err := embedded.Open(d.t.Context(), db.CustodyRows(), master)
	if err != nil {
		d.t.Fatal(err)
	}
	return custody
}

// store has a certificate with its key, and a client secret, in embedded custody.
func (d desk) store() vault.Record {
	d.t.Helper()
	db := d.database("db.sqlite")
	v := stack.Wire(d.t, db, d.embedded(db, "master.key"), nil).Vault
	admin := access.Caller{ID: "u-admin", Name: "Ada", Roles: []access.Role{access.Admin}}
	issued := qtsp.Must(d.t).MustIssue(d.t, qtsp.Request{})
	stored, err := v.Import(d.t.Context(), admin, vault.Files{Files: []certs.File{{
		Name: "c.pem",
		Data: issued.CertificatePEM(),
	}, {Name: "c.key", Data: issued.KeyPEM()}}})
	if err != nil {
		d.t.Fatal(err)
	}
	return stored[0]
}

// From embedded custody to a real Vault, after which nothing opens the sealed
// copies, no backup has them, nothing brings back what is destroyed there, and
// a second step deletes them.
func TestCustodyMigrateAndPurge(t *testing.T) {
	server := vaulttest.Server(t)
	d := newDesk(t)
	d.vaultConfig(server, "vault.yaml", "moved")
	kept := d.store()
	gone := d.store()
	old, new := d.path("embedded.yaml"), d.path("vault.yaml")
	d.refused("name embedded custody", "custody", "check", "--config", new)
	d.refused("Migration goes from", "custody", "migrate", "--config", new, "--to", old)
	d.refused("was not moved", "custody", "purge", "--config", old, "--to", new)

	if told := d.must("custody", "migrate", "--config", old, "--to", new); !strings.Contains(told,
		"2 keys, 2 documents") || !strings.Contains(told, "custody purge") {
		t.Errorf("got %s", told)
	}
	d.refused("name vault custody", "serve", "--config", old)
	d.refused("was moved to Vault", "backup", d.path("never.zip"), "--config", old)
	d.refused("was moved to Vault", "keys", "rotate", "--config", old, d.path("master.key"))
	if told := d.must("vault", "doctor", "--config", new); strings.Contains(told, "PROBLEM") {
		t.Error(told)
	}

	server.Root(t, http.MethodPost, "moved-transit/keys/main-"+gone.KeyID+"/config",
		map[string]any{"deletion_allowed": true})
	server.Root(t, http.MethodDelete, "moved-transit/keys/main-"+gone.KeyID, nil)
	d.refused("was moved to Vault", "custody", "migrate", "--config", old, "--to", new)
	if left := transitKeys(t, server, "moved"); len(left) != 1 || left[0] != "main-"+kept.KeyID {
		t.Errorf("Transit has %v", left)
	}

	if told := d.must("backup", d.path("backup.zip"), "--config", new); !strings.Contains(told,
		"not even sealed") || !strings.Contains(told, "custody purge") {
		t.Error(told)
	}
	if content := zipped(t, d.path("backup.zip")); strings.Contains(content,
		"tables/custody_rows.jsonl") || !strings.Contains(content, "tables/certificates.jsonl") {
		t.Errorf("the backup has %s", content)
	}
	d.purge(server, old, new, gone)
}

func (d desk) purge(server *vaulttest.Vault, old, new string, gone vault.Record) {
	t := d.t
	purge := []string{"custody", "purge", "--config", old, "--to", new}
	d.refused("Vault does not hold everything", purge...) // a record names a key that is gone
	db := d.database("db.sqlite")
	gone.Retired, gone.Destroyed = vault.Retirement{Reason: "test", By: "u"}, vault.Destruction{By: "u"}
	if err := db.RetireCertificate(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	if err := db.BeginDestroy(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	told, code := d.cli("yes\n", nil, purge...)
	if n, err := db.CountSealed(t.Context()); code != 1 || !strings.Contains(told, `type "purge 5"`) || err != nil ||
		n != 5 {
		t.Errorf("exit %d, %d rows, %v, %s", code, n, err, told)
	}
	if told, code := d.cli("purge 5\n", nil, purge...); code != 0 || !strings.Contains(told, "deleted 5 sealed rows") {
		t.Errorf("exit %d, %s", code, told)
	}
	if n, err := db.CountSealed(t.Context()); err != nil || n != 0 {
		t.Errorf("%d rows are left, %v", n, err)
	}
	d.refused("purged already", purge...)
	d.refused("was moved to Vault", "custody", "check", "--config", old)
	wantAudited(t, db, access.CustodyMigrate, access.CustodyPurge)
	if len(transitKeys(t, server, "moved")) != 1 {
		t.Error("the purge reached Vault")
	}
}

// TestKVVersion1 has an engine as `vault secrets enable -path=... kv` mounts it: the
// doctor says so, and neither the service nor a command works with it.
func TestKVVersion1(t *testing.T) {
	server := vaulttest.Server(t)
	d := newDesk(t)
	d.vaultConfig(server, "vault.yaml", "first")
	server.Root(t, http.MethodDelete, "sys/mounts/first", nil)
	server.Root(t, http.MethodPost, "sys/mounts/first", map[string]any{"type": "kv"})
	const why = "is not a KV engine of version 2"
	for _, command := range [][]string{{"vault", "doctor"}, {"serve"}, {"custody", "check"}} {
		d.refused(why, append(command, "--config", d.path("vault.yaml"))...)
	}
}

// wantAudited fails unless every action was allowed first and done later.
func wantAudited(t *testing.T, db *store.DB, actions ...access.Action) {
	t.Helper()
	entries, err := db.AuditEntries(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range actions {
		var outcomes []audit.Outcome
		for _, e := range entries {
			if e.Action == action {
				outcomes = append(outcomes, e.Outcome)
			}
		}
		if len(outcomes) < 2 || outcomes[0] != audit.Allowed || !strings.Contains(strings.Join(texts(outcomes), " "),
			"allowed done") {
			t.Errorf("%s: %v", action, outcomes)
		}
	}
}

func texts(outcomes []audit.Outcome) []string {
	all := make([]string, len(outcomes))
	for i, o := range outcomes {
		all[i] = string(o)
	}
	return all
}

func transitKeys(t *testing.T, server *vaulttest.Vault, mount string) []any {
	t.Helper()
	keys, _ := server.Root(t, http.MethodGet, mount+
		"-transit/keys?list=true", nil)["data"].(map[string]any)["keys"].([]any)
	return keys
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// zipped is the list of a zip file's members.
func zipped(t *testing.T, path string) string {
	t.Helper()
	r, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
	}
	return strings.Join(names, "\n")
}
