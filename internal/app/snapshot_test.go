package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// That Vault's newest snapshot is too old opens a case, which the next snapshot closes.
func TestOldSnapshotOpensACase(t *testing.T) {
	file := filepath.Join(t.TempDir(), "vault-snapshot")
	banks, err := catalogue.Embedded()
	must(t, err)
	db, now := storetest.SQLite(t), time.Date(2026, 11, 29, 3, 0, 0, 0, time.UTC)
	snapshot := app.Snapshot{File: file, MaxAge: 26 * time.Hour}
	s, err := app.New(app.Config{
		DB: db, Custody: stack.Embedded(t, db), Catalogue: banks, PublicURL: "http://127.0.0.1", Snapshot: snapshot,
		Now: func() time.Time { return now },
	})
	must(t, err)
	for _, step := range []struct {
		what  string
		taken time.Duration // ago; 0: there is no file
		code  string
		open  int
	}{
		{"none was ever taken", 0, "snapshot_unknown", 1},
		{"the first", time.Minute, "", 0},
		{"of last night", 25 * time.Hour, "", 0},
		{"of the night before", 49 * time.Hour, "snapshot_old", 1},
		{"taken again", time.Minute, "", 0},
	} {
		if step.taken > 0 {
			must(t, os.WriteFile(file, nil, 0o600))
			must(t, os.Chtimes(file, time.Time{}, now.Add(-step.taken)))
		}
		if _, code, said := fault.Public(snapshot.Check(now)); code != step.code && step.code != "" {
			t.Errorf("%s: %s %s", step.what, code, said)
		}
		for range 3 { // noticed, five minutes later told
			_, err := s.Cases.Evaluate(t.Context())
			must(t, err)
			now = now.Add(5 * time.Minute)
		}
		open, err := db.OpenCases(t.Context(), []cases.Watched{{Kind: cases.System, ID: "vault_snapshot"}})
		must(t, err)
		if len(open) != step.open || step.open == 1 && (open[0].Kind != cases.SnapshotOld || !open[0].Urgent) {
			t.Errorf("%s: %+v", step.what, open)
		}
	}
}

// The doctor and the case say when the last one was taken.
func TestSnapshotSaysWhenItWasTaken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "vault-snapshot")
	must(t, os.WriteFile(file, nil, 0o600))
	taken := time.Date(2026, 11, 27, 2, 0, 0, 0, time.UTC)
	must(t, os.Chtimes(file, time.Time{}, taken))
	err := app.Snapshot{File: file, MaxAge: 26 * time.Hour}.Check(taken.Add(48 * time.Hour))
	if said := fault.Sentence(err); !strings.Contains(said, "2026-11-27 02:00 UTC") {
		t.Error(said)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
