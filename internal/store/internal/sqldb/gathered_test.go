package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// gathering opens a database whose transactions are gathered, as package store opens one: with one connection.
func gathering(t *testing.T) *gorm.DB {
	t.Helper()
	file := filepath.Join(t.TempDir(), "test.db")
	db, err := gorm.Open(sqlite.Open("file:"+file+"?_txlock=immediate&_journal_mode=WAL&_foreign_keys=on"+
		"&_stmt_cache_size=9"),
		&gorm.Config{SkipDefaultTransaction: true, TranslateError: true, Logger: logger.Discard})
	check(t, err)
	check(t, db.Use(sqldb.NewGathering()))
	pool, err := db.DB()
	check(t, err)
	pool.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = pool.Close() })
	check(t, db.Exec(`CREATE TABLE things (id TEXT PRIMARY KEY, body BLOB,
		of TEXT REFERENCES things (id) DEFERRABLE INITIALLY DEFERRED)`).Error)
	check(t, db.Exec("INSERT INTO things (id) VALUES ('there')").Error)
	return db
}

// arriving is the context of a caller who says when it waits.
type arriving struct {
	context.Context
	waits func()
}

func (a arriving) Done() <-chan struct{} {
	a.waits()
	return a.Context.Done()
}

// caller is one of several who write at once.
type caller struct {
	ctx    context.Context //nolint:containedctx // a test's
	giveUp func()
	calls  int
	within []gorm.ConnPool // the transactions that it was called with
	err    error
	ended  chan struct{}
}

func newCaller(ctx context.Context, giveUp func()) *caller {
	return &caller{ctx: ctx, giveUp: giveUp, ended: make(chan struct{})}
}

func (c *caller) call(db *gorm.DB, f func(c *caller, tx *gorm.DB) error) {
	defer close(c.ended)
	defer func() {
		if p := recover(); p != nil {
			c.err = fmt.Errorf("panic: %v", p)
		}
	}()
	c.err = sqldb.Gathered(c.ctx, db, "thing", func(tx *gorm.DB) error {
		c.calls++
		c.within = append(c.within, tx.Statement.ConnPool)
		return f(c, tx)
	})
}

