// Package storetest opens real databases for tests.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that makes the databases

	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/migrations"
	"github.com/sealkeeper/sealkeeper/lab/required"
	"github.com/sealkeeper/sealkeeper/secret"
)

// SQLite returns an empty, migrated database in a file of its own.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	file, err := template()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "test.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, "sqlite://"+path)
}

// template is the file of an empty, migrated database: the migrations of thousands of tests run once. Test binaries
// that come after have it from the user's cache, as they have PostgreSQL's from the server.
var template = sync.OnceValues(func() (file []byte, err error) {
	folder := os.TempDir()
	if cache, err := os.UserCacheDir(); err == nil {
		folder = filepath.Join(cache, "sealkeeper-test-databases")
	}
	kept := filepath.Join(folder, migrations.Fingerprint()+".db")
	if file, err := os.ReadFile(kept); err == nil {
		return file, nil
	}
	if os.MkdirAll(folder, 0o700) != nil { // a home that cannot be written to
		folder = os.TempDir()
		kept = filepath.Join(folder, filepath.Base(kept))
	}
	dir, err := os.MkdirTemp(folder, "new-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "template.db")
	db, err := store.Open(context.Background(), secret.NewTextString("sqlite://"+path))
	if err != nil {
		return nil, err
	}
	if err := errors.Join(db.Migrate(context.Background()), db.Close()); err != nil {
		return nil, err
	}
	file, err = os.ReadFile(path)
	return file, errors.Join(err, os.Rename(path, kept))
})

// Each runs f on every backend: SQLite, and the PostgreSQL server that
// SEALKEEPER_TEST_POSTGRES names, in a database made for this test.
func Each(t *testing.T, f func(t *testing.T, db *store.DB)) {
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) {
		db, _ := Postgres(t)
		f(t, db)
	})
}

// Postgres returns an empty, migrated database made for this test, and its address.
func Postgres(t testing.TB) (db *store.DB, address string) {
	t.Helper()
	server := os.Getenv("SEALKEEPER_TEST_POSTGRES")
	if server == "" {
		required.Missing(t, "postgres",
			"no PostgreSQL: set SEALKEEPER_TEST_POSTGRES to postgres://user@127.0.0.1:port/postgres to run this")
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	dsn, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	from, err := postgresTemplate(admin, *dsn)
	if err != nil {
		t.Fatal(err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	//nolint:gosec // both names are of our making
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name+" TEMPLATE "+from); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = admin.Exec("DROP DATABASE " + name + " WITH (FORCE)")
		_ = admin.Close()
	})
	dsn.Path = "/" + name
	return open(t, dsn.String()), dsn.String()
}

// postgresTemplate makes, unless the server has it, the database that those of tests are copies of: empty, and migrated
// by the steps of this program. All test processes of all packages share it.
func postgresTemplate(admin *sql.DB, server url.URL) (name string, err error) {
	ctx := context.Background()
	name = "template_" + migrations.Fingerprint()
	conn, err := admin.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(hashtext($1))", name); err != nil {
		return "", err
	}
	defer func() { _, _ = conn.ExecContext(ctx, "SELECT pg_advisory_unlock(hashtext($1))", name) }()
	var there bool
	err = conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&there)
	if err != nil || there {
		return name, err
	}
	unfinished := "test_" + strings.ToLower(rand.Text())
	if _, err := conn.ExecContext(ctx, "CREATE DATABASE "+unfinished); err != nil {
		return "", err
	}
	server.Path = "/" + unfinished
	db, err := store.Open(ctx, secret.NewTextString(server.String()))
	if err == nil {
		err = errors.Join(db.Migrate(ctx), db.Close())
	}
	if err != nil {
		return "", err
	}
	_, err = conn.ExecContext(ctx, "ALTER DATABASE "+unfinished+" RENAME TO "+name)
	return name, err
}

func open(t testing.TB, dsn string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), secret.NewTextString(dsn))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}
