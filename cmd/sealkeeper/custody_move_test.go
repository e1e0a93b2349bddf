package main

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

var migrator = access.Caller{ID: "u-admin", Name: "Ada", Roles: []access.Role{access.Admin}}

// A service that still runs when custody is moved stores nothing, reads nothing of what
// was moved, and says that it is down and why.
func TestServiceRunsOnWhileCustodyIsMoved(t *testing.T) {
	server := vaulttest.Server(t)
	d := newDesk(t)
	d.vaultConfig(server, "vault.yaml", "running")
	old, new := d.path("embedded.yaml"), d.path("vault.yaml")
	stored := d.store()
	db := d.database("db.sqlite")
	running := d.embedded(db, "master.key")
	service := stack.Wire(t, db, running, nil).Vault
	if _, err := running.Put(t.Context(), "tokens", map[string]string{"type": "tokens"}, 0); err != nil {
		t.Fatal(err)
	}

	if err := db.BeginMove(t.Context(), "vault"); err != nil { // as a migration does that is broken off here
		t.Fatal(err)
	}
	wantShut(t, service, running, stored, 1, "custody_moving")
	d.refused("is being moved to Vault", "serve", "--config", old)
	d.refused("name embedded custody", "serve", "--config", new)
	d.must("custody", "abandon", "--config", old)
	d.refused("No move", "custody", "abandon", "--config", old)
	if _, err := running.Put(t.Context(), "tokens", map[string]string{"type": "tokens", "n": "2"}, 1); err != nil {
		t.Errorf("after giving up: %v", err)
	}

	if err := db.BeginMove(t.Context(), "vault"); err != nil {
		t.Fatal(err)
	}
	if told := d.must("custody", "migrate", "--config", old, "--to", new); !strings.Contains(told,
		"1 key, 2 documents") {
		t.Error(told)
	}
	wantShut(t, service, running, stored, 2, "custody_moved")
	d.refused("No move", "custody", "abandon", "--config", old)
	d.refused("was moved to Vault", "custody", "migrate", "--config", old, "--to", new)
	d.refused("1 orphan", "custody", "check", "--config", new) // the tokens of no consent
}

// wantShut fails unless what a running service does with custody is refused with a code, and nothing of it stays.
func wantShut(
	t *testing.T, service *vault.Vault, running *embedded.Custody, stored vault.Record, version int, want string,
) {
	t.Helper()
	ctx := t.Context()
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{})
	_, imported := service.Import(ctx, migrator, vault.Files{Files: []certs.File{{
		Name: "c.pem",
		Data: issued.CertificatePEM(),
	}, {Name: "c.key", Data: issued.KeyPEM()}}})
	asked := false
	_, renewed := service.RenewTokens(ctx, migrator, "tokens", func(t vault.Tokens) (vault.Tokens, error) {
		asked = true
		return t, nil
	})
	_, put := running.Put(ctx, "tokens", map[string]string{"type": "tokens", "n": "late"}, version)
	_, requested := running.GenerateKey(ctx, "late", "ecdsa-p256")
	for name, err := range map[string]error{
		"health":     service.Health(ctx),
		"import":     imported,
		"renewal":    renewed,
		"document":   put,
		"key":        requested,
		"destroying": running.DestroyKey(ctx, stored.KeyID),
		"deleting":   running.Delete(ctx, stored.ID),
	} {
		if fault.Code(err) != want || !errors.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	if asked {
		t.Error("the bank was asked for a token that could not be kept")
	}
	all, err := service.Counts(ctx, migrator, []listing.Query{vault.Certificates.Query()})
	if err != nil || all[0].N != 1 {
		t.Errorf("%+v certificates are recorded, %v", all, err)
	}
}

// The records stay where they are, so both configurations have to name that place.
func TestMigrateRefusesAnotherDatabase(t *testing.T) {
	d := newDesk(t)
	d.store()
	write(t, d.path("vault.yaml"),
		"public_url: https://sealkeeper.example\ndatabase: {dsn: \"sqlite://"+d.path("other.sqlite")+
			"\"}\ncustody: {mode: vault}\nvault: {address: \"http://127.0.0.1:1\", role_id_file: "+d.path("role-id")+
			", secret_id_file: "+d.path("secret-id")+"}\n")
	for _, command := range []string{"migrate", "purge"} {
		d.refused("name different databases", "custody", command, "--config", d.path("embedded.yaml"), "--to",
			d.path("vault.yaml"))
	}
	d.must("custody", "check", "--config", d.path("embedded.yaml"))
}

// A purge that is held up by somebody who reads says so, and is ended by the next one.
func TestPurgeIsRepeated(t *testing.T) {
	server := vaulttest.Server(t)
	d := newDesk(t)
	d.vaultConfig(server, "vault.yaml", "repeated")
	d.store()
	args := []string{"--config", d.path("embedded.yaml"), "--to", d.path("vault.yaml")}
	d.must(append([]string{"custody", "migrate"}, args...)...)
	purge := append([]string{"custody", "purge"}, args...)

	end := d.reading()
	if told, code := d.cli("purge 3\n", nil, purge...); code != 1 || !strings.Contains(told, "can still be found") {
		t.Errorf("exit %d, %s", code, told)
	}
	end()
	if told := d.must(purge...); !strings.Contains(told, "deleted by an earlier purge") {
		t.Error(told)
	}
	d.refused("purged already", purge...)
}

// reading is another program that reads the database until end is called.
func (d desk) reading() (end func()) {
	d.t.Helper()
	raw, err := sql.Open("sqlite3", "file:"+d.path("db.sqlite"))
	if err != nil {
		d.t.Fatal(err)
	}
	tx, err := raw.BeginTx(d.t.Context(), nil)
	if err != nil {
		d.t.Fatal(err)
	}
	var n int
	if err := tx.QueryRowContext(d.t.Context(), "SELECT count(*) FROM custody_rows").Scan(&n); err != nil {
		d.t.Fatal(err)
	}
	return func() { _, _ = tx.Rollback(), raw.Close() }
}
