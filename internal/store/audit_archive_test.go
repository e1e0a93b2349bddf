package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

var archivist = access.SystemCaller("audit archive")

// archivedLog is a log whose first block is in a file of an archive and in the database.
type archivedLog struct {
	*audit.Log
	heads  *audit.Heads
	keys   keyholder
	folder string
	file   string
	before time.Time // what is older goes
	all    []audit.Entry
}

func newArchivedLog(t *testing.T, db *store.DB) archivedLog {
	t.Helper()
	must(t, db.PartitionAudit(t.Context(), 512))
	must(t, db.KeepPartitions(t.Context(), 512))
	now := at
	a := archivedLog{
		Log:    audit.New(db, func() time.Time { return now }),
		keys:   newKeyholder(t),
		folder: t.TempDir(),
		before: at.AddDate(1, 0, 0),
	}
	a.heads = audit.NewHeads(a.Log, db, db, a.keys)
	acted(t, a.Log, 1100)
	now = at.AddDate(6, 0, 0)
	for want, more := range []bool{true, false} {
		wrote, err := a.heads.Archive(t.Context(), archivist, a.folder, a.before)
		if err != nil || wrote != more {
			t.Fatalf("archived %d: %t, %v", want, wrote, err)
		}
	}
	var err error
	a.all, err = db.AuditEntries(t.Context(), 1, 3000)
	must(t, err)
	a.file = filepath.Join(a.folder, "audit-000000000001-000000001024.jsonl.gz")
	return a
}

// What the archive has leaves the database, and what is left still proves that nothing was changed: by itself, with
// the archive, and to who has kept a head.
func TestAuditArchive(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := newArchivedLog(t, db)
		ctx := t.Context()
		meanwhile := &lettingGo{DB: db, letGo: func() {
			last, err := a.LetGo(ctx, access.Operator(), a.folder, a.before, db)
			if err != nil || last != 1024 {
				t.Fatalf("let go of %d, %v", last, err)
			}
		}}
		report, err := audit.New(meanwhile, time.Now).Verify(ctx)
		if err != nil || report.Broken != nil || report.Archived != 1024 {
			t.Errorf("verified while entries were let go: %+v, %v", report, err)
		}
		left, err := db.AuditEntries(ctx, 0, 3000)
		must(t, err)
		if left[0].Seq != 1025 {
			t.Errorf("the database begins with entry %d", left[0].Seq)
		}
		report, err = a.Verify(ctx)
		if err != nil || report.Broken != nil || report.Archived != 1024 || report.Entries != int64(len(left)) {
			t.Errorf("verified: %+v, %v", report, err)
		}
		must(t, os.WriteFile(strings.Replace(a.file, "1024", "0512", 1), nil, 0o600)) // a crash left it
		found, err := audit.VerifyArchives(a.folder, a.keys.public, nil)
		if err != nil || found.Entries != 1024 || found.Head.Hash != a.all[1023].Hash {
			t.Errorf("the archive: %+v, %v", found, err)
		}
		must(t, a.Continues(ctx, found.Head.Head))
		head, err := a.heads.Sign(ctx, bob)
		must(t, err)
		if want := rootOf(t, append(slices.Clone(a.all[:1024]), left...)); head.Root != want {
			t.Errorf("the head has the root %s, want %s", head.Root, want)
		}
		err = a.Holds(ctx, fmt.Sprintf("7:%s", a.all[6].Hash))
		if fault.Code(err) != "head_archived" {
			t.Errorf("an old head: %v", err)
		}
		must(t, a.Holds(ctx, fmt.Sprintf("1024:%s", a.all[1023].Hash)))
		for _, after := range []string{"", "1024:" + a.all[1023].Hash} {
			if _, whole, err := a.VerifyPart(ctx, bob, after, time.Minute); err != nil || !whole {
				t.Errorf("verified at the console after %q: %t, %v", after, whole, err)
			}
		}
		export, err := a.heads.Export(ctx, bob, "o3")
		must(t, err)
		var text strings.Builder
		_, err = export.WriteTo(&text)
		must(t, err)
		if exported, err := audit.VerifyExport(strings.NewReader(text.String()), a.keys.public); err != nil ||
			exported.Entries == 0 {
			t.Errorf("exported %+v, %v", exported, err)
		}
		must(t, db.Guarded(ctx))
		for _, statement := range []string{"DELETE FROM audit_entries", "UPDATE audit_entries SET detail = 'forged'"} {
			if err := store.Exec(ctx, db, statement); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", statement, err)
			}
		}
		if last, err := a.LetGo(ctx, access.Operator(), a.folder, a.before, db); err != nil || last != 0 {
			t.Errorf("let go again: %d, %v", last, err)
		}
	})
}

