// Package listing says what can be asked of a list that grows, and what a part of it is.
//
// Lists are read by keyset: a page begins behind the last row of the page before, wherever that
// is by now, and not at a number of rows. So a deep page costs what the first one does, and rows
// that come or go meanwhile neither hide another nor show it twice.
package listing

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/fault"
)

// The bounds of a list.
const (
	DefaultLimit = 50
	MaxLimit     = 500
	MaxCount     = 10_000 // more are not counted
	maxText      = 200    // characters of a search or of a filter's value
)

// The names of the parameters that every list has; its filters have names of their own.
const (
	ParamLimit  = "limit"
	ParamCursor = "cursor"
	ParamSearch = "q"
	ParamSort   = "sort"
)

// Spec is what can be asked of one list.
type Spec struct {
	Name    string   // of the list; cursors of other lists are refused
	Sorts   []string // the first is the default; a leading "-" is descending
	Search  bool     // whether q is taken
	Filters map[string]Check
}

// Check says what is wrong with a filter's value, as the end of a sentence that begins with the
// filter's name; "" is nothing.
type Check func(value string) string

// Query is what is asked of a list. Values are checked; the zero Query is the first page of everything.
type Query struct {
	Limit   int               // at least 1
	Search  string            // words, each a prefix of one of the object's; "" is no search
	Sort    string            // one of the list's
	Filters map[string]string // by name; those not given are missing
	Cursor  Cursor            // where the page begins

	// Uncounted leaves the count of the page at zero: counting up to MaxCount rows can cost more than the page.
	Uncounted bool

	list string
}

// Parse reads a query of the list out of the parameters of a request. What the list does not know is refused,
// so that a misspelt filter never shows everything.
func (s Spec) Parse(values url.Values) (Query, error) {
	for _, name := range slices.Sorted(maps.Keys(values)) { // the same complaint each time
		if !slices.Contains(s.params(), name) {
			return Query{}, fault.New(fault.Invalid, "parameter_unknown",
				"This list has no parameter of that name; it takes %s.", strings.Join(s.params(), ", "))
		}
		if len(values[name]) > 1 {
			return Query{}, fault.New(fault.Invalid, "parameter_twice", "Give the parameter %s only once.", name)
		}
		if text := values.Get(name); name != ParamCursor && !plain(text) {
			return Query{}, fault.New(fault.Invalid, "parameter_invalid",
				"The parameter %s must be text of at most %d characters.", name, maxText)
		}
	}
	q := s.Query()
	q.Search = strings.TrimSpace(values.Get(ParamSearch))
	if limit := values.Get(ParamLimit); limit != "" {
		n, err := strconv.Atoi(limit)
		if err != nil || n < 1 || n > MaxLimit {
			return Query{}, fault.New(fault.Invalid, "limit_invalid", "limit must be a number from 1 to %d.", MaxLimit)
		}
		q.Limit = n
	}
	if sort := values.Get(ParamSort); sort != "" {
		if !slices.Contains(s.Sorts, sort) {
			return Query{}, fault.New(fault.Invalid, "sort_invalid",
				"This list is sorted by one of %s.", strings.Join(s.Sorts, ", "))
		}
		q.Sort = sort
	}
	for name, check := range s.Filters {
		value := values.Get(name)
		if value == "" {
			continue
		}
		if wrong := check(value); wrong != "" {
			return Query{}, fault.New(fault.Invalid, "filter_invalid", "%s %s.", name, wrong)
		}
		q.Filters[name] = value
	}
	if cursor := values.Get(ParamCursor); cursor != "" {
		var err error
		if q.Cursor, err = q.open(cursor); err != nil {
			return Query{}, err
		}
	}
	return q, nil
}

// Query is the first page of everything, in the list's own order.
func (s Spec) Query() Query {
	q := Query{Limit: DefaultLimit, Filters: map[string]string{}, list: s.Name}
	if len(s.Sorts) > 0 {
		q.Sort = s.Sorts[0]
	}
	return q
}

func (s Spec) params() []string {
	names := []string{ParamLimit, ParamCursor}
	if len(s.Sorts) > 1 {
		names = append(names, ParamSort)
	}
	if s.Search {
		names = append(names, ParamSearch)
	}
	return append(names, slices.Sorted(maps.Keys(s.Filters))...)
}

// plain reports whether text is short and takes no database by surprise.
func plain(text string) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= maxText && !strings.Contains(text, "\x00")
}

// Text takes any value.
func Text(string) string { return "" }

// OneOf takes these values.
func OneOf[T ~string](values ...T) Check {
	return func(value string) string {
		if slices.Contains(values, T(value)) {
			return ""
		}
		words := make([]string, len(values))
		for i, v := range values {
			words[i] = string(v)
		}
		return "must be one of " + strings.Join(words, ", ")
	}
}

// Days takes a number of days from 0 to ten years.
func Days(value string) string {
	if n, err := strconv.Atoi(value); err != nil || n < 0 || n > 3650 {
		return "must be a number of days from 0 to 3650"
	}
	return ""
}

// Page is a part of a list, in the order that was asked for.
type Page[T any] struct {
	Items    []T
	Count    Count
	Next     string // cursor of the page after this one; "" is none
	Previous string // cursor of the page before this one; "" is none
}

// Count is how many objects match, whichever page is shown.
type Count struct {
	N    int  // at most MaxCount
	Over bool // there are more
}

// CountOf makes a Count of a number that was counted up to MaxCount+1.
func CountOf(n int) Count { return Count{N: min(n, MaxCount), Over: n > MaxCount} }

// Map converts the items of a page.
func Map[A, B any](p Page[A], f func(A) B) Page[B] {
	items := make([]B, len(p.Items))
	for i, item := range p.Items {
		items[i] = f(item)
	}
	return Page[B]{Items: items, Count: p.Count, Next: p.Next, Previous: p.Previous}
}

// Behind is the page at a cursor of the same query.
func (q Query) Behind(cursor string) (Query, error) {
	var err error
	q.Cursor, err = q.open(cursor)
	return q, err
}

// With is the first page of the same query with a filter set to a value, or without it if the value is "".
func (q Query) With(filter, value string) Query {
	q.Filters = maps.Clone(q.Filters)
	if q.Cursor = (Cursor{}); value == "" {
		delete(q.Filters, filter)
	} else {
		q.Filters[filter] = value
	}
	return q
}
