package store

import (
	"context"
	"errors"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

// scan reads rows without GORM's reflection, which is most of what a list of
// thousands costs. fields are where the query's columns go, in its order.
func scan[R any](query *gorm.DB, what string, fields func(r *R) []any) ([]R, error) {
	ctx := query.Statement.Context
	if query.Name() == (sqlite.Dialector{}).Name() {
		// The driver hands every row from one goroutine to another if the context
		// can be cancelled, which takes longer than reading it.
		query = query.WithContext(context.WithoutCancel(ctx))
	}
	found, err := query.Rows()
	if err != nil {
		return nil, wrap(err, what)
	}
	defer func() { _ = found.Close() }()
	var rows []R
	var r R
	targets := fields(&r)
	for ctx.Err() == nil && found.Next() {
		if err := found.Scan(targets...); err != nil {
			return nil, wrap(err, what)
		}
		rows = append(rows, r)
	}
	return rows, wrap(errors.Join(ctx.Err(), found.Err()), what)
}
