package sqldb

import (
	"context"
	"fmt"
	"slices"
	"strings"

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

// Column is a column of a table with its type, TEXT or BIGINT.
type Column struct{ Name, Type string }

// UpdateEach sets columns of many rows, each to values of its own, by a statement for every few hundred, and returns
// the keys of those that were set. The first column is the key. A row is set if where holds, in which its values are
// v.column1 and so on; empty, it always is. Tables, columns and conditions are the caller's own words and never
// somebody's input.
func UpdateEach(tx *gorm.DB, table string, columns []Column, where string, rows [][]any) (keys []string, err error) {
	marks, sets := make([]string, len(columns)), make([]string, 0, len(columns))
	for i, c := range columns {
		marks[i] = "CAST(? AS " + c.Type + ")"
		if i > 0 {
			sets = append(sets, fmt.Sprintf("%s = v.column%d", c.Name, i+1))
		}
	}
	one := "(" + strings.Join(marks, ", ") + ")"
	before := "UPDATE " + table + " SET " + strings.Join(sets, ", ") + " FROM (VALUES "
	key := table + "." + columns[0].Name
	// Told the keys, SQLite looks them up; it reads the whole table otherwise.
	after := ") AS v WHERE " + key + " = v.column1 AND " + key + " IN (?)"
	if where != "" {
		after += " AND " + where
	}
	after += " RETURNING " + key
	for part := range slices.Chunk(rows, updatedAtOnce) {
		var set []string
		values := strings.Join(slices.Repeat([]string{one}, len(part)), ", ")
		of := make([]any, len(part))
		for i, row := range part {
			of[i] = row[0]
		}
		err := tx.Raw(before+values+after, append(slices.Concat(part...), of)...).Scan(&set).Error
		if err != nil {
			return nil, err
		}
		keys = append(keys, set...)
	}
	return keys, nil
}

// updatedAtOnce bounds the parameters of a statement.
const updatedAtOnce = 500

// NotByIndex is a column in a condition that most rows meet, by which SQLite, which knows nothing of its values, is not
// to look rows up. PostgreSQL knows, and would take it that nearly none meets a condition on an expression.
func NotByIndex(db *gorm.DB, column string) string {
	if Postgres(db) {
		return column
	}
	return "+" + column
}
