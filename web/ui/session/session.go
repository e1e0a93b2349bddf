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
	"github.com/sealkeeper/sealkeeper/internal/origin"
	"github.com/sealkeeper/sealkeeper/internal/tracing"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Users knows the sessions that people have begun.
type Users interface {
	BeginSession(ctx context.Context, userID, how, passkeyID, agent string) (identity.Session, error)
	SessionUser(ctx context.Context, id string) (identity.Session, identity.User, error)
	SessionSeen(ctx context.Context, id string) error
	EndSession(ctx context.Context, caller access.Caller, id string) error
}

// Confirmations note that somebody has shown that it is them.
type Confirmations interface {
	ConfirmSession(ctx context.Context, caller access.Caller) (time.Time, error)
}

// Accounts begin sessions of people who have signed in at an identity provider.
type Accounts interface {
	BeginAccountSession(
		ctx context.Context, userID string, shown identity.Shown, agent string,
	) (identity.Session, error)
}

// People are all of them.
type People interface {
	Users
	Accounts
	Confirmations
}

// Log records who is refused.
type Log interface {
	Refuse(ctx context.Context, caller access.Caller, action access.Action, object string, err error) error
	PlaceOf(ctx context.Context, object string) (access.Place, error)
}

// Manager is the sessions of all browsers. It is safe for concurrent use.
type Manager struct {
	sessions    *scs.SessionManager
	users       People
	log         Log
	now         func() time.Time
	crossOrigin *http.CrossOriginProtection
}

// New returns the sessions that are kept in sessions.
func New(sessions *scs.SessionManager, users People, log Log, now func() time.Time) *Manager {
	return &Manager{
		sessions:    sessions,
		users:       users,
		log:         log,
		now:         now,
		crossOrigin: http.NewCrossOriginProtection(),
	}
}

// Keys of the session.
const (
	idKey     = "id"     // of the identity.Session
	seenKey   = "seen"   // when the idle time last began anew, in microseconds
	noticeKey = "notice" // what the next page confirms
	issuerKey = "issuer" // of the account it began with
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
		c.SetRequest(r.WithContext(wording.Remembering(ctx)))
		v := Visit{Lang: language(r), Theme: theme(r), began: m.contents(ctx)}
		if v.Caller, v.How, err = m.caller(ctx, token); err != nil {
			return err
		}
		if len(v.Caller.Parts) > 0 {
			if v.here, err = m.log.PlaceOf(ctx, c.Param("id")); err != nil {
				return err
			}
		}
		origin.Of(ctx).SignedIn(v.Caller.Name)
		tracing.Caller(ctx, string(v.Caller.Way))
		c.Set(visitKey, v)
		if err := m.crossOrigin.Check(r); err != nil {
			return m.log.Refuse(ctx, v.Caller, access.SessionUse, "", fault.Wrap(err, fault.Denied, "cross_origin",
				"This was sent by a page of another site, so nothing was done; open Sealkeeper itself and try again."))
		}
		return next(c)
	}
}

// caller is who signed in and how, the zero Caller when nobody did or it is not good any more.
// token is what the browser has shown for its session; scs forgets one that it does not know.
func (m *Manager) caller(ctx context.Context, token string) (caller access.Caller, how string, err error) {
	id := m.sessions.GetString(ctx, idKey)
	switch {
	case token != "" && m.sessions.Token(ctx) == "":
		return caller, "", m.over(ctx, "")
	case id == "":
		return caller, "", nil
	}
	begun, user, err := m.users.SessionUser(ctx, id)
	if errors.Is(err, fault.NotFound) {
		return caller, "", m.over(ctx, id)
	}
	if err != nil {
		return caller, "", err
	}
	caller = user.Caller(m.now())
	caller.Way, caller.Session, caller.ConfirmedAt = access.BySession, begun.ID, begun.ConfirmedAt
	return caller, begun.How, nil
}

// over records that somebody uses a session which has ended, or never was. They are sent to sign in
// like everybody who has none.
func (m *Manager) over(ctx context.Context, id string) error {
	over := fault.New(fault.Unauthenticated, "session_over", "This session is over; sign in again.")
	if err := m.log.Refuse(ctx, access.Caller{}, access.SessionUse, id, over); !errors.Is(err, over) {
		return err
	}
	return nil
}

// Begin signs a user in, who came by one of the ways of package identity. A session id from before signing in is worth
// nothing after it.
func (m *Manager) Begin(c echo.Context, userID, how, passkeyID string) error {
	return m.begin(c, func(ctx context.Context) (identity.Session, error) {
		return m.users.BeginSession(ctx, userID, how, passkeyID, c.Request().UserAgent())
	})
}

// BeginWith is Begin for somebody who has signed in with an account at an identity provider.
func (m *Manager) BeginWith(c echo.Context, userID string, shown identity.Shown) error {
	err := m.begin(c, func(ctx context.Context) (identity.Session, error) {
		return m.users.BeginAccountSession(ctx, userID, shown, c.Request().UserAgent())
	})
	if err == nil {
		m.sessions.Put(c.Request().Context(), issuerKey, shown.Issuer)
	}
	return err
}

// Issuer is of the account that the session began with, "" where it did not begin with one.
func (m *Manager) Issuer(c echo.Context) string {
	return m.sessions.GetString(c.Request().Context(), issuerKey)
}

func (m *Manager) begin(c echo.Context, begin func(context.Context) (identity.Session, error)) error {
	ctx := c.Request().Context()
	if err := m.forget(ctx); err != nil {
		return err
	}
	begun, err := begin(ctx)
	if err != nil {
		return err
	}
	if err := m.sessions.RenewToken(ctx); err != nil {
		return err
	}
	m.sessions.Put(ctx, idKey, begun.ID)
	return nil
}

// forget ends what this browser had begun before, whoever it was.
func (m *Manager) forget(ctx context.Context) error {
	id := m.sessions.GetString(ctx, idKey)
	if id == "" {
		return nil
	}
	_, user, err := m.users.SessionUser(ctx, id)
	if err == nil {
		err = m.users.EndSession(ctx, user.Caller(m.now()), id)
	}
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// Confirmed notes that the person at the session has shown that it is them. The session's id from before is worth
// nothing after it.
func (m *Manager) Confirmed(c echo.Context) error {
	ctx, v := c.Request().Context(), VisitOf(c)
	at, err := m.users.ConfirmSession(ctx, v.Caller)
	if err != nil {
		return err
	}
	v.Caller.ConfirmedAt = at
	c.Set(visitKey, v)
	return m.sessions.RenewToken(ctx)
}

// End signs out.
func (m *Manager) End(c echo.Context) error {
	err := errors.Join(m.forget(c.Request().Context()), m.sessions.Destroy(c.Request().Context()))
	v := VisitOf(c)
	v.Caller, v.How = access.Caller{}, ""
	c.Set(visitKey, v)
	return err
}

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
