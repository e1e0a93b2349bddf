package sqldb

import (
	"slices"
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
	if ways, yes := query.Get(either); yes {
		query = ways.(Ways).Counted(query.Session(&gorm.Session{})) //nolint:forcetypeassert // Either has put it there
	}
	n, err := countTo(listing.MaxCount, query)
	return listing.CountOf(n), err
}

func countTo(most int, query *gorm.DB) (int, error) {
	var n int64
	counted := query.Session(&gorm.Session{}).Select("1").Limit(most + 1)
	outer := query.Session(&gorm.Session{NewDB: true})
	if _, yes := query.Get(planned); yes {
		outer = outer.Set(planned, true)
	}
	err := outer.Table("(?) AS counted", counted).Count(&n).Error
	return int(n), Wrap(err, "list")
}
