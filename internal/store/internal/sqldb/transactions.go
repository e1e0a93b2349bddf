package sqldb

import (
	"context"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
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
	var err error
	for range attempts {
		err = TransactionOnce(ctx, db, what, f)
		if within(db) || !undone(err) || ctx.Err() != nil {
			break
		}
	}
	return err
}

// attempts is how often a transaction is begun. Whoever was undone begins behind the one it stood in the way of, so that
// a second time is nearly always enough.
const attempts = 4

// TransactionOnce is Transaction for an f that cannot be called twice.
func TransactionOnce(ctx context.Context, db *gorm.DB, what string, f func(tx *gorm.DB) error) error {
	return Wrap(db.WithContext(ctx).Transaction(f), what)
}

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
