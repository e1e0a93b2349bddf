package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

// From the first note of a move on, nothing that would be left behind is written, and
// each refusal says which it is. Giving up brings everything back.
func TestMovingRefusesWrites(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, rows := t.Context(), db.CustodyRows()
		must(t, rows.Put(ctx, embedded.Row{Kind: "document", ID: "d", Version: 1, Sealed: []byte("sealed")}))
		record := certificate(t)
		version := 1
		writes := map[string]func() error{
			"a new row": func() error {
				return rows.Put(ctx, embedded.Row{Kind: "key", ID: "k", Version: 1, Sealed: []byte("sealed")})
			},
			"a changed row": func() error {
				return rows.Put(ctx, embedded.Row{
					Kind:    "document",
					ID:      "d",
					Version: version + 1,
					Sealed:  []byte("sealed"),
				})
			},
			"a deleted row":  func() error { return rows.Delete(ctx, "document", "d") },
			"a certificate":  func() error { return db.BeginImport(ctx, record) },
			"a restored one": func() error { _, err := db.RestoreCertificate(ctx, record, false); return err },
		}
		refused := func(want string) {
			t.Helper()
			for name, write := range writes {
				if code := fault.Code(write()); code != want {
					t.Errorf("%s: %q, want %q", name, code, want)
				}
			}
		}
		must(t, db.BeginMove(ctx, "vault"))
		must(t, db.BeginMove(ctx, "vault"))
		refused("custody_moving")
		must(t, db.AbandonMove(ctx))
		if err := db.AbandonMove(ctx); !errors.Is(err, fault.Conflict) {
			t.Errorf("giving up twice: %v", err)
		}
		if err := db.MoveCustody(ctx, "embedded", "vault"); !errors.Is(err, fault.Conflict) {
			t.Errorf("ending what was given up: %v", err)
		}
		version++
		must(t, rows.Put(ctx, embedded.Row{Kind: "document", ID: "d", Version: version, Sealed: []byte("sealed")}))
		must(t, db.BeginMove(ctx, "vault"))
		must(t, db.MoveCustody(ctx, "embedded", "vault"))
		refused("custody_moved")
		record.Custody = "vault"
		must(t, db.BeginImport(ctx, record))
		must(t, db.MoveCustody(ctx, "embedded", "vault")) // again
	})
}

// Whoever writes while a move begins is either seen by it or refused.
func TestBeginMoveWaitsForWriters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, rows := t.Context(), db.CustodyRows()
		var writers sync.WaitGroup
		began := make(chan struct{}, 8)
		for w := range 8 {
			writers.Go(func() {
				for n := 0; ; n++ {
					if n == 3 {
						began <- struct{}{}
					}
					if err := rows.Put(ctx, embedded.Row{
						Kind:    "key",
						ID:      fmt.Sprintf("%d-%d", w, n),
						Version: 1,
						Sealed:  []byte("sealed"),
					}); err != nil {
						if fault.Code(err) != "custody_moving" {
							t.Error(err)
						}
						return
					}
				}
			})
		}
		for range 8 {
			<-began
		}
		must(t, db.BeginMove(ctx, "vault"))
		seen, err := rows.List(ctx, "key")
		must(t, err)
		writers.Wait()
		if there, err := rows.List(ctx, "key"); err != nil || len(there) != len(seen) {
			t.Errorf("%d rows when the move had begun and %d later, %v", len(seen), len(there), err)
		}
	})
}

// A bank's answer that is on its way could not be kept, so a move waits for it.
func TestBeginMoveWaitsForConsents(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		addConsent(t, db, registered(t, db).ID, "1", time.Hour)
		leased, _, err := db.LeaseConsent(ctx, "1", time.Now(), time.Now().Add(time.Minute))
		must(t, err)
		mustBe(t, db.BeginMove(ctx, "vault"), fault.Unavailable)
		if ids, err := db.CustodyRows().List(ctx, "moved"); err != nil || len(ids) > 0 {
			t.Errorf("it is noted all the same: %v, %v", ids, err)
		}
		must(t, db.SaveConsent(ctx, leased, true))
		must(t, db.BeginMove(ctx, "vault"))
	})
}

// After a purge nothing but the note of the move is there, and it is refused before one.
func TestPurgeCustody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if err := db.PurgeCustody(ctx); !errors.Is(err, fault.NotFound) {
			t.Errorf("before a move: %v", err)
		}
		must(t, db.CustodyRows().Put(ctx, embedded.Row{Kind: "key", ID: "k", Version: 1, Sealed: []byte("sealed")}))
		must(t, errors.Join(db.BeginMove(ctx, "vault"), db.MoveCustody(ctx, "embedded", "vault"), db.PurgeCustody(ctx)))
		if n, err := db.CountSealed(ctx); err != nil || n != 0 {
			t.Errorf("%d rows are left, %v", n, err)
		}
		if _, err := db.CustodyRows().Get(ctx, "moved", "main"); err != nil {
			t.Error(err)
		}
		if due, err := db.Residue(ctx); err != nil || !due {
			t.Errorf("the space is to be given up: %v, %v", due, err)
		}
		must(t, db.Rewrite(ctx))
		if due, err := db.Residue(ctx); err != nil || due {
			t.Errorf("the space was given up: %v, %v", due, err)
		}
	})
}

func TestSameDatabase(t *testing.T) {
	file := t.TempDir() + "/a.db"
	db, err := store.Open(context.Background(), secret.NewTextString("sqlite://"+file))
	must(t, err)
	must(t, db.Close())
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"sqlite://" + file, "sqlite://" + t.TempDir() + "/../" + file, false},
		{"sqlite:///var/lib/a.db", "sqlite:///var/lib/x/../a.db", true},
		{"sqlite:///var/lib/a.db", "sqlite:///var/lib/b.db", false},
		{"sqlite:///var/lib/a.db", "postgres://h/a", false},
		{"postgres://u:one@h/a", "postgresql://v:two@h:5432/a?sslmode=disable", true},
		{"postgres://u@h/a", "postgres://u@h/b", false},
		{"postgres://u@h/a", "postgres://u@other/a", false},
		{"postgres://u@h:5433/a", "postgres://u@h/a", false},
	} {
		if got := store.SameDatabase(secret.NewTextString(test.a), secret.NewTextString(test.b)); got != test.same {
			t.Errorf("%s and %s: %v", test.a, test.b, got)
		}
	}
}
