package store

import "context"

// Exec runs SQL as an intruder in the database would.
func Exec(ctx context.Context, d *DB, sql string) error {
	return d.gorm.WithContext(ctx).Exec(sql).Error
}
