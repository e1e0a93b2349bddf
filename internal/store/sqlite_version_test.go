package store_test

import (
	"database/sql"
	"testing"

	_ "github.com/mattn/go-sqlite3"
)

// The vulnerability checker reads Go and sees nothing of SQLite, which is C: its
// version is compared by hand. CVE-2025-6965 was mended in 3.50.2.
func TestSQLiteIsMended(t *testing.T) {
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var version, number string
	query := "SELECT sqlite_version(), printf('%d.%03d.%03d', v1, v2, v3) FROM (SELECT " +
		"CAST(substr(v, 1, 1) AS INTEGER) v1, CAST(substr(v, 3, 2) AS INTEGER) v2, CAST(substr(v, 6) AS INTEGER) v3 " +
		"FROM (SELECT sqlite_version() v))"
	if err := db.QueryRowContext(t.Context(), query).Scan(&version, &number); err != nil {
		t.Fatal(err)
	}
	if number < "3.050.002" {
		t.Errorf("SQLite %s is older than 3.50.2", version)
	}
}
