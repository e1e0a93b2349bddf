package sqldb

import (
	"errors"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
)

// Ways are those to find the rows that meet a condition which has no index with every order of the list behind it.
// PostgreSQL knows its numbers of rows; SQLite is told: many are met by walking the list in its order, which soon has a
// page, and few are looked up by what they have in common, and then sorted. Each adds the condition to a query.
type Ways struct{ Counted, Few, Many func(query *gorm.DB) *gorm.DB }

// either is the setting of a query whose rows are counted before one of its Ways is taken.
const either = "sealkeeper:either"

// Either leaves to Page and Count how the rows are found.
func Either(query *gorm.DB, ways Ways) *gorm.DB { return query.Set(either, ways) }

// chosen takes the way for as many rows as there are.
func chosen(query *gorm.DB, many bool) *gorm.DB {
	found, yes := query.Get(either)
	if !yes {
		return query
	}
	ways := found.(Ways) //nolint:forcetypeassert // Either has put it there
	if many {
		return ways.Many(query)
	}
	return ways.Few(query)
}

// planned is the setting of a query that PostgreSQL plans for the values that it has.
const planned = "sealkeeper:planned"

// PlanSearches has PostgreSQL plan each search for its words. What it is asked often it plans once for all values, of
// which it takes it that few objects have a word, and many.
func PlanSearches(g *gorm.DB) error {
	if !Postgres(g) {
		return nil
	}
	before := func(tx *gorm.DB) {
		if _, yes := tx.Get(planned); yes && tx.Error == nil {
			callbacks.BuildQuerySQL(tx) // gorm:query takes what it finds built
			tx.Statement.Vars = append([]any{pgx.QueryExecModeExec}, tx.Statement.Vars...)
		}
	}
	after := func(tx *gorm.DB) { // for who looks at the statement afterwards
		if vars := tx.Statement.Vars; len(vars) > 0 && vars[0] == any(pgx.QueryExecModeExec) {
			tx.Statement.Vars = vars[1:]
		}
	}
	on := g.Callback().Query()
	return errors.Join(
		on.Before("gorm:query").Register(planned, before),
		on.After("gorm:query").Register(planned+":after", after),
	)
}

// lookedUp is the setting of a query whose order is no way to its rows.
const lookedUp = "sealkeeper:looked_up"

// LookedUp narrows a query of table to the objects whose ids are selected as matched_id: few, which are looked up one
// by one and then sorted, on every page of the list. SQLite sorts the ids of a list that a value is IN first, so that
// those that are looked up one after the other are next to one another, and keeps to the order of a CROSS JOIN: the
// index of a filter, of which it knows nothing, is no way around it.
func LookedUp(query *gorm.DB, table string, matched *gorm.DB) *gorm.DB {
	if Postgres(query) {
		return streamed(query, table, matched)
	}
	matched = query.Session(&gorm.Session{NewDB: true}).Table(table+" AS found").Select("found.id AS matched_id").
		Where("found.id IN (?)", matched)
	return joined(query, table, matched)
}

// streamed is LookedUp for many, of which not all are needed to count as far as a list does.
func streamed(query *gorm.DB, table string, matched *gorm.DB) *gorm.DB {
	return joined(query, table, matched.Session(&gorm.Session{}).Distinct())
}

func joined(query *gorm.DB, table string, matched *gorm.DB) *gorm.DB {
	return query.Table("(?) AS matched CROSS JOIN "+table, matched).Where(table+".id = matched.matched_id").
		Set(lookedUp, true)
}
