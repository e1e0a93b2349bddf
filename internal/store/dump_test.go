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
