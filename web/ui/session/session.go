// Package session answers one question: who is looking at the console? It loads the browser's session, says in whose
// name and in which language a request is made, and keeps what the next page needs.
package session

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
)

// Users finds who signed in.
type Users interface {
	User(ctx context.Context, id string) (identity.User, error)
}

// Manager is the sessions of all browsers. It is safe for concurrent use.
type Manager struct {
	sessions    *scs.SessionManager
	users       Users
	now         func() time.Time
	crossOrigin *http.CrossOriginProtection
}

// New returns the sessions that are kept in sessions.
func New(sessions *scs.SessionManager, users Users, now func() time.Time) *Manager {
	return &Manager{
		sessions:    sessions,
		users:       users,
		now:         now,
		crossOrigin: http.NewCrossOriginProtection(),
	}
}

// Keys of the session.
const (
	userKey   = "user"   // user id
	beganKey  = "began"  // when they signed in, in microseconds
	seenKey   = "seen"   // when the idle time last began anew, in microseconds
	noticeKey = "notice" // what the next page confirms
)

// Middleware loads the browser's session, finds out who is there, and refuses what
// another site's page made the browser send.
func (m *Manager) Middleware(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		c.Response().Header().Add(echo.HeaderVary, "Cookie")
		token := ""
		if cookie, err := r.Cookie(m.sessions.Cookie.Name); err == nil {
			token = cookie.Value
		}
		ctx, err := m.sessions.Load(r.Context(), token)
		if err != nil {
			return err
		}
		c.SetRequest(r.WithContext(ctx))
		v := Visit{Lang: language(r), began: m.contents(ctx)}
		if v.Caller, err = m.caller(ctx); err != nil {
			return err
		}
		c.Set(visitKey, v)
		if err := m.crossOrigin.Check(r); err != nil {
			return fault.Wrap(err, fault.Denied, "cross_origin",
				"This was sent by a page of another site, so nothing was done; open Sealkeeper itself and try again.")
		}
		return next(c)
	}
}

// caller is who signed in, the zero Caller when nobody did or it is not good any more.
func (m *Manager) caller(ctx context.Context) (access.Caller, error) {
	id := m.sessions.GetString(ctx, userKey)
	if id == "" {
		return access.Caller{}, nil
	}
	user, err := m.users.User(ctx, id)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return access.Caller{}, err
	}
	if !user.SignedIn(time.UnixMicro(m.sessions.GetInt64(ctx, beganKey))) {
		return access.Caller{}, nil
	}
	return user.Caller(), nil
}

// Begin signs a user in. A session id from before signing in is worth nothing after it.
func (m *Manager) Begin(c echo.Context, userID string) error {
	ctx := c.Request().Context()
	if err := m.sessions.RenewToken(ctx); err != nil {
		return err
	}
	m.sessions.Put(ctx, userKey, userID)
	m.sessions.Put(ctx, beganKey, m.now().UnixMicro())
	return nil
}

// End signs out.
func (m *Manager) End(c echo.Context) error { return m.sessions.Destroy(c.Request().Context()) }

// Confirm has the next page say that something was done: a key of the catalogue.
func (m *Manager) Confirm(c echo.Context, key string) {
	m.sessions.Put(c.Request().Context(), noticeKey, key)
}

// Notice takes what the page is to confirm, "" for nothing.
func (m *Manager) Notice(c echo.Context) string {
	if VisitOf(c).began == nil {
		return ""
	}
	return m.sessions.PopString(c.Request().Context(), noticeKey)
}
