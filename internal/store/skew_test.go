package store_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/secret"
)

// TestColumnsAddedMeanwhile: a newer program adds columns while this one goes on, whose statements are prepared
// already. PostgreSQL refuses those that would return a column more.
func TestColumnsAddedMeanwhile(t *testing.T) {
	db, address := storetest.Postgres(t)
	ctx := t.Context()
	work := map[string]func() error{
		"append to the audit log": func() error { return record(ctx, db) },
		"read the audit log": func() error {
			_, err := db.LatestAudit(ctx, 10)
			return err
		},
		"items of a message": func() error {
			_, err := db.Items(ctx, "m1")
			return err
		},
		"lines of campaigns": func() error {
			_, err := db.LinesToRun(ctx, at, 10)
			return err
		},
		"service accounts": func() error {
			q, err := service.Listed.Parse(nil)
			if err == nil {
				_, err = db.ServiceAccountPage(ctx, q)
			}
			return err
		},
		"registrations": func() error {
			_, err := db.Registrations(ctx)
			return err
		},
	}
	prepared := func(when string) {
		t.Helper()
		for what, do := range work {
			if err := do(); err != nil {
				t.Errorf("%s, %s: %v", what, when, err)
			}
		}
	}
	prepared("before")
	prepared("before")
	raw, err := sql.Open("pgx", address)
	must(t, err)
	defer func() { _ = raw.Close() }()
	counts, err := db.Rows(ctx, 1)
	must(t, err)
	for _, c := range counts {
		execute(t, raw, "ALTER TABLE "+c.Table+" ADD COLUMN later TEXT NOT NULL DEFAULT ''")
	}
	prepared("after")
}

// TestNewerSchema: this program works with what a newer one has added, and refuses what asks for a newer one.
func TestNewerSchema(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) (db *store.DB, raw *sql.DB){
		"sqlite": func(t *testing.T) (*store.DB, *sql.DB) {
			path := filepath.Join(t.TempDir(), "test.db")
			db, err := store.Open(t.Context(), secret.NewTextString("sqlite://"+path))
			must(t, err)
			t.Cleanup(func() { _ = db.Close() })
			must(t, db.Migrate(t.Context()))
			raw, err := sql.Open("sqlite3", path)
			must(t, err)
			return db, raw
		},
		"postgres": func(t *testing.T) (*store.DB, *sql.DB) {
			db, address := storetest.Postgres(t)
			raw, err := sql.Open("pgx", address)
			must(t, err)
			return db, raw
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, raw := open(t)
			defer func() { _ = raw.Close() }()
			check := func(when string, newer, usable bool) {
				t.Helper()
				n, err := db.Newer(t.Context())
				must(t, err)
				current, refused := db.Current(t.Context())
				if n != newer || current != usable || usable != (refused == nil) {
					t.Errorf("%s: newer %t, current %t, %v", when, n, current, refused)
				}
				for what, err := range map[string]error{
					"migrate": db.Migrate(t.Context()),
					"use":     db.Usable(t.Context()),
				} {
					code := fault.Code(err)
					if usable != (err == nil) || !usable && code != "schema_newer" {
						t.Errorf("%s: %s: %v", when, what, err)
					}
				}
			}
			check("as it is", false, true)
			execute(t, raw, "ALTER TABLE organizations ADD COLUMN later TEXT NOT NULL DEFAULT ''")
			execute(t, raw, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (90001, TRUE)")
			check("a step that adds", true, true)
			execute(t, raw, "UPDATE schema_floor SET version = 90001")
			check("a step that changes", true, false)
		})
	}
}

func execute(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), statement)
	must(t, err)
}
