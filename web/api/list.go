package api

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// list makes a handler of a function from a query of the list to a page of it. Parameters that the
// list does not have are refused before it is asked.
func list[Out any](
	spec listing.Spec, f func(request[none], listing.Query) (listing.Page[Out], error),
) echo.HandlerFunc {
	return func(c echo.Context) error {
		query, err := asked(c, spec)
		if err != nil {
			return err
		}
		page, err := f(request[none]{echo: c, caller: callerOf(c)}, query)
		if err != nil {
			return err
		}
		link(c, page.Next, page.Previous)
		return c.JSON(http.StatusOK, PageOf(page))
	}
}

// asked reads what a request asks of a list. A filter without a value, such as that of a script whose variable is
// empty, would list everything.
func asked(c echo.Context, spec listing.Spec) (listing.Query, error) {
	values := c.QueryParams()
	for _, name := range slices.Sorted(maps.Keys(spec.Filters)) {
		if values.Has(name) && values.Get(name) == "" {
			return listing.Query{}, fault.New(fault.Invalid, "filter_invalid", "%s %s.", name, "must have a value")
		}
	}
	return spec.Parse(values)
}

// legible refuses an address of whose parameters some cannot be read: net/url leaves them out, and what is left asks
// for something else.
func legible(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if _, err := url.ParseQuery(c.Request().URL.RawQuery); err != nil {
			return fault.New(fault.Invalid, "query_invalid",
				"Not every parameter in the address can be read: separate them with &, and write special characters "+
					"as %% and two hexadecimal digits.")
		}
		return next(c)
	}
}

// taking refuses parameters that an address does not have, as lists do.
func taking(names ...string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			values := c.QueryParams()
			for _, name := range slices.Sorted(maps.Keys(values)) { // the same complaint each time
				switch {
				case !slices.Contains(names, name):
					return fault.New(fault.Invalid, "parameter_unknown",
						"This address has no parameter of that name; it takes %s.", strings.Join(names, ", "))
				case len(values[name]) > 1:
					return fault.New(fault.Invalid, "parameter_twice", "Give the parameter %s only once.", name)
				case values.Get(name) == "" && name != listing.ParamCursor: // which is none at the beginning
					return fault.New(fault.Invalid, "filter_invalid", "%s %s.", name, "must have a value")
				}
			}
			return next(c)
		}
	}
}

// PageOf is a page as it is answered, for commands that say the same on the server.
func PageOf[Out any](page listing.Page[Out]) api.Page[Out] {
	return api.Page[Out]{
		Items:          listed(page.Items),
		Count:          page.Count.N,
		CountOver:      page.Count.Over,
		NextCursor:     page.Next,
		PreviousCursor: page.Previous,
	}
}

// link names the neighbours of a page in the header Link (RFC 8288): the same request with another cursor.
func link(c echo.Context, next, previous string) {
	var links []string
	for _, l := range []struct{ relation, cursor string }{{"next", next}, {"prev", previous}} {
		if l.cursor == "" {
			continue
		}
		values := maps.Clone(c.QueryParams())
		values.Set(listing.ParamCursor, l.cursor)
		links = append(links, "<"+c.Request().URL.Path+"?"+values.Encode()+`>; rel="`+l.relation+`"`)
	}
	if len(links) > 0 {
		c.Response().Header().Set("Link", strings.Join(links, ", "))
	}
}
