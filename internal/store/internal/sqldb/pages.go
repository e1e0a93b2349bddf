package sqldb

import (
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/listing"
)

// Order is how a list is sorted: by columns, all in one direction, the last of them unique. An index with the
// columns of an equality filter and then these serves every page without sorting.
type Order struct {
	Columns    []string
	Descending bool
}

// Page reads the page that q asks for. query has the table, the columns and the conditions; value
// returns what a row has in a column of the order, as a string or an int64.
func Page[R any](
	query *gorm.DB, q listing.Query, order Order, what string, value func(r R, column string) any,
) (listing.Page[R], error) {
	var page listing.Page[R]
	var err error
	count := listing.Count{Over: true}
	if !q.Uncounted {
		if count, err = Count(query); err != nil {
			return page, err
		}
		page.Count = count
	}
	query = chosen(query, count.Over)
	backwards := q.Cursor.Before
	descending := order.Descending != backwards
	direction, beyond := "", ">"
	if descending {
		direction, beyond = " DESC", "<"
	}
	columns := slices.Clone(order.Columns)
	if _, yes := query.Get(lookedUp); yes { // their ids are the way to them, and not the index of an order
		columns[0] = NotByIndex(query, columns[0])
	}
	part := query.Session(&gorm.Session{}).Order(strings.Join(columns, direction+", ") + direction)
	if !q.Cursor.None() {
		var none R
		values, err := q.Cursor.Beside(valuesOf(none, order, value)...)
		if err != nil {
			return page, err
		}
		// Both databases compare rows column by column, and find the first in the index.
		marks := strings.Repeat(", ?", len(columns))[2:]
		part = part.Where("("+strings.Join(columns, ", ")+") "+beyond+" ("+marks+")", values...)
	}
	if err := part.Limit(q.Limit + 1).Find(&page.Items).Error; err != nil {
		return page, Wrap(err, what)
	}
	more := len(page.Items) > q.Limit
	page.Items = page.Items[:min(len(page.Items), q.Limit)]
	if backwards {
		slices.Reverse(page.Items)
	}
	if len(page.Items) == 0 {
		return page, nil
	}
	at := func(before bool, r R) string { return q.At(before, valuesOf(r, order, value)...) }
	if more || backwards { // whoever goes backwards has come from there
		page.Next = at(false, page.Items[len(page.Items)-1])
	}
	if backwards && more || !backwards && !q.Cursor.None() {
		page.Previous = at(true, page.Items[0])
	}
	return page, nil
}

func valuesOf[R any](r R, order Order, value func(r R, column string) any) []any {
	values := make([]any, len(order.Columns))
	for i, column := range order.Columns {
		values[i] = value(r, column)
	}
	return values
}

// Count counts the rows of a query as far as a list counts them.
func Count(query *gorm.DB) (listing.Count, error) {
	counts, err := Counts([]*gorm.DB{query})
	if err != nil {
		return listing.Count{}, err
	}
	return counts[0], nil
}

// Counts is Count for several queries at once.
func Counts(queries []*gorm.DB) ([]listing.Count, error) {
	found, err := CountsTo(listing.MaxCount, queries)
	if err != nil {
		return nil, err
	}
	counts := make([]listing.Count, len(found))
	for i, n := range found {
		counts[i] = listing.CountOf(n)
	}
	return counts, nil
}

type countRow struct{ I, N int }

// CountsTo counts the rows of each of the queries, up to one more than most, in one statement.
func CountsTo(most int, queries []*gorm.DB) ([]int, error) {
	if len(queries) == 0 {
		return nil, nil
	}
	counts := make([]*gorm.DB, len(queries))
	for i, query := range queries {
		if ways, yes := query.Get(either); yes {
			query = ways.(Ways).Counted(query.Session(&gorm.Session{})) //nolint:forcetypeassert // Either has put it there
		}
		counted := query.Session(&gorm.Session{}).Select("1").Limit(most + 1)
		counts[i] = fresh(query).Table("(?) AS counted", counted).Select(strconv.Itoa(i) + " AS i, count(*) AS n")
	}
	var rows []countRow
	err := Together(counts).Find(&rows).Error // Scan would not have it planned
	found := make([]int, len(queries))
	for _, r := range rows {
		found[r.I] = r.N
	}
	return found, Wrap(err, "list")
}

// Together is the rows of all of the queries, of which there is at least one, in one statement and in no order.
func Together(queries []*gorm.DB) *gorm.DB {
	parts, all := make([]string, len(queries)), make([]any, len(queries))
	for i, query := range queries {
		parts[i], all[i] = "SELECT * FROM (?) AS part"+strconv.Itoa(i), query
	}
	return fresh(queries[0]).Raw(strings.Join(parts, " UNION ALL "), all...)
}

// fresh is a query of nothing yet, planned as the other is.
func fresh(query *gorm.DB) *gorm.DB {
	empty := query.Session(&gorm.Session{NewDB: true})
	if _, yes := query.Get(planned); yes {
		empty = empty.Set(planned, true)
	}
	return empty
}
