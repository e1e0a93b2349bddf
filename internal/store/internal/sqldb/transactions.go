package sqldb

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/gather"
)

// Postgres reports whether the database is PostgreSQL; else it is SQLite.
func Postgres(db *gorm.DB) bool { return db.Name() == (postgres.Dialector{}).Name() }

// BusyTimeout is for how many milliseconds one of SQLite's connections waits for another's lock.
const BusyTimeout = "5000"

// Transaction calls f with a transaction, which is undone if f fails. SQLite has one
// at a time. what names for people what is changed.
//
// Where PostgreSQL undoes a transaction so that another one can go on, f is called again with a new one, so that what f
// leaves behind beside the database is what its last call left.
func Transaction(ctx context.Context, db *gorm.DB, what string, f func(tx *gorm.DB) error) error {
	for left := attempts; ; left-- {
		err := TransactionOnce(ctx, db, what, f)
		if within(db) || !undone(err) || left == 1 {
			return err
		}
		// Whoever was undone begins behind the one it stood in the way of.
		if !clock.Pause(ctx, time.Duration(rand.Int64N(int64(longestPause)))) { //nolint:gosec // it spreads attempts
			return err
		}
	}
}

const (
	attempts     = 4 // to begin a transaction
	longestPause = 50 * time.Millisecond
)

// TransactionOnce is Transaction for an f that cannot be called twice.
func TransactionOnce(ctx context.Context, db *gorm.DB, what string, f func(tx *gorm.DB) error) error {
	return Wrap(db.WithContext(ctx).Transaction(f), what)
}

// Gathered is Transaction for what many callers write at the same time, a few rows each. SQLite waits for the disk once
// for those that come at once: whoever has the turn calls what has gathered in one transaction. If anything in it
// fails, all of it is undone, and each is called again in a transaction of its own: a caller that fails, gives up or
// panics takes nobody along. f reads and writes through tx only, and with its own context. PostgreSQL gathers commits
// itself.
func Gathered(ctx context.Context, db *gorm.DB, what string, f func(tx *gorm.DB) error) error {
	gathering, ok := db.Plugins[gatheringName].(*Gathering)
	if !ok || within(db) {
		return Transaction(ctx, db, what, f)
	}
	mine := func(tx *gorm.DB) error { return f(tx.WithContext(ctx)) }
	err := gathering.work.Do(ctx, mine, func(take func() []part) error {
		n := 0
		err := db.WithContext(ctx).Connection(func(conn *gorm.DB) error {
			return undoneInMemory(conn, func() error {
				return conn.Transaction(func(tx *gorm.DB) error {
					all := take() // not before: while SQLite was busy, more have come
					n = len(all)
					return callEach(tx, all)
				})
			})
		})
		if err != nil && n > 1 {
			return errUndone
		}
		return err
	})
	if errors.Is(err, errUndone) {
		return Transaction(ctx, db, what, f)
	}
	return Wrap(err, what)
}

// undoneInMemory calls f while SQLite keeps in memory what it needs to undo a single statement. Otherwise it makes a
// file for that as soon as a row has many indexes, which costs more than writing the row. For statements that change
// a few rows memory has room; those that change whole tables, and VACUUM, go on with files.
func undoneInMemory(conn *gorm.DB, f func() error) error {
	if err := conn.Exec("PRAGMA temp_store = MEMORY").Error; err != nil {
		return err
	}
	defer conn.WithContext(context.WithoutCancel(conn.Statement.Context)).Exec("PRAGMA temp_store = DEFAULT")
	return f()
}

// callEach calls what has gathered. Who panics is to do that by itself, and not to whoever has the turn.
func callEach(tx *gorm.DB, all []part) (err error) {
	if len(all) == 1 {
		return all[0](tx)
	}
	defer func() {
		if recover() != nil {
			err = errUndone
		}
	}()
	for _, call := range all {
		if err := call(tx); err != nil {
			return err
		}
	}
	return nil
}

// part is what one caller does in a transaction of several.
type part func(tx *gorm.DB) error

// errUndone tells callers that what they did together was undone.
var errUndone = errors.New("undone together with others")

// Gathering is the plugin of a database whose transactions are gathered.
type Gathering struct{ work *gather.Work[part] }

const (
	gatheringName = "sealkeeper:gathering"
	gatheredMost  = 64
)

// NewGathering returns the plugin for one database.
func NewGathering() *Gathering { return &Gathering{gather.New[part](gatheredMost)} }

// Name implements gorm.Plugin.
func (*Gathering) Name() string { return gatheringName }

// Initialize implements gorm.Plugin.
func (*Gathering) Initialize(*gorm.DB) error { return nil }

// within reports whether db is a transaction already: it is the whole of it that has to be begun again.
func within(db *gorm.DB) bool {
	_, yes := db.Statement.ConnPool.(gorm.TxCommitter)
	return yes
}

// undone reports whether PostgreSQL has undone a transaction that may succeed when it is begun again:
// serialization_failure, deadlock_detected.
func undone(err error) bool {
	state := sqlState(err)
	return state == "40001" || state == "40P01"
}

// Snapshot calls f with a transaction that sees the database as it is at one
// moment and stands in no writer's way: our usual transactions take SQLite's write lock.
func Snapshot(ctx context.Context, db *gorm.DB, f func(tx *gorm.DB) error) error {
	begin := "BEGIN"
	if Postgres(db) {
		begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	}
	return db.WithContext(ctx).Connection(func(tx *gorm.DB) error {
		if err := tx.Exec(begin).Error; err != nil {
			return Unavailable(err)
		}
		defer tx.WithContext(context.WithoutCancel(ctx)).Exec("ROLLBACK")
		return f(tx)
	})
}
