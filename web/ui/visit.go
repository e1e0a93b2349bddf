package ui

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

// visit is who is looking at a page, and in which language.
type visit struct {
	Caller  access.Caller // the zero Caller: nobody is signed in
	Lang    i18n.Lang
	session bool // the request went through the session middleware
	loaded  loaded
}

// Keys of the session.
const (
	sessionUser   = "user"   // user id
	sessionBegan  = "began"  // when they signed in, in microseconds
	sessionSeen   = "seen"   // when the idle time last began anew, in microseconds
	sessionNotice = "notice" // what the next page confirms
	sessionReport = "report" // the connection test the next page shows
)

const visitKey = "visit"

// session loads the browser's session, finds out who is there, and refuses what
// another site's page made the browser send.
func (u *UI) session(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		c.Response().Header().Add(echo.HeaderVary, "Cookie")
		token := ""
		if cookie, err := r.Cookie(u.cfg.Sessions.Cookie.Name); err == nil {
			token = cookie.Value
		}
		ctx, err := u.cfg.Sessions.Load(r.Context(), token)
		if err != nil {
			return err
		}
		c.SetRequest(r.WithContext(ctx))
		v := visit{Lang: language(r), session: true, loaded: u.loaded(ctx)}
		if id := u.cfg.Sessions.GetString(ctx, sessionUser); id != "" {
			user, err := u.cfg.Identity.User(ctx, id)
			if err != nil && !errors.Is(err, fault.NotFound) {
				return err
			}
			if user.SignedIn(time.UnixMicro(u.cfg.Sessions.GetInt64(ctx, sessionBegan))) {
				v.Caller = user.Caller()
			}
		}
		c.Set(visitKey, v)
		if err := u.crossOrigin.Check(r); err != nil {
			return fault.Wrap(err, fault.Denied, "cross_origin",
				"This was sent by a page of another site, so nothing was done; open Sealkeeper itself and try again.")
		}
		return next(c)
	}
}

// visitOf returns who is there; on routes that are not the console's, nobody.
func visitOf(c echo.Context) visit {
	if v, ok := c.Get(visitKey).(visit); ok {
		return v
	}
	return visit{Lang: language(c.Request())}
}

// signedIn sends people who are not signed in to do so, and back.
func (u *UI) signedIn(handler func(c echo.Context, v visit) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		v := visitOf(c)
		if v.Caller.ID != "" {
			return handler(c, v)
		}
		next := "/"
		if c.Request().Method == http.MethodGet {
			next = c.Request().URL.RequestURI()
		}
		return u.redirect(c, "/sign-in?"+url.Values{"next": {next}}.Encode())
	}
}

// redirect ends a form post with the page that shows its result.
func (u *UI) redirect(c echo.Context, to string) error {
	if err := u.saveSession(c); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// confirm has the next page say that something was done.
func (u *UI) confirm(c echo.Context, key string) {
	u.cfg.Sessions.Put(c.Request().Context(), sessionNotice, key)
}

// local returns path if it leads to one of our pages, and else the home page:
// a link to us must not be able to send people elsewhere.
func local(path string) string {
	parsed, err := url.Parse(path)
	if err != nil || parsed.IsAbs() || parsed.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path,
		"//") ||
		strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}
