package session

import (
	"context"
	"reflect"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"
)

// step is how far apart writes are that only say that somebody is still
// there: a session ends by so much sooner than its idle time, and never later.
const step = time.Minute

// contents are what a session holds at a time.
type contents struct {
	token  string
	values map[string]any
}

func (m *Manager) contents(ctx context.Context) *contents {
	held := contents{token: m.sessions.Token(ctx), values: map[string]any{}}
	for _, key := range m.sessions.Keys(ctx) {
		if key != seenKey {
			held.values[key] = m.sessions.Get(ctx, key)
		}
	}
	return &held
}

// Save does what scs's own middleware does after a handler, and returns
// the error, so that nobody is told of a success that was not kept. scs takes every
// session with an idle time for changed; writing each would make reading pages
// wait for whoever else writes to the database. It comes before the answer is sent.
func (m *Manager) Save(c echo.Context) error {
	v, ctx := VisitOf(c), c.Request().Context()
	if v.began == nil {
		return nil
	}
	switch m.sessions.Status(ctx) {
	case scs.Modified:
		return m.commit(c, v)
	case scs.Destroyed:
		m.sessions.WriteSessionCookie(ctx, c.Response(), "", time.Time{})
	}
	return nil
}

func (m *Manager) commit(c echo.Context, v Visit) error {
	ctx, now := c.Request().Context(), m.now()
	unchanged := reflect.DeepEqual(v.began, m.contents(ctx))
	since := now.Sub(time.UnixMicro(m.sessions.GetInt64(ctx, seenKey)))
	if unchanged && since >= 0 && since < step {
		return nil
	}
	m.sessions.Put(ctx, seenKey, now.UnixMicro())
	// Whoever has just signed in has another session than the request began with.
	if v.Caller.Session != "" && v.Caller.Session == m.sessions.GetString(ctx, idKey) && since >= step {
		if err := m.users.SessionSeen(ctx, v.Caller.Session); err != nil && !unchanged {
			return err
		}
	}
	token, expiry, err := m.sessions.Commit(ctx)
	switch {
	case err != nil && unchanged:
		return nil // the page is right without it, and the session goes on until it would have ended
	case err != nil:
		return err
	}
	m.sessions.WriteSessionCookie(ctx, c.Response(), token, expiry)
	return nil
}
