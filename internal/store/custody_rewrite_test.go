package store_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

// A destroyed key is in neither file of the database once it was written anew,
// wherever SQLite had put it before.
func TestDestroyedKeysAreNotInTheFile(t *testing.T) {
	db, path := sqliteFile(t)
	keys := sealedKeys(t, db, 300)
	ctx, rows := t.Context(), db.CustodyRows()
	for i := 0; i < len(keys); i += 7 {
		must(t, rows.Delete(ctx, keys[i].Kind, keys[i].ID))
	}
	if n := found(t, path, keys, func(i int) bool { return i%7 == 0 }); n == 0 {
		t.Log("nothing was left even without writing the file anew")
	}
	must(t, db.Rewrite(ctx))
	if n := found(t, path, keys, func(i int) bool { return i%7 == 0 }); n > 0 {
		t.Errorf("%d destroyed keys are in the file", n)
	}
	if n := found(t, path, keys, func(i int) bool { return i%7 != 0 }); n != 300-43 {
		t.Errorf("of the other %d keys %d are in the file", 300-43, n)
	}
	if due, err := db.Residue(ctx); err != nil || due {
		t.Errorf("still due: %v, %v", due, err)
	}
}

// As long as somebody else reads, the log holds what was deleted: that is said, and
// not forgotten.
func TestRewriteWaitsForReaders(t *testing.T) {
	db, path := sqliteFile(t)
	keys := sealedKeys(t, db, 20)
	ctx := t.Context()
	reader, err := sql.Open("sqlite3", "file:"+path)
	must(t, err)
	defer func() { must(t, reader.Close()) }()
	tx, err := reader.BeginTx(ctx, nil)
	must(t, err)
	var n int
	must(t, tx.QueryRowContext(ctx, "SELECT count(*) FROM custody_rows").Scan(&n))
	must(t, db.CustodyRows().Delete(ctx, keys[0].Kind, keys[0].ID))
	for range 2 {
		if code := fault.Code(db.Rewrite(ctx)); code != "database_not_rewritten" {
			t.Errorf("got %q", code)
		}
	}
	if due, err := db.Residue(ctx); err != nil || !due {
		t.Errorf("still due: %v, %v", due, err)
	}
	must(t, tx.Rollback())
	must(t, db.Rewrite(ctx))
	if n := found(t, path, keys[:1], func(int) bool { return true }); n > 0 {
		t.Error("the key is in the file")
	}
}

// What is deleted while the database is written anew is another note.
func TestResidueIsNotForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		keys := sealedKeys(t, db, 3)
		ctx, rows := t.Context(), db.CustodyRows()
		for _, k := range keys {
			must(t, rows.Delete(ctx, k.Kind, k.ID))
			if due, err := db.Residue(ctx); err != nil || !due {
				t.Errorf("due: %v, %v", due, err)
			}
			must(t, db.Rewrite(ctx))
			must(t, rows.Delete(ctx, k.Kind, k.ID)) // there is none
			must(t, rows.Delete(ctx, "document", "none"))
			if due, err := db.Residue(ctx); err != nil || due {
				t.Errorf("due: %v, %v", due, err)
			}
		}
		if _, err := rows.Get(ctx, "key", keys[0].ID); !errors.Is(err, fault.NotFound) {
			t.Error(err)
		}
	})
}

func sqliteFile(t *testing.T) (*store.DB, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.db")
	db, err := store.Open(context.Background(), secret.NewTextString("sqlite://"+path))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	must(t, db.Migrate(t.Context()))
	return db, path
}

// sealedKeys are rows as long as keys of the usual kinds, in an order in which pages are split.
func sealedKeys(t *testing.T, db *store.DB, n int) []embedded.Row {
	t.Helper()
	var keys []embedded.Row
	for i := range n {
		sealed := make([]byte, []int{170, 1250, 2400}[i%3])
		_, _ = rand.Read(sealed)
		row := embedded.Row{Kind: "key", ID: fmt.Sprintf("%04x", i*7919%65536), Version: 1, Sealed: sealed}
		must(t, db.CustodyRows().Put(t.Context(), row))
		keys = append(keys, row)
	}
	return keys
}

// found counts of which of the wanted keys 16 bytes in a row are in the database's files.
func found(t *testing.T, path string, keys []embedded.Row, wanted func(i int) bool) int {
	t.Helper()
	var content []byte
	for _, name := range []string{path, path + "-wal"} {
		data, err := os.ReadFile(name)
		must(t, err)
		content = append(content, data...)
	}
	n := 0
	for i, k := range keys {
		if !wanted(i) {
			continue
		}
		for at := 0; at+16 <= len(k.Sealed); at += 50 {
			if bytes.Contains(content, k.Sealed[at:at+16]) {
				n++
				break
			}
		}
	}
	return n
}
