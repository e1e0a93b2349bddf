package ui

import (
	"context"
	"reflect"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"
)

// sessionStep is how far apart writes are that only say that somebody is still
// there: a session ends by so much sooner than its idle time, and never later.
const sessionStep = time.Minute

// loaded is a session as it came from the store.
type loaded struct {
	token  string
	values map[string]any
}

func (u *UI) loaded(ctx context.Context) loaded {
	l := loaded{token: u.cfg.Sessions.Token(ctx), values: map[string]any{}}
	for _, key := range u.cfg.Sessions.Keys(ctx) {
		if key != sessionSeen {
			l.values[key] = u.cfg.Sessions.Get(ctx, key)
		}
	}
	return l
}

// saveSession does what scs's own middleware does after a handler, and returns
// the error, so that nobody is told of a success that was not kept. scs takes every
// session with an idle time for changed; writing each would make reading pages
// wait for whoever else writes to the database. It comes before the answer is sent.
func (u *UI) saveSession(c echo.Context) error {
	v, sessions, ctx := visitOf(c), u.cfg.Sessions, c.Request().Context()
	if !v.session {
		return nil
	}
	switch sessions.Status(ctx) {
	case scs.Modified:
		now, unchanged := u.cfg.Now(), reflect.DeepEqual(v.loaded, u.loaded(ctx))
		if since := now.Sub(time.UnixMicro(sessions.GetInt64(ctx, sessionSeen))); unchanged && since >= 0 &&
			since < sessionStep {
			return nil
		}
		sessions.Put(ctx, sessionSeen, now.UnixMicro())
		token, expiry, err := sessions.Commit(ctx)
		switch {
		case err != nil && unchanged:
			return nil // the page is right without it, and the session goes on until it would have ended
		case err != nil:
			return err
		}
		sessions.WriteSessionCookie(ctx, c.Response(), token, expiry)
	case scs.Destroyed:
		sessions.WriteSessionCookie(ctx, c.Response(), "", time.Time{})
	}
	return nil
}
