package store_test

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/secret"
)

// classes are what docs/data-protection.md has for a column.
var classes = []string{"customer", "staff", "sealed", "hash", "business"}

var (
	classRow = regexp.MustCompile(`(?m)^\| (\w+) \| (\x60[^|]*\x60) \| (\w+) \|$`)
	quoted   = regexp.MustCompile("`(\\w+)`")
)

// Every column that can hold data of people is classified in docs/data-protection.md, once, and nothing else is.
func TestEveryColumnIsClassified(t *testing.T) {
	manual, err := os.ReadFile("../../docs/data-protection.md")
	if err != nil {
		t.Fatal(err)
	}
	classified := map[string]bool{}
	for _, m := range classRow.FindAllStringSubmatch(string(manual), -1) {
		if !slices.Contains(classes, m[3]) {
			t.Errorf("%s is of the class %q, which there is none of", m[1], m[3])
		}
		for _, column := range quoted.FindAllStringSubmatch(m[2], -1) {
			name := m[1] + "." + column[1]
			if classified[name] {
				t.Errorf("%s is classified twice", name)
			}
			classified[name] = true
		}
	}
	for _, name := range textColumns(t) {
		if !classified[name] {
			t.Errorf("docs/data-protection.md does not say what %s holds", name)
		}
		delete(classified, name)
	}
	for name := range classified {
		t.Errorf("docs/data-protection.md classifies %s, which there is none of", name)
	}
	if !strings.Contains(string(manual), "`debtor_iban`") {
		t.Error("the table of columns was not found")
	}
}

// textColumns are all columns of text or bytes, as table.column.
func textColumns(t *testing.T) []string {
	t.Helper()
	path := migratedFile(t)
	db, err := gorm.Open(sqlite.Open(path), &gorm.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	err = db.Raw(`SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'goose_db_version'
		AND c.type IN ('TEXT', 'BLOB') ORDER BY 1`).Scan(&names).Error
	if err != nil || len(names) < 100 {
		t.Fatalf("%d columns, %v", len(names), err)
	}
	return names
}

// migratedFile is a file with an empty, migrated database.
func migratedFile(t *testing.T) string {
	t.Helper()
	path := t.TempDir() + "/columns.db"
	db, err := store.Open(t.Context(), secret.NewTextString("sqlite://"+path))
	if err == nil {
		err = errors.Join(db.Migrate(t.Context()), db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}