// lettingGo lets entries go once, before the second page of them is read.
type lettingGo struct {
	*store.DB
	letGo func()
}

func (l *lettingGo) AuditEntries(ctx context.Context, from int64, limit int) ([]audit.Entry, error) {
	if from > 1 && l.letGo != nil {
		l.letGo()
		l.letGo = nil
	}
	return l.DB.AuditEntries(ctx, from, limit)
}

// Nothing leaves the database for a file that is not there as it was written, and what leaves it otherwise is missed.
func TestAuditArchiveIsNotTrusted(t *testing.T) {
	db := storetest.SQLite(t)
	a := newArchivedLog(t, db)
	data, err := os.ReadFile(a.file)
	must(t, err)
	for name, change := range map[string]func() error{
		"gone":    func() error { return os.Remove(a.file) },
		"changed": func() error { return os.WriteFile(a.file, append(slices.Clone(data), 0), 0o600) },
	} {
		must(t, change())
		_, err := a.LetGo(t.Context(), access.Operator(), a.folder, a.before, db)
		if fault.Code(err) != "audit_archive_missing" {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := audit.VerifyArchives(a.folder, a.keys.public, nil); err == nil {
			t.Errorf("%s: it is said to be whole", name)
		}
	}
	must(t, os.WriteFile(a.file, data, 0o600))
	if _, err := audit.VerifyArchives(a.folder, newKeyholder(t).public, nil); fault.Code(err) != "head_signature" {
		t.Errorf("with another key: %v", err)
	}
	last, err := a.LetGo(t.Context(), access.Operator(), a.folder, at, db)
	if err != nil || last != 0 {
		t.Errorf("let go of what is not old enough: %d, %v", last, err)
	}
	// A service that was broken into writes a file of its own, and the entry about it.
	forged := sha256.Sum256([]byte("forged"))
	must(t, os.WriteFile(filepath.Join(a.folder, "forged"), []byte("forged"), 0o600))
	must(t, a.Record(t.Context(), archivist, access.AuditArchive, "forged", audit.Done, note.New("log_archived",
		"entries %d to %d, %s, SHA-256 of the file %s", 1, 1024, a.all[1023].Hash, hex.EncodeToString(forged[:]))))
	if _, err := a.LetGo(t.Context(), access.Operator(), a.folder, a.before, db); fault.Code(err) !=
		"audit_archive_missing" {
		t.Errorf("a forged file: %v", err)
	}
	must(t, store.Exec(t.Context(), db, "DROP TRIGGER audit_entries_no_delete"))
	must(t, store.Exec(t.Context(), db, "DELETE FROM audit_entries WHERE seq <= 1000"))
	if report, err := a.Verify(t.Context()); err != nil || report.Broken != nil {
		t.Errorf("what the archive has was taken away: %+v, %v", report, err)
	}
	export, err := a.heads.Export(t.Context(), bob, a.all[1009].Object) // behind what was taken away, in its block
	must(t, err)
	if _, err := export.WriteTo(io.Discard); fault.Code(err) != "head_missing" {
		t.Errorf("a proof in a block that was taken away in part: %v", err)
	}
	must(t, store.Exec(t.Context(), db, "DELETE FROM audit_entries WHERE seq <= 1030"))
	if report, err := a.Verify(t.Context()); err != nil || report.Broken == nil {
		t.Errorf("what it does not have was taken away: %+v, %v", report, err)
	}
}

// The table becomes the first partition while entries are written. Partitions are made ahead, what has gone beyond them
// becomes one, and nobody but their owner can touch one.
func TestAuditPartitions(t *testing.T) {
	db, _ := storetest.Postgres(t)
	log := audit.New(db, time.Now)
	acted(t, log, 400)
	app := "app_" + strings.ToLower(strings.ReplaceAll(t.Name(), "/", "_"))
	for _, statement := range []string{"DROP ROLE IF EXISTS " + app, "CREATE ROLE " + app,
		"GRANT USAGE ON SCHEMA public TO " + app, "GRANT SELECT, INSERT ON audit_entries TO " + app,
		"ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO " + app} {
		must(t, store.Exec(t.Context(), db, statement))
	}
	t.Cleanup(func() {
		must(t, store.Exec(context.Background(), db, "DROP OWNED BY "+app))
		must(t, store.Exec(context.Background(), db, "DROP ROLE "+app))
	})
	boundIsTakenBack(t, db, "audit_entries")
	var stop atomic.Bool
	wrote := make(chan error)
	go func() {
		for !stop.Load() {
			if err := record(context.Background(), db); err != nil {
				wrote <- err
				return
			}
		}
		wrote <- nil
	}()
	must(t, db.PartitionAudit(t.Context(), 256))
	must(t, db.KeepPartitions(t.Context(), 256))
	stop.Store(true)
	if err := <-wrote; err != nil {
		t.Errorf("an entry was refused meanwhile: %v", err)
	}
	acted(t, log, 1400) // beyond what was made ahead
	roomFor(t, db, 0, 0)
	must(t, db.KeepPartitions(t.Context(), 256))
	roomFor(t, db, 2*256, 3*256)
	must(t, store.Exec(t.Context(), db, "GRANT SELECT, DELETE ON ALL TABLES IN SCHEMA public TO "+app))
	boundIsTakenBack(t, db, "audit_entries_default")
	report, err := log.Verify(t.Context())
	if err != nil || report.Broken != nil || report.Entries < 1800 {
		t.Errorf("verified: %+v, %v", report, err)
	}
	tables, err := db.Rows(t.Context(), 1)
	must(t, err)
	for _, table := range tables {
		if strings.HasPrefix(table.Table, "audit_entries_") {
			t.Errorf("%s counts as a table", table.Table)
		}
	}
	partitionsAreGuarded(t, db, app)
}

// roomFor shows for how many more entries there are partitions.
func roomFor(t *testing.T, db *store.DB, least, most int64) {
	t.Helper()
	room, divided, err := db.AuditRoom(t.Context())
	must(t, err)
	if !divided || room < least || room > most {
		t.Errorf("there is room for %d entries, want %d to %d", room, least, most)
	}
}

// boundIsTakenBack shows that KeepPartitions takes back what a run left that was interrupted.
func boundIsTakenBack(t *testing.T, db *store.DB, table string) {
	t.Helper()
	bound := "ALTER TABLE " + table + " %s CONSTRAINT audit_entries_range"
	must(t, store.Exec(t.Context(), db, fmt.Sprintf(bound, "ADD")+" CHECK (seq < 1000000)"))
	must(t, db.KeepPartitions(t.Context(), 256))
	err := store.Exec(t.Context(), db, fmt.Sprintf(bound, "DROP"))
	if err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("the bound of %s is still there: %v", table, err)
	}
}

