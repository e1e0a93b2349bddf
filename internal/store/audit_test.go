package store_test

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/origin"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

func record(ctx context.Context, db *store.DB) error {
	return audit.New(db, func() time.Time {
		return at
	}).Record(ctx, access.Caller{ID: "u1"}, access.CertImport, "c1", audit.Done, note.Note{})
}

// whileAppending calls during while an appender is under way.
func whileAppending(t *testing.T, db *store.DB, during func()) {
	t.Helper()
	err := db.AppendAudit(t.Context(), func(newest audit.Entry) []audit.Entry {
		during()
		return []audit.Entry{{Seq: newest.Seq + 1, Outcome: audit.Done}}
	})
	must(t, err)
}

// Where an act came from is kept, and its hash fits what is read again.
func TestAuditKeepsTheOrigin(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := origin.Begin(t.Context(), "2001:db8::1")
		must(t, record(ctx, db))
		entries, err := db.LatestAudit(t.Context(), 1)
		must(t, err)
		if address, request := entries[0].From(); address != "2001:db8::1" || request != origin.Of(ctx).Request {
			t.Errorf("from %q, request %q", address, request)
		}
		report, err := audit.New(db, time.Now).Verify(t.Context())
		if err != nil || report.Broken != nil {
			t.Errorf("%+v, %v", report, err)
		}
	})
}

// The hash covers the values as they are stored: neither another spelling of them nor
// something unreadable beside none passes. A reason of the greatest length is kept whole.
func TestAuditVerifiesTheStoredValues(t *testing.T) {
	for name, args := range map[string]string{
		"another spelling": `["r\u00e9ason"]`,
		"blanks":           `[ "réason" ]`,
		"unreadable":       `["réason`,
		"no list":          `null`,
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				log := audit.New(db, func() time.Time { return at })
				must(t, record(t.Context(), db))
				must(t, log.Record(t.Context(), access.Caller{ID: "u1"}, access.CertRetire, "c1", audit.Done,
					note.New("reason", "%s", "réason")))
				forge := "DROP TRIGGER audit_entries_no_update"
				if store.IsPostgres(db) {
					forge = "DROP TRIGGER audit_entries_append_only ON audit_entries"
				}
				must(t, store.Exec(t.Context(), db, forge))
				for seq := range 2 {
					report, err := log.Verify(t.Context())
					if err != nil || report.Broken != nil {
						t.Fatalf("before: %+v, %v", report.Broken, err)
					}
					seq := fmt.Sprint(seq + 1)
					before := map[string]string{"1": "[]", "2": `["réason"]`}[seq]
					set := "UPDATE audit_entries SET args = '%s' WHERE seq = " + seq
					must(t, store.Exec(t.Context(), db, fmt.Sprintf(set, args)))
					if report, err = log.Verify(t.Context()); err != nil || report.Broken == nil {
						t.Errorf("entry %s passes, %v", seq, err)
					}
					must(t, store.Exec(t.Context(), db, fmt.Sprintf(set, before)))
				}
			})
		})
	}
}

// An appender that never ends must not make everybody else wait for ever.
func TestAuditGivesUpOnAStuckAppender(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		whileAppending(t, db, func() {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			mustBe(t, record(ctx, db), fault.Unavailable)
			if ctx.Err() != nil {
				t.Error("the appender waited until its caller gave up")
			}
		})
		must(t, record(t.Context(), db))
	})
}

// Append-only triggers let an intruder insert.
func TestAuditShowsWhatWasPutBeforeIt(t *testing.T) {
	for _, seq := range []int64{0, -3, math.MinInt64} {
		storetest.Each(t, func(t *testing.T, db *store.DB) {
			must(t, record(t.Context(), db))
			must(t, store.Exec(t.Context(), db, fmt.Sprintf(`INSERT INTO audit_entries
				(seq, at, caller_id, caller_name, action, object, outcome, detail, prev_hash, hash)
				VALUES (%d, 0, 'u1', '', '', '', 'done', '', '', '')`, seq)))
			report, err := audit.New(db, time.Now).Verify(t.Context())
			must(t, err)
			if report.Broken == nil || report.Broken.Seq != seq {
				t.Errorf("got %+v, want it to name entry %d", report.Broken, seq)
			}
		})
	}
}

// PostgreSQL's housekeeping and the log must not wait for each other.
func TestAuditLetsTheDatabaseCleanUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		whileAppending(t, db, func() {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			if err := store.Vacuum(ctx, db, "audit_entries"); err != nil {
				t.Errorf("VACUUM ANALYZE waits for an appender: %v", err)
			}
		})
	})
}

// Whoever reads does not wait for whoever writes, and sees what was written before.
func TestReadersDoNotWaitForAWriter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		must(t, record(t.Context(), db))
		whileAppending(t, db, func() {
			entries, err := db.LatestAudit(t.Context(), 10)
			must(t, err)
			if len(entries) != 1 {
				t.Errorf("got %d entries, want the one that was written before", len(entries))
			}
		})
		entries, err := db.LatestAudit(t.Context(), 10)
		must(t, err)
		if len(entries) != 2 {
			t.Errorf("got %d entries, want both", len(entries))
		}
	})
}

