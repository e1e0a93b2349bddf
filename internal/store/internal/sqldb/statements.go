package sqldb

import (
	"context"

	"gorm.io/gorm"
)

// The functions here end a query over rows of type R, in the caller's context.
// GORM's own generics (gorm.G) do the same, but each type of row then adds
// 100 kB to the program.

// Find reads all rows of a query.
func Find[R any](ctx context.Context, query *gorm.DB) ([]R, error) {
	var rows []R
	err := query.WithContext(ctx).Find(&rows).Error
	return rows, err
}

// First reads the row with the smallest primary key, or reports [gorm.ErrRecordNotFound].
func First[R any](ctx context.Context, query *gorm.DB) (R, error) {
	var row R
	err := query.WithContext(ctx).First(&row).Error
	return row, err
}

// Take reads the first row in the query's own order, or reports [gorm.ErrRecordNotFound].
func Take[R any](ctx context.Context, query *gorm.DB) (R, error) {
	var row R
	err := query.WithContext(ctx).Take(&row).Error
	return row, err
}

// CountRows counts the rows of a query.
func CountRows[R any](ctx context.Context, query *gorm.DB) (int64, error) {
	var n int64
	err := query.WithContext(ctx).Model(new(R)).Count(&n).Error
	return n, err
}

// Create adds a row.
func Create(ctx context.Context, query *gorm.DB, row any) error {
	return query.WithContext(ctx).Create(row).Error
}

// Update sets one column, and tells in how many rows.
func Update[R any](ctx context.Context, query *gorm.DB, column string, value any) (int, error) {
	done := query.WithContext(ctx).Model(new(R)).Update(column, value)
	return int(done.RowsAffected), done.Error
}

// Updates sets the columns selected, or those of row that are not zero, and tells in how many rows.
func Updates[R any](ctx context.Context, query *gorm.DB, row R) (int, error) {
	done := query.WithContext(ctx).Model(new(R)).Updates(row)
	return int(done.RowsAffected), done.Error
}

// Delete removes the rows of a query, and tells how many.
func Delete[R any](ctx context.Context, query *gorm.DB) (int, error) {
	done := query.WithContext(ctx).Delete(new(R))
	return int(done.RowsAffected), done.Error
}
