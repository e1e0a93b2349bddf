package ui

import (
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"
)

// saveSession does what scs's own middleware does after a handler, and returns
// the error, so that nobody is told of a success that was not kept.
func saveSession(sessions *scs.SessionManager, c echo.Context) error {
	ctx := c.Request().Context()
	switch sessions.Status(ctx) {
	case scs.Modified:
		token, expiry, err := sessions.Commit(ctx)
		if err != nil {
			return err
		}
		sessions.WriteSessionCookie(ctx, c.Response(), token, expiry)
	case scs.Destroyed:
		sessions.WriteSessionCookie(ctx, c.Response(), "", time.Time{})
	}
	return nil
}
