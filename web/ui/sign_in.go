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
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type signInPage struct {
	page.Page
	Link string // token of a one-time link
	Next string
}

// signInForm only shows a button for a one-time link: mail filters and
// browsers fetch links ahead, and must not use it up.
func (u *UI) signInForm(c echo.Context) error {
	if session.VisitOf(c).Caller.ID != "" && c.QueryParam("token") == "" {
		return u.pages.Redirect(c, local(c.QueryParam("next")))
	}
	return u.pages.Render(c, http.StatusOK, "signin/sign_in", u.signInPage(c, c.QueryParam("token"), c.QueryParam("next")))
}

func (u *UI) signInPage(c echo.Context, link, next string) signInPage {
	p := signInPage{Page: u.pages.Page(c, "", "sign_in.title"), Link: link, Next: local(next)}
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
		data.Problem = u.pages.Translator(c).Problem(err)
		return u.pages.Render(c, problem.Of(err).Status, "signin/sign_in", data)
	}
	if err := u.sessions.Begin(c, id); err != nil {
		return err
	}
	return u.pages.Redirect(c, local(c.FormValue("next")))
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
	if err := u.sessions.End(c); err != nil {
		return err
	}
	return u.pages.Redirect(c, "/sign-in")
}

// local returns path if it leads to one of our pages, and else the home page:
// a link to us must not be able to send people elsewhere.
func local(path string) string {
	parsed, err := url.Parse(path)
	if err != nil || parsed.IsAbs() || parsed.Host != "" {
		return "/"
	}
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}
