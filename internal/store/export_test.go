package store

import "context"

// Exec runs SQL as an intruder in the database would.
func Exec(ctx context.Context, d *DB, sql string) error {
	return d.gorm.WithContext(ctx).Exec(sql).Error
}

// Vacuum does PostgreSQL's housekeeping on a table; SQLite has none of the kind.
func Vacuum(ctx context.Context, d *DB, table string) error {
	if !d.postgres() {
		return nil
	}
	return Exec(ctx, d, "VACUUM ANALYZE "+table)
}
