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
	Theme  Theme

	here  access.Place // of what the page's address names
	began *contents    // what the session held then; nil: the request did not go through the middleware
}

// Shown is the caller at the place of what the page is about: for what is shown, never for what is done.
func (v Visit) Shown() access.Caller {
	if len(v.Caller.Parts) == 0 {
		return v.Caller
	}
	return v.Caller.At(v.here)
}

// OnCall reports whether the caller has the role for emergencies at the place of what the page is about.
func (v Visit) OnCall() bool { return v.Caller.Holds(access.Emergency, v.here) }

const visitKey = "visit"

// VisitOf returns who is there; on routes that are not the console's, nobody.
func VisitOf(c echo.Context) Visit {
	if v, ok := c.Get(visitKey).(Visit); ok {
		return v
	}
	return Visit{Lang: language(c.Request()), Theme: theme(c.Request())}
}
