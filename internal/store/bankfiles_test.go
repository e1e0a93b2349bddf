package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/bankfiles"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

// Of each bank one file is in force and one proposed; who decides too late hears so; what was in force can come back.
func TestBankFiles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		at := time.Unix(1_800_000_000, 0).UTC()
		propose := func(sums ...string) {
			t.Helper()
			var files []bankfiles.File
			for _, sum := range sums {
				files = append(files, bankfiles.File{
					Bank:    "b",
					SHA256:  sum,
					Name:    "b.yaml",
					Text:    []byte(sum),
					FoundAt: at,
				})
			}
			must(t, db.NoteReading(ctx, files, []bankfiles.Refusal{{Name: "x.yaml", Why: "line 1: no", Since: at}}))
		}
		decide := func(sum string, state bankfiles.State) error {
			return db.DecideBankFile(ctx, bankfiles.File{
				Bank:      "b",
				SHA256:    sum,
				State:     state,
				DecidedBy: "u",
				DecidedAt: at,
			})
		}
		states := func(want map[string]bankfiles.State) {
			t.Helper()
			for sum, state := range want {
				f, err := db.BankFile(ctx, "b", sum)
				if f.State != state || (state == "") != errors.Is(err, fault.NotFound) ||
					state != "" && string(f.Text) != sum {
					t.Errorf("%s is %+v, %v; want %q", sum, f, err, state)
				}
			}
		}
		propose("1")
		must(t, decide("1", bankfiles.InForce))
		propose("2")
		propose("3")
		states(map[string]bankfiles.State{"1": bankfiles.InForce, "2": "", "3": bankfiles.Proposed})
		if err := decide("2", bankfiles.InForce); !errors.Is(err, fault.Conflict) {
			t.Errorf("what is not proposed any more was taken: %v", err)
		}
		must(t, decide("3", bankfiles.InForce))
		propose("1")
		states(map[string]bankfiles.State{"1": bankfiles.Proposed, "3": bankfiles.InForce})
		must(t, decide("1", bankfiles.Declined))
		if err := db.NoteReading(ctx, []bankfiles.File{{Bank: "b", SHA256: "1"}}, nil); err == nil {
			t.Error("what was declined meanwhile was proposed over it")
		}
		inForce, err := db.BankFiles(ctx, bankfiles.InForce)
		if err != nil || len(inForce) != 1 || inForce[0].SHA256 != "3" || len(inForce[0].Text) != 0 {
			t.Errorf("in force: %+v, %v", inForce, err)
		}
		if refused, err := db.Refusals(ctx); err != nil || len(refused) != 1 || !refused[0].Since.Equal(at) {
			t.Errorf("refused: %+v, %v", refused, err)
		}
	})
}
