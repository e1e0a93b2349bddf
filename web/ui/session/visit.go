package session

import (
	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// Visit is who is looking at a page, and in which language.
type Visit struct {
	Caller access.Caller // the zero Caller: nobody is signed in
	How    string        // they came in: one of the ways of package identity
	Lang   i18n.Lang

	began *contents // what the session held then; nil: the request did not go through the middleware
}

const visitKey = "visit"

// VisitOf returns who is there; on routes that are not the console's, nobody.
func VisitOf(c echo.Context) Visit {
	if v, ok := c.Get(visitKey).(Visit); ok {
		return v
	}
	return Visit{Lang: language(c.Request())}
}
