package sqldb

import "gorm.io/gorm"

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

// lookedUp is the setting of a query whose order is no way to its rows.
const lookedUp = "sealkeeper:looked_up"

// LookedUp narrows a query of table to the objects whose ids are selected as matched_id: few, which are looked up one
// by one and then sorted, on every page of the list.
func LookedUp(query *gorm.DB, table string, matched *gorm.DB) *gorm.DB {
	query = query.Table("(?) AS matched CROSS JOIN "+table, matched).Where(table + ".id = matched.matched_id")
	return query.Set(lookedUp, true)
}
