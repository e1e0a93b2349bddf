package store

import (
	"context"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/internal/store/migrations"
)

// Exec runs SQL as an intruder in the database would.
func Exec(ctx context.Context, d *DB, sql string) error {
	return d.gorm.WithContext(ctx).Exec(sql).Error
}

// IsPostgres tells the two databases apart.
func IsPostgres(d *DB) bool { return sqldb.Postgres(d.gorm) }

// WriterInUse reports whether somebody has SQLite's only connection that writes.
func WriterInUse(d *DB) bool { return d.sql.Stats().InUse > 0 }

// Vacuum does PostgreSQL's housekeeping on a table; SQLite has none of the kind.
func Vacuum(ctx context.Context, d *DB, table string) error {
	if !sqldb.Postgres(d.gorm) {
		return nil
	}
	return Exec(ctx, d, "VACUUM ANALYZE "+table)
}

// MigrateTo brings an empty database to a schema that is not the newest.
func MigrateTo(ctx context.Context, d *DB, version int64) error {
	provider, err := migrations.Provider(d.gorm)
	if err == nil {
		_, err = provider.UpTo(ctx, version)
	}
	return err
}
