package api

import (
	"maps"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// list makes a handler of a function from a query of the list to a page of it. Parameters that the
// list does not have are refused before it is asked.
func list[Out any](
	spec listing.Spec, f func(request[none], listing.Query) (listing.Page[Out], error),
) echo.HandlerFunc {
	return func(c echo.Context) error {
		query, err := spec.Parse(c.QueryParams())
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
