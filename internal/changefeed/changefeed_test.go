package changefeed_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/changefeed"
)

// log is a database with changes.
type log struct{ changes []changefeed.Change }

func (l *log) TLSPosition(context.Context) (changefeed.Position, error) {
	return changefeed.Position{Epoch: "e", Seq: int64(len(l.changes))}, nil
}

func (l *log) TLSChanges(_ context.Context, seq int64) ([]changefeed.Change, error) {
	return l.changes[max(0, seq):], nil
}

func (l *log) add(kind changefeed.Kind, id string) {
	l.changes = append(l.changes, changefeed.Change{Kind: kind, ID: id, Seq: int64(len(l.changes) + 1), Version: 1})
}

// A change of an account that is read after the account was looked up does not count as told: the next round has it.
func TestChangeOfTheAccountMeanwhile(t *testing.T) {
	ctx, db := t.Context(), &log{}
	feed := changefeed.New(db, slog.New(slog.DiscardHandler))
	poll := func() {
		t.Helper()
		if err := feed.Poll(ctx); err != nil {
			t.Fatal(err)
		}
	}
	db.add(changefeed.Registration, "r1")
	db.add(changefeed.Registration, "r2")
	poll()
	bound := func(ids ...string) access.Caller {
		return access.Caller{ID: "a", Grant: &access.Grant{
			Bound: func(id string) bool { return slices.Contains(ids, id) },
		}}
	}
	known := feed.Position()
	before := bound("r1") // looked up now
	db.add(changefeed.Account, "a")
	poll()
	first := feed.Since(before, changefeed.Position{}, known)
	if len(first.Registrations) != 1 || first.At != known {
		t.Fatalf("got %+v", first)
	}
	select {
	case <-first.Wake:
	default:
		t.Error("nothing wakes whoever has not been told of the change")
	}
	next := feed.Since(bound("r1", "r2"), first.At, feed.Position())
	if len(next.Registrations) != 2 || !next.Complete || next.At != feed.Position() {
		t.Errorf("got %+v", next)
	}
}
