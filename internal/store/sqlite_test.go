package store_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/secret"
)

type opener func(ctx context.Context, dsn secret.Text) (*store.DB, error)

func TestSQLiteFilesAreTheirOwnersAlone(t *testing.T) {
	folder := t.TempDir()
	db, err := store.Open(t.Context(), secret.NewTextString("sqlite://"+filepath.Join(folder, "a b.db")))
	must(t, err)
	defer func() { must(t, db.Close()) }()
	must(t, db.Migrate(t.Context()))
	files, err := os.ReadDir(folder)
	must(t, err)
	if len(files) != 3 {
		t.Errorf("got %v, want the database with its -wal and -shm", files)
	}
	for _, file := range files {
		info, err := file.Info()
		must(t, err)
		if info.Mode() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", file.Name(), info.Mode())
		}
	}
}

func TestSQLiteAddressesThatCannotBe(t *testing.T) {
	folder := t.TempDir()
	missing, noFolder := filepath.Join(folder, "x.db"), filepath.Join(folder, "no", "x.db")
	for name, test := range map[string]struct {
		open      opener
		dsn, want string
	}{
		"relative":          {store.Open, "sqlite://x.db", "absolute path"},
		"one slash too few": {store.OpenExisting, "sqlite://var/lib/x.db", "absolute path"},
		"in memory":         {store.Open, "sqlite://:memory:", "absolute path"},
		"no folder":         {store.Open, "sqlite://" + noFolder, filepath.Dir(noFolder) + " does not exist"},
		"a folder":          {store.Open, "sqlite://" + folder, "cannot be written"},
		"no file to read":   {store.OpenExisting, "sqlite://" + missing, missing},
		"folder to read":    {store.OpenExisting, "sqlite://" + folder, "no database file"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.open(t.Context(), secret.NewTextString(test.dsn))
			mustBe(t, err, fault.Invalid)
			if message := fault.Sentence(err); !strings.Contains(message, test.want) {
				t.Errorf("got %q, want it to say %q", message, test.want)
			}
		})
	}
	if _, err := os.Stat(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("looking for a database made one (%v)", err)
	}
}

// TestHealthWhileAnotherWrites: a writer in another process, and one of ours that
// waits for it, are no reason to call the database down.
func TestHealthWhileAnotherWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := store.Open(t.Context(), secret.NewTextString("sqlite://"+path))
	must(t, err)
	defer func() { must(t, db.Close()) }()
	must(t, db.Migrate(t.Context()))
	other, err := sql.Open("sqlite3", path)
	must(t, err)
	defer func() { must(t, other.Close()) }()
	other.SetMaxOpenConns(1)
	_, err = other.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	must(t, err)

	written := make(chan error, 1)
	go func() {
		written <- db.Sessions().CommitCtx(context.Background(), "token", []byte("x"), time.Now().Add(time.Hour))
	}()
	for !store.WriterInUse(db) {
		runtime.Gosched()
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	must(t, db.Health(ctx))
	_, err = other.ExecContext(t.Context(), "ROLLBACK")
	must(t, err)
	must(t, <-written)
}
