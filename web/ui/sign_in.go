package ui

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/problem"
)

type signInPage struct {
	page
	Link string // token of a one-time link
	Next string
}

// signInForm only shows a button for a one-time link: mail filters and
// browsers fetch links ahead, and must not use it up.
func (u *UI) signInForm(c echo.Context) error {
	if visitOf(c).Caller.ID != "" && c.QueryParam("token") == "" {
		return u.redirect(c, local(c.QueryParam("next")))
	}
	return u.render(c, http.StatusOK, "sign_in", u.signInPage(c, c.QueryParam("token"), c.QueryParam("next")))
}

func (u *UI) signInPage(c echo.Context, link, next string) signInPage {
	p := signInPage{page: u.page(c, "", u.title(c, "sign_in.title")), Link: link, Next: local(next)}
	p.Path = "/sign-in" // without the token: see Along
	if p.Next != "/" {
		p.Path += "?" + url.Values{"next": {p.Next}}.Encode()
	}
	if link != "" {
		p.Along = map[string]string{"link": link, "next": p.Next}
	}
	return p
}

func (u *UI) signIn(c echo.Context) error {
	id, err := u.redeem(c)
	if err != nil {
		data := u.signInPage(c, "", c.FormValue("next"))
		data.Problem = u.words(c).Problem(err)
		return u.render(c, problem.Of(err).Status, "sign_in", data)
	}
	ctx := c.Request().Context()
	// A session id from before signing in must be worth nothing after it.
	if err := u.cfg.Sessions.RenewToken(ctx); err != nil {
		return err
	}
	u.cfg.Sessions.Put(ctx, sessionUser, id)
	u.cfg.Sessions.Put(ctx, sessionBegan, u.cfg.Now().UnixMicro())
	return u.redirect(c, local(c.FormValue("next")))
}

// redeem returns the id of the user whom a one-time link or an API token belongs to.
func (u *UI) redeem(c echo.Context) (string, error) {
	ctx := c.Request().Context()
	if link := c.FormValue("link"); link != "" {
		user, err := u.cfg.Identity.SignIn(ctx, secret.NewTextString(link))
		return user.ID, err
	}
	caller, err := u.cfg.Identity.Caller(ctx, secret.NewTextString(strings.TrimSpace(c.FormValue("api_token"))))
	if err != nil {
		return "", err
	}
	return caller.ID, u.cfg.Audit.Record(ctx, caller, access.SessionStart, caller.ID, audit.Done, "API token")
}

func (u *UI) signOut(c echo.Context) error {
	if err := u.cfg.Sessions.Destroy(c.Request().Context()); err != nil {
		return err
	}
	return u.redirect(c, "/sign-in")
}