func partitionsAreGuarded(t *testing.T, db *store.DB, app string) {
	t.Helper()
	ctx := t.Context()
	const rest = "audit_entries_default"
	for statement, want := range map[string]string{
		"DELETE FROM " + rest:                                                     "append-only",
		"UPDATE audit_entries_default SET detail = ''":                            "append-only",
		"TRUNCATE audit_entries":                                                  "append-only",
		"SET ROLE " + app + "; DELETE FROM " + rest:                               "permission denied",
		"SET ROLE " + app + "; SELECT 1 FROM " + rest:                             "permission denied",
		"SET ROLE " + app + "; TRUNCATE audit_entries":                            "permission denied",
		"SET ROLE " + app + "; SELECT 1/(count(*) - count(*)) FROM audit_entries": "division by zero",
	} {
		err := store.Exec(ctx, db, "DO $$ BEGIN EXECUTE $q$"+
			strings.ReplaceAll(statement, "; ", "$q$; EXECUTE $q$")+"$q$; END $$")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", statement, err, want)
		}
	}
	must(t, db.Guarded(ctx))
	must(t, store.Exec(ctx, db, "ALTER TABLE "+rest+" DISABLE TRIGGER audit_entries_append_only"))
	if err := db.Guarded(ctx); fault.Code(err) != "triggers_missing" {
		t.Errorf("a partition without its trigger: %v", err)
	}
	names, err := db.Repair(ctx)
	if err != nil || len(names) != 1 {
		t.Errorf("put back %v, %v", names, err)
	}
	must(t, db.Guarded(ctx))
}