func TestAuditIsAppendOnlyAndGapless(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := audit.New(db, func() time.Time { return at })
		caller := access.Caller{ID: "u1", Name: "Ada", Roles: []access.Role{access.Admin}}
		var writers sync.WaitGroup
		for i := range 20 {
			writers.Go(func() {
				if err := log.Authorize(t.Context(), caller, access.CertImport, fmt.Sprint(i)); err != nil {
					t.Error(err)
				}
			})
		}
		writers.Wait()
		report, err := log.Verify(t.Context())
		must(t, err)
		if report.Broken != nil || report.Entries != 20 {
			t.Fatalf("got %+v, want 20 whole entries", report)
		}
		for _, change := range []string{
			"UPDATE audit_entries SET object = 'x' WHERE seq = 3",
			"DELETE FROM audit_entries WHERE seq = 20",
		} {
			if err := store.Exec(t.Context(), db, change); err == nil {
				t.Errorf("the database allowed: %s", change)
			}
		}
	})
}

func auditQuery(t *testing.T, text string) listing.Query {
	t.Helper()
	values, err := url.ParseQuery(text)
	must(t, err)
	q, err := audit.Listed.Parse(values)
	must(t, err)
	return q
}

// A page of the log has what its filters say, newest first, and a day counts to its end.
func TestAuditPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := time.Date(2027, 1, 23, 23, 59, 59, 0, time.UTC)
		log := audit.New(db, func() time.Time { return now })
		ada, bob := access.Caller{ID: "u1", Name: "Ada"}, access.Caller{ID: "u2", Name: "Bob"}
		must(t, log.Record(t.Context(), ada, access.CertImport, "c1", audit.Done, note.Note{}))
		must(t, log.Record(t.Context(), bob, access.CertImport, "c2", audit.Failed, note.Note{}))
		now = now.Add(time.Second)
		must(t, log.Record(t.Context(), ada, access.CertRetire, "c1", audit.Done, note.Note{}))
		for text, want := range map[string][]int64{
			"":                                  {3, 2, 1},
			"sort=at":                           {1, 2, 3},
			"object=c1":                         {3, 1},
			"person=u2":                         {2},
			"action=cert.import":                {2, 1},
			"action=cert.import&outcome=failed": {2},
			"from=2027-01-24":                   {3},
			"until=2027-01-23":                  {2, 1},
			"from=2027-01-23T23:59:59Z&until=2027-01-24T00:00:00Z": {2, 1},
			"object=c3": nil,
		} {
			page, err := db.AuditPage(t.Context(), access.Whole(), auditQuery(t, text))
			must(t, err)
			var got []int64
			for _, e := range page.Items {
				got = append(got, e.Seq)
			}
			if !slices.Equal(got, want) || page.Count.N != len(want) {
				t.Errorf("%q lists %v (%d), want %v", text, got, page.Count.N, want)
			}
		}
	})
}

// With 100,000 entries, every filter is read by an index, on the first page and deep in the log.
func TestAuditPagesUseIndexes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		numbers := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
		if store.IsPostgres(db) {
			numbers = "WITH n(i) AS (SELECT generate_series(1, 100000))"
		}
		must(t, store.Exec(t.Context(), db, numbers+`
			INSERT INTO audit_entries
				(seq, at, caller_id, caller_name, action, object, outcome, detail, prev_hash, hash)
			SELECT i, 1700000000000000 + i * CAST(1000000 AS BIGINT), 'u' || (i % 500), '', 'action' || (i % 100),
				'o' || (i % 5000),
				CASE WHEN i % 200 = 0 THEN 'failed' ELSE 'done' END, '', '', '' FROM n`))
		must(t, store.Vacuum(t.Context(), db, "audit_entries"))
		for text, index := range map[string]string{
			"":                "audit_entries_at",
			"sort=at":         "audit_entries_at",
			"from=2023-11-15": "audit_entries_at",
			"object=o77":      "audit_entries_object",
			"person=u77":      "audit_entries_caller",
			"action=action77": "audit_entries_action",
			"outcome=failed":  "audit_entries_outcome",
		} {
			for place, cursor := range map[string]listing.Cursor{
				"first": {},
				"deep":  {Values: []any{int64(1700050000000000), int64(50000)}},
			} {
				t.Run(text+" "+place, func(t *testing.T) {
					q := auditQuery(t, text)
					q.Cursor = cursor
					usesIndex(t, db, index, func(ctx context.Context) {
						page, err := db.AuditPage(ctx, access.Whole(), q)
						must(t, err)
						if len(page.Items) == 0 {
							t.Error("nothing is listed")
						}
					})
				})
			}
		}
	})
}
