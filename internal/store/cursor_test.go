package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

// TestCursorsUnderWrites: while others add rows everywhere in a list and take them away again, a reader who goes
// through its pages sees each row once that was there all the time, forwards and backwards.
func TestCursorsUnderWrites(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const lasting = 20
		registration := registered(t, db).ID
		for i := range lasting {
			addConsent(t, db, registration, fmt.Sprint(i), time.Hour)
		}
		// Their times differ, and leave room for others in between.
		must(t, store.Exec(t.Context(), db, "UPDATE consents SET created_at = 1000000 * CAST(id AS BIGINT)"))
		addConsent(t, db, registration, "model", time.Hour)
		var came atomic.Int64
		ctx, stop := context.WithCancel(t.Context())
		gone := make(chan struct{})
		go func() { defer close(gone); comeAndGo(ctx, t, db, &came) }()
		for round := 0; !t.Failed() && (round < 3 || came.Load() < 20); round++ {
			limit := []int{1, 3, 7}[round%3]
			q := consent.Listed.Query()
			q.Limit = limit
			first, err := db.ConsentPage(t.Context(), consent.Selection{Reach: access.Whole(), Query: q})
			must(t, err)
			forwards, last := walk(t, db, q, first, func(p listing.Page[consent.Consent]) string { return p.Next })
			if len(forwards) != lasting {
				t.Errorf("%d a page: %d of %d were seen", limit, len(forwards), lasting)
			}
			// From the page as it was read: read again, it may end earlier, since others have come before its rows.
			backwards, _ := walk(t, db, q, last, func(p listing.Page[consent.Consent]) string { return p.Previous })
			if len(backwards) != lasting {
				t.Errorf("%d a page, backwards: %d of %d were seen", limit, len(backwards), lasting)
			}
		}
		stop()
		<-gone
	})
}

// comeAndGo adds rows at random places and takes them away, and counts them, until it is told to stop.
func comeAndGo(ctx context.Context, t *testing.T, db *store.DB, came *atomic.Int64) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := 0; ; n++ {
		id := fmt.Sprint("new", n)
		err := store.CopyRows(ctx, db, "WITH n(i) AS (SELECT 1)", "consents", "model", map[string]string{
			"id":         "'" + id + "'",
			"state_hash": "'" + id + "'",
			"created_at": fmt.Sprint(random.IntN(20_000_000)),
		})
		if err == nil {
			err = store.Exec(ctx, db, fmt.Sprintf("DELETE FROM consents WHERE id = 'new%d'", n-2))
		}
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			t.Error(err)
			return
		}
		came.Add(1)
	}
}

// walk goes on from a page and returns which of the lasting rows it saw, each once, and the last page.
func walk(
	t *testing.T, db *store.DB, q listing.Query, from listing.Page[consent.Consent],
	next func(listing.Page[consent.Consent]) string,
) (seen map[string]bool, last listing.Page[consent.Consent]) {
	t.Helper()
	seen = map[string]bool{}
	for last = from; ; {
		for _, c := range last.Items {
			if len(c.ID) > 2 { // it comes and goes
				continue
			}
			if seen[c.ID] {
				t.Errorf("%s was seen twice", c.ID)
			}
			seen[c.ID] = true
		}
		if next(last) == "" {
			return seen, last
		}
		behind, err := q.Behind(next(last))
		must(t, err)
		last, err = db.ConsentPage(t.Context(), consent.Selection{Reach: access.Whole(), Query: behind})
		must(t, err)
	}
}
