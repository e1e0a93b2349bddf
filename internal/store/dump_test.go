package store_test

import (
	"bytes"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/dump"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/registration"
)

// What a database numbers itself goes on after what was loaded.
func TestLoadedHistoryGoesOn(t *testing.T) {
	type line struct {
		table string
		row   []byte
	}
	var lines []line
	from, changed := storetest.SQLite(t), []registration.HistoryEntry{{Subject: "r1", What: "state", At: at}}
	must(t, from.SetSteps(t.Context(), registered(t, from).ID, nil, changed))
	schema, err := from.Dump(t.Context(), func(table string, row []byte) error {
		lines = append(lines, line{table, bytes.Clone(row)})
		return nil
	})
	must(t, err)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, err := db.Load(t.Context(), schema, dump.Loading{}, func(add func(string, []byte) error) error {
			for _, l := range lines {
				if err := add(l.table, l.row); err != nil {
					return err
				}
			}
			return nil
		})
		must(t, err)
		must(t, db.SetSteps(t.Context(), "r1", nil, changed))
		history, err := db.History(t.Context(), "r1")
		must(t, err)
		if len(history) != 2 || history[0].Seq <= history[1].Seq {
			t.Errorf("got %+v, want the entry that was loaded and a newer one", history)
		}
	})
}

// Rows are counted up to the limit, and no table is left out.
func TestRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		steps, err := db.Applied(t.Context())
		must(t, err)
		if len(steps) < 2 || steps[0].Version != 1 || steps[0].At.IsZero() {
			t.Fatalf("got %+v, want the migrations in order", steps)
		}
		for _, limit := range []int{2, 1000} {
			counts, err := db.Rows(t.Context(), limit)
			must(t, err)
			want := map[string]int64{"goose_db_version": int64(min(limit, len(steps)+1)), "audit_entries": 0}
			for _, c := range counts {
				if n, ok := want[c.Table]; ok && n != c.Count {
					t.Errorf("%s has %d rows, want %d", c.Table, c.Count, n)
				}
				delete(want, c.Table)
			}
			if len(want) > 0 {
				t.Errorf("not counted: %v", want)
			}
		}
	})
}