// together has callers wait while another one writes, in their order, and then write.
func together(t *testing.T, db *gorm.DB, before func(all []*caller), each ...func(*caller, *gorm.DB) error) []*caller {
	t.Helper()
	begun, letGo := make(chan struct{}), make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		err := sqldb.Gathered(t.Context(), db, "thing", func(*gorm.DB) error {
			close(begun)
			<-letGo
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-begun
	all := make([]*caller, len(each))
	for i, f := range each {
		ctx, giveUp := context.WithCancel(t.Context())
		waits := make(chan struct{})
		all[i] = newCaller(arriving{ctx, sync.OnceFunc(func() { close(waits) })}, giveUp)
		done.Go(func() { all[i].call(db, f) })
		<-waits
	}
	if before != nil {
		before(all)
	}
	close(letGo)
	done.Wait()
	return all
}

// put writes a row of its own.
func put(id string) func(*caller, *gorm.DB) error {
	return func(_ *caller, tx *gorm.DB) error { return tx.Exec("INSERT INTO things (id) VALUES (?)", id).Error }
}

func written(t *testing.T, db *gorm.DB) []string {
	t.Helper()
	var ids []string
	check(t, db.Raw("SELECT id FROM things ORDER BY id").Scan(&ids).Error)
	return ids
}

// What is written at once is one transaction.
func TestTransactionsAreGathered(t *testing.T) {
	db := gathering(t)
	all := together(t, db, nil, put("a"), put("b"), put("c"))
	for i, c := range all {
		if c.err != nil || c.calls != 1 || c.within[0] != all[0].within[0] {
			t.Errorf("caller %d: %v, %d calls, in %v and not in %v", i, c.err, c.calls, c.within, all[0].within)
		}
	}
	if got := written(t, db); !slices.Equal(got, []string{"a", "b", "c", "there"}) {
		t.Errorf("written: %v", got)
	}
}

// What undoes a statement is kept in memory within each transaction, and afterwards not: also when the driver has kept
// the statements that say so.
func TestUndoneInMemoryEachTime(t *testing.T) {
	db := gathering(t)
	const inMemory, usual = 2, 0
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	spill := func(db *gorm.DB) (kept int) {
		check(t, db.WithContext(ctx).Raw("PRAGMA temp_store").Scan(&kept).Error)
		return kept
	}
	for i := range 3 {
		within := 0
		check(t, sqldb.Gathered(ctx, db, "thing", func(tx *gorm.DB) error {
			within = spill(tx)
			return nil
		}))
		if after := spill(db); within != inMemory || after != usual {
			t.Errorf("transaction %d: what undoes is in %d, and afterwards in %d", i, within, after)
		}
	}
}

// Of those who write at once, one who fails in whatever way takes nobody along.
func TestOneWhoFailsTakesNobodyAlong(t *testing.T) {
	errOwn := errors.New("own")
	for _, test := range []struct {
		name string
		bad  func(*caller, *gorm.DB) error
		want string // of the error
	}{
		{"refuses", func(*caller, *gorm.DB) error { return errOwn }, "own"},
		{"after it has written", func(c *caller, tx *gorm.DB) error {
			return errors.Join(put("bad")(c, tx), errOwn)
		}, "own"},
		{"is refused by the database", put("there"), "duplicated key"},
		{"is refused at the commit", func(_ *caller, tx *gorm.DB) error {
			return tx.Exec("INSERT INTO things (id, of) VALUES ('bad', 'nobody')").Error
		}, "foreign key"},
		{"has no room, so that SQLite undoes all", func(_ *caller, tx *gorm.DB) error {
			return tx.Exec("INSERT INTO things (id, body) VALUES ('bad', zeroblob(4000000))").Error
		}, "full"},
		{"gives up while it writes", func(c *caller, tx *gorm.DB) error {
			c.giveUp()
			return put("bad")(c, tx)
		}, "context canceled"},
		{"panics", func(c *caller, tx *gorm.DB) error {
			check(t, put("bad")(c, tx))
			panic("own")
		}, "panic: own"},
	} {
		for at, who := range []string{"who has the turn", "another one"} {
			t.Run(who+" "+test.name, func(t *testing.T) {
				db := gathering(t)
				check(t, db.Exec("PRAGMA max_page_count = 100").Error)
				each := slices.Insert([]func(*caller, *gorm.DB) error{put("a"), put("b")}, at, test.bad)
				all := together(t, db, nil, each...)
				for i, c := range all {
					if i != at && c.err != nil {
						t.Errorf("caller %d: %v", i, c.err)
					}
				}
				if got := chain(all[at].err); !strings.Contains(got, test.want) {
					t.Errorf("the one who fails is told %q", got)
				}
				if got := written(t, db); !slices.Equal(got, []string{"a", "b", "there"}) {
					t.Errorf("written: %v", got)
				}
			})
		}
	}
}

// Who gives up after it has written is told what has become of it.
func TestWhoGivesUpAtTheEndIsToldWhatIsSo(t *testing.T) {
	for at, who := range []string{"who has the turn", "another one"} {
		t.Run(who, func(t *testing.T) {
			db := gathering(t)
			each := slices.Insert([]func(*caller, *gorm.DB) error{put("a"), put("b")}, at,
				func(c *caller, tx *gorm.DB) error {
					defer c.giveUp()
					return put("late")(c, tx)
				})
			all := together(t, db, nil, each...)
			got := written(t, db)
			if !slices.Contains(got, "a") || !slices.Contains(got, "b") ||
				slices.Contains(got, "late") != (all[at].err == nil) {
				t.Errorf("told %v, written: %v", all[at].err, got)
			}
		})
	}
}

// chain is all that an error says, its causes too.
func chain(err error) string {
	text := ""
	for ; err != nil; err = errors.Unwrap(err) {
		text += err.Error() + "; "
	}
	return text
}

// Who gives up while others write is not called, and hears of it at once.
func TestWhoGivesUpWhileItWaitsIsNotCalled(t *testing.T) {
	for at, who := range []string{"the next", "another one"} {
		t.Run(who, func(t *testing.T) {
			db := gathering(t)
			each := slices.Insert([]func(*caller, *gorm.DB) error{put("a"), put("b")}, at, put("bad"))
			all := together(t, db, func(all []*caller) {
				all[at].giveUp()
				<-all[at].ended
			}, each...)
			if c := all[at]; !strings.Contains(chain(c.err), "context canceled") || c.calls != 0 {
				t.Errorf("%v, %d calls", c.err, c.calls)
			}
			if got := written(t, db); !slices.Equal(got, []string{"a", "b", "there"}) {
				t.Errorf("written: %v", got)
			}
		})
	}
}

// Who comes alone is called once, whatever becomes of it, and within a transaction, it is part of that one.
func TestAloneAndWithin(t *testing.T) {
	db := gathering(t)
	c := newCaller(t.Context(), nil)
	c.call(db, put("there"))
	if !strings.Contains(chain(c.err), "duplicated key") || c.calls != 1 {
		t.Errorf("alone: %v, %d calls", c.err, c.calls)
	}
	errOwn := errors.New("own")
	err := sqldb.Transaction(t.Context(), db, "thing", func(tx *gorm.DB) error {
		c := newCaller(t.Context(), nil)
		c.call(tx, put("within"))
		return errors.Join(c.err, errOwn)
	})
	if got := written(t, db); !errors.Is(err, errOwn) || !slices.Equal(got, []string{"there"}) {
		t.Errorf("%v, written: %v", err, got)
	}
}

// Many write at once, and some of them fail: what is said to be written is, and nothing else.
func TestManyWriteAtOnce(t *testing.T) {
	const callers, each = 8, 15
	db := gathering(t)
	said := make([][]string, callers)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			for j := range each {
				id := fmt.Sprintf("thing %d", (i*each+j)/3*2) // two of them want the same, now and then
				c := newCaller(t.Context(), nil)
				if c.call(db, put(id)); c.err == nil {
					said[i] = append(said[i], id)
				}
			}
		})
	}
	all.Wait()
	want := append(slices.Concat(said...), "there")
	slices.Sort(want)
	if got := written(t, db); !slices.Equal(got, want) {
		t.Errorf("%d are written, %d said to be", len(got), len(want))
	}
}
