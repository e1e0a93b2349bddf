package store_test

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/required"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Whoever takes away what keeps the audit log append-only is noticed, and it can be put back.
func TestMissingTriggersAreNoticed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.Guarded(t.Context()); err != nil {
			t.Fatalf("of a new database: %v", err)
		}
		must(t, record(t.Context(), db))
		forge := "UPDATE audit_entries SET detail = 'forged'"
		if err := store.Exec(t.Context(), db, forge); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Fatalf("an update was not refused: %v", err)
		}
		taken := []string{"DROP TRIGGER audit_entries_no_update", "DROP TRIGGER audit_entries_no_delete"}
		if store.IsPostgres(db) {
			taken = []string{"ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_append_only"}
		}
		for _, statement := range taken {
			if err := store.Exec(t.Context(), db, statement); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Guarded(t.Context()); fault.Code(err) != "triggers_missing" {
			t.Fatalf("with them taken away: %v", err)
		}
		names, err := db.Repair(t.Context())
		if err != nil || len(names) != len(taken) {
			t.Errorf("put back %v, %v", names, err)
		}
		if err := db.Guarded(t.Context()); err != nil {
			t.Error(err)
		}
		if err := store.Exec(t.Context(), db, forge); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("an update is not refused again: %v", err)
		}
	})
}

// A trigger of the right name that does nothing is noticed like one that is missing.
func TestEmptiedTriggersAreNoticed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		emptied := map[string][]string{
			"what it does": {"DROP TRIGGER audit_entries_no_update",
				"CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries BEGIN SELECT 1; END"},
			"of another table": {"DROP TRIGGER audit_entries_no_delete",
				`CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON checklist_history
					BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`},
		}
		if store.IsPostgres(db) {
			const again = "DROP TRIGGER audit_entries_append_only ON audit_entries"
			const trigger = "CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "
			const called = " FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()"
			emptied = map[string][]string{
				"what it does": {`CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS
					$$ BEGIN RETURN NULL; END $$`},
				"of fewer events":  {again, strings.Replace(trigger, " OR DELETE", "", 1) + "audit_entries" + called},
				"of another table": {again, trigger + "payments" + called},
				"with a condition": {again, trigger + "audit_entries FOR EACH STATEMENT WHEN (false) " +
					"EXECUTE FUNCTION audit_append_only()"},
				"of another function": {`CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS
					$$ BEGIN RETURN NULL; END $$`, again, trigger + "audit_entries FOR EACH STATEMENT " +
					"EXECUTE FUNCTION nothing()"},
				"of a condition": {"DROP TRIGGER certificates_custody_moved ON certificates",
					`CREATE TRIGGER certificates_custody_moved BEFORE INSERT ON certificates FOR EACH ROW
						WHEN (NEW.custody <> 'embedded') EXECUTE FUNCTION refuse_moved_custody()`},
			}
		}
		for name, statements := range emptied {
			t.Run(name, func(t *testing.T) {
				for _, statement := range statements {
					must(t, store.Exec(t.Context(), db, statement))
				}
				if err := db.Guarded(t.Context()); fault.Code(err) != "triggers_missing" {
					t.Fatalf("it passes: %v", err)
				}
				names, err := db.Repair(t.Context())
				if err != nil || len(names) == 0 {
					t.Errorf("put back %v, %v", names, err)
				}
				if err := db.Guarded(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	})
}

// A row of what is append-only is not replaced either, which for SQLite is no deletion.
func TestNothingIsReplaced(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		must(t, record(t.Context(), db))
		must(t, store.Exec(t.Context(), db, `INSERT INTO checklist_history
			(seq, subject, step, at, by_id, by_name, what, before, after, note)
			VALUES (1, 'r1', 's', 0, 'u1', 'Ada', 'state', '', 'done', '')`))
		must(t, store.Exec(t.Context(), db, `INSERT INTO policy_settings
			(name, version, value, way, reason, changed_by, changed_by_name, changed_at)
			VALUES ('four_eyes.live', 1, 'true', 'first_start', '', 'u1', 'Ada', 0)`))
		again := map[string]string{
			"policy_settings": `(name, version, value, way, reason, changed_by, changed_by_name, changed_at)
				VALUES ('four_eyes.live', 1, 'false', 'approval', '', 'u2', 'Bob', 0)`,
			"audit_entries": `(seq, at, caller_id, caller_name, action, object, outcome, detail, prev_hash, hash)
				VALUES (1, 0, 'u2', '', '', '', 'done', '', '', '')`,
			"checklist_history": `(seq, subject, step, at, by_id, by_name, what, before, after, note)
				VALUES (1, 'r1', 's', 0, 'u2', 'Bob', 'state', '', 'open', '')`,
		}
		for table, row := range again {
			statements := []string{"INSERT OR REPLACE INTO " + table + row, "REPLACE INTO " + table + row}
			if store.IsPostgres(db) {
				update := " ON CONFLICT (seq) DO UPDATE SET seq = 1"
				if table == "policy_settings" {
					update = " ON CONFLICT (name, version) DO UPDATE SET value = 'false'"
				}
				statements = []string{"INSERT INTO " + table + row + update}
			}
			for _, statement := range statements {
				if err := store.Exec(t.Context(), db, statement); err == nil ||
					!strings.Contains(err.Error(), "append-only") {
					t.Errorf("%s: %v", statement, err)
				}
			}
		}
		report, err := audit.New(db, time.Now).Verify(t.Context())
		if err != nil || report.Broken != nil || report.Entries != 1 {
			t.Errorf("%+v, %v", report, err)
		}
	})
}

