package sqldb

import (
	"context"
	"errors"

	"gorm.io/gorm"
)

// Convert turns rows into domain objects.
func Convert[R, D any](rows []R, err error, what string, domain func(R) D) ([]D, error) {
	if err != nil {
		return nil, Wrap(err, what)
	}
	objects := make([]D, len(rows))
	for i, r := range rows {
		objects[i] = domain(r)
	}
	return objects, nil
}

// Scan reads rows without GORM's reflection, which is most of what a list of
// thousands costs. fields are where the query's columns go, in its order.
func Scan[R any](query *gorm.DB, what string, fields func(r *R) []any) ([]R, error) {
	ctx := query.Statement.Context
	if !Postgres(query) {
		// SQLite's driver hands every row from one goroutine to another if the context
		// can be cancelled, which takes longer than reading it.
		query = query.WithContext(context.WithoutCancel(ctx))
	}
	found, err := query.Rows()
	if err != nil {
		return nil, Wrap(err, what)
	}
	defer func() { _ = found.Close() }()
	var rows []R
	var r R
	targets := fields(&r)
	for ctx.Err() == nil && found.Next() {
		if err := found.Scan(targets...); err != nil {
			return nil, Wrap(err, what)
		}
		rows = append(rows, r)
	}
	return rows, Wrap(errors.Join(ctx.Err(), found.Err()), what)
}
