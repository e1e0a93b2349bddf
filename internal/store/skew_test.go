package store_test

import (
	"database/sql"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

// TestColumnsAddedMeanwhile: a newer program adds columns while this one goes on, whose statements are prepared already.
// PostgreSQL refuses those that would return a column more.
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
		_, err := raw.ExecContext(ctx, "ALTER TABLE "+c.Table+" ADD COLUMN later TEXT NOT NULL DEFAULT ''")
		must(t, err)
	}
	prepared("after")
}
