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
func Transaction(ctx context.Context, db *gorm.DB, what string, f func(tx *gorm.DB) error) error {
	return Wrap(db.WithContext(ctx).Transaction(f), what)
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