// The service's role needs no right to change the schema, when another role migrates.
func TestServiceRoleChangesNoSchema(t *testing.T) {
	db, dsn := storetest.Postgres(t)
	for _, statement := range []string{
		"DROP ROLE IF EXISTS sealkeeper_app",
		"CREATE ROLE sealkeeper_app LOGIN",
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO sealkeeper_app",
		"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO sealkeeper_app",
		"REVOKE UPDATE, DELETE ON audit_entries, checklist_history FROM sealkeeper_app",
	} {
		if err := store.Exec(t.Context(), db, statement); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		_ = store.Exec(t.Context(), db, "DROP OWNED BY sealkeeper_app")
		_ = store.Exec(t.Context(), db, "DROP ROLE sealkeeper_app")
	})
	app, err := store.Open(t.Context(), as(t, dsn, "sealkeeper_app"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = app.Close() }()
	if err := store.Exec(t.Context(), db, "REVOKE ALL ON goose_db_version FROM sealkeeper_app"); err != nil {
		t.Fatal(err)
	}
	_, err = app.Current(t.Context()) // a role without rights sees no schema, which is no older one
	if fault.Code(err) != "database_denied" {
		t.Errorf("without a right to it, the schema is %v", err)
	}
	if err := store.Exec(t.Context(), db, "GRANT ALL ON goose_db_version TO sealkeeper_app"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(app.Migrate(t.Context()), app.Guarded(t.Context())); err != nil {
		t.Errorf("at its start: %v", err)
	}
	if err := record(t.Context(), app); err != nil {
		t.Errorf("an entry in the audit log: %v", err)
	}
	for _, statement := range []string{
		"DROP TRIGGER audit_entries_append_only ON audit_entries",
		"ALTER TABLE audit_entries DISABLE TRIGGER ALL",
		"DELETE FROM audit_entries",
		"TRUNCATE audit_entries",
	} {
		if err := store.Exec(t.Context(), app, statement); err == nil {
			t.Errorf("the service's role may %s", statement)
		}
	}
}

func as(t *testing.T, dsn, user string) secret.Text {
	t.Helper()
	address, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.User(user)
	return secret.NewTextString(address.String())
}

// A database that is made read-only, as a failover leaves one, is noticed on
// connections that are open already, and used again when it can be written to.
func TestReadOnlyPostgresIsLeft(t *testing.T) {
	db, dsn := storetest.Postgres(t)
	address, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(address.Path, "/")
	service, err := store.Open(t.Context(), secret.NewTextString(dsn))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = service.Close() }()
	readOnly := "ALTER DATABASE " + name + " SET default_transaction_read_only = on"
	if err := store.Exec(t.Context(), db, readOnly); err != nil {
		t.Fatal(err)
	}
	end := "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name +
		"' AND pid <> pg_backend_pid()"
	if err := store.Exec(t.Context(), db, end); err != nil {
		t.Fatal(err)
	}
	if err := service.Health(t.Context()); fault.Code(err) != "database_read_only" { // what /readyz answers
		t.Errorf("a database that can only be read: %v", err)
	}
	if err := record(t.Context(), service); fault.Code(err) != "audit_unavailable" ||
		!errors.Is(err, pgconn.ErrReadOnlyConnection) {
		t.Errorf("an entry in the audit log: %v", err)
	}
	if _, err := store.Open(t.Context(), secret.NewTextString(dsn)); fault.Code(err) != "database_read_only" {
		t.Errorf("at a start: %v", err)
	}
	if err := store.Exec(t.Context(), db, "ALTER DATABASE "+name+" RESET default_transaction_read_only"); err != nil {
		t.Fatal(err)
	}
	if err := service.Health(t.Context()); err != nil {
		t.Errorf("when it can be written to again: %v", err)
	}
}

// What lies on a medium that cannot be written is read as it is, which is what an inquiry needs.
func TestFrozenFileIsRead(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "db.sqlite")
	dsn := secret.NewTextString("sqlite://" + path)
	db, err := store.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Migrate(t.Context()), record(t.Context(), db), db.Close()); err != nil {
		t.Fatal(err)
	}
	freeze(t, folder)
	frozen, err := store.OpenExisting(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = frozen.Close() }()
	report, err := audit.New(frozen, time.Now).Verify(t.Context())
	if err != nil || report.Broken != nil || report.Entries != 1 {
		t.Errorf("%+v, %v", report, err)
	}
	if err := frozen.Guarded(t.Context()); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
		t.Errorf("beside the file are %v, %v", entries, err)
	}
}

// freeze makes a folder one that cannot be written. Root may write whatever the mode says, but not through a
// mount that is read-only.
func freeze(t *testing.T, folder string) {
	t.Helper()
	if os.Geteuid() != 0 {
		if err := os.Chmod(folder, 0o500); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(folder, 0o700) })
		return
	}
	if err := syscall.Mount(folder, folder, "", syscall.MS_BIND, ""); err != nil {
		required.Missing(t, "mount", "root may not mount here: "+err.Error())
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) })
	if err := syscall.Mount("", folder, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
}
