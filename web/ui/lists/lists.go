// Package lists answers one question: what stands around the rows of a list that grows? The search, the filters
// with their counts, the orders, and the neighbouring pages: all of them addresses, so that they work without
// JavaScript and can be sent to somebody.
package lists

import (
	"context"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
)

// List is what a page says of its list.
type List struct {
	Path     string
	Search   string // what was searched for
	Filters  []Filter
	Sorts    []Sort
	Count    listing.Count
	Next     string // address of the page after this one; "" is none
	Previous string
	Clear    string // address without filters and search; "" where there are none
	File     string // address of all that matches as a file; "" is none

	values url.Values
}

// Filter is one that can be switched on and off.
type Filter struct {
	Name, Value string
	URL         string // with it switched the other way
	On          bool
	Count       listing.Count // how many match with it on
}

// Sort is an order that can be chosen.
type Sort struct {
	Name    string
	URL     string
	Current bool
}

// Pages reads a page of a list for a caller.
type Pages[T any] func(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[T], error)

// Count counts what matches with one more filter, by a page of one.
func Count[T any](
	ctx context.Context, caller access.Caller, q listing.Query, page Pages[T],
) func(name, value string) (listing.Count, error) {
	return func(name, value string) (listing.Count, error) {
		q := q.With(name, value)
		q.Limit = 1
		found, err := page(ctx, caller, q)
		return found.Count, err
	}
}

// Read reads the page of a list that a request asks for.
func Read[T any](
	c echo.Context, caller access.Caller, spec listing.Spec, page Pages[T],
) (listing.Query, listing.Page[T], error) {
	q, err := spec.Parse(c.QueryParams())
	if err != nil {
		return q, listing.Page[T]{}, err
	}
	found, err := page(c.Request().Context(), caller, q)
	return q, found, err
}

// Of says what stands around a page that was asked for with the query of a request.
func Of[T any](c echo.Context, q listing.Query, page listing.Page[T]) List {
	return At(c, c.Request().URL.Path, q, page)
}

// At is Of for a page that is shown at another address too, with a form that was refused.
func At[T any](c echo.Context, path string, q listing.Query, page listing.Page[T]) List {
	l := List{Path: path, Search: q.Search, Count: page.Count, values: url.Values{}}
	for name, value := range q.Filters {
		l.values.Set(name, value)
	}
	if q.Search != "" {
		l.values.Set(listing.ParamSearch, q.Search)
	}
	if c.QueryParam(listing.ParamSort) != "" {
		l.values.Set(listing.ParamSort, q.Sort)
	}
	if q.Search != "" || len(q.Filters) > 0 {
		l.Clear = l.Path
	}
	if page.Next != "" {
		l.Next = l.with(listing.ParamCursor, page.Next)
	}
	if page.Previous != "" {
		l.Previous = l.with(listing.ParamCursor, page.Previous)
	}
	return l
}

// Filter adds a filter that can be switched on and off; count is of what matches with it.
func (l *List) Filter(name, value string, count func(name, value string) (listing.Count, error)) error {
	n, err := count(name, value)
	if err != nil {
		return err
	}
	l.Add(name, value, n)
	return nil
}

// Add adds a filter with how many match with it on.
func (l *List) Add(name, value string, n listing.Count) {
	f := Filter{Name: name, Value: value, Count: n}
	f.URL, f.On = l.Switched(name, value)
	l.Filters = append(l.Filters, f)
}

// Switched is the address of the list with a filter switched the other way, and whether it is on now.
func (l *List) Switched(name, value string) (url string, on bool) {
	if on = l.values.Get(name) == value; on {
		value = ""
	}
	return l.with(name, value), on
}

// FilterIfAny is Filter for one that is offered only where something matches with it, or while it is on.
func (l *List) FilterIfAny(name, value string, count func(name, value string) (listing.Count, error)) error {
	if err := l.Filter(name, value, count); err != nil {
		return err
	}
	if f := l.Filters[len(l.Filters)-1]; f.Count.N == 0 && !f.On {
		l.Filters = l.Filters[:len(l.Filters)-1]
	}
	return nil
}

// Sort adds orders that can be chosen; the current one is among them or is none.
func (l *List) Sort(current string, names ...string) {
	for _, name := range names {
		l.Sorts = append(l.Sorts, Sort{Name: name, URL: l.with(listing.ParamSort, name), Current: name == current})
	}
}

// Offer offers all that matches as a file, at a path.
func (l *List) Offer(path string) {
	l.File = path
	if len(l.values) > 0 {
		l.File += "?" + l.values.Encode()
	}
}

// Kept are the parameters that a new search takes along.
func (l List) Kept() map[string]string {
	kept := map[string]string{}
	for name := range l.values {
		if name != listing.ParamSearch {
			kept[name] = l.values.Get(name)
		}
	}
	return kept
}

// Empty reports whether there is nothing at all: nothing that was asked for, and nothing with another filter.
func (l List) Empty() bool {
	return l.Count.N == 0 && l.Clear == "" && !slices.ContainsFunc(l.Filters, func(f Filter) bool {
		return f.Count.N > 0
	})
}

func (l List) with(name, value string) string {
	values := url.Values{}
	for n := range l.values {
		values.Set(n, l.values.Get(n))
	}
	if values.Set(name, value); value == "" {
		values.Del(name)
	}
	if len(values) == 0 {
		return l.Path
	}
	return l.Path + "?" + values.Encode()
}
