package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

// What a program does again within an hour is one line, across pages of the log too; what people do never is, and no
// entry is left out or counted twice, however long the pages are.
func TestAuditFolds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := time.Date(2027, 1, 23, 10, 0, 0, 0, time.UTC)
		log := audit.New(db, func() time.Time { return now })
		log.KnowMachines(db)
		connector := access.Caller{ID: "s-1", Name: "connector"}
		must(t, db.AddServiceAccount(t.Context(), service.Account{ID: connector.ID, Name: connector.Name}))
		act := func(caller access.Caller, outcome audit.Outcome) {
			now = now.Add(10 * time.Second)
			must(t, log.Record(t.Context(), caller, access.AccountsRead, "c1", outcome, note.Note{}))
		}
		for i := range 540 { // an hour and a half
			act(connector, audit.Done)
			if i%180 == 0 {
				act(access.Caller{ID: "u1", Name: "Ada"}, audit.Done)
			}
		}
		act(connector, audit.Failed)
		act(access.SystemCaller("part"), audit.Done)
		act(access.SystemCaller("part"), audit.Done)
		act(access.Operator(), audit.Done) // a person at the command line
		act(access.Operator(), audit.Done)
		type line struct {
			caller  string
			outcome audit.Outcome
			count   int
		}
		for name, test := range map[string]struct {
			limit int
			want  []line // nil: as many entries alone
		}{
			"one page": {50, []line{
				{"system:command line", audit.Done, 1},
				{"system:command line", audit.Done, 1},
				{"system:part", audit.Done, 2},
				{"s-1", audit.Failed, 1},
				{"s-1", audit.Done, 183},
				{"u1", audit.Done, 1},
				{"s-1", audit.Done, 357},
				{"u1", audit.Done, 1},
				{"u1", audit.Done, 1},
			}},
			"short pages": {2, nil},
			"lines alone": {1, nil},
		} {
			t.Run(name, func(t *testing.T) {
				q := audit.Listed.Query().With(audit.FilterFold, audit.FoldMachines).
					With(audit.FilterAction, string(access.AccountsRead))
				q.Limit = test.limit
				var got []line
				entries, people := 0, 0
				for {
					page, err := log.Page(t.Context(), bob, q)
					must(t, err)
					for _, l := range page.Items {
						got = append(got, line{l.CallerID, l.Outcome, l.Count})
						entries += l.Count
						if l.CallerID == "u1" {
							people++
						}
						if oldest, newest := l.Between(); newest.Sub(oldest) >= time.Hour || newest.Before(oldest) {
							t.Errorf("a line is from %s to %s", oldest, newest)
						}
					}
					if page.Next == "" {
						break
					}
					q, err = q.Behind(page.Next)
					must(t, err)
				}
				if entries != 548 || people != 3 {
					t.Errorf("the lines stand for %d entries, %d of a person", entries, people)
				}
				if test.want != nil && !slices.Equal(got, test.want) {
					t.Errorf("lines\n%v\nwant\n%v", got, test.want)
				}
			})
		}
		page, err := log.Page(t.Context(), bob, listing.Query{Limit: 5, Sort: "-at"})
		if err != nil || len(page.Items) != 5 || page.Items[4].Count != 1 {
			t.Errorf("unfolded: %+v, %v", page.Items, err)
		}
	})
}
