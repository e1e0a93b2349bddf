package signin

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type signInPage struct {
	page.Page
	Link string // token of a one-time link
	Next string
}

// Form only shows a button for a one-time link: mail filters and
// browsers fetch links ahead, and must not use it up.
func (h *Handler) Form(c echo.Context) error {
	link, next := c.QueryParam("token"), c.QueryParam("next")
	if session.VisitOf(c).Caller.ID != "" && link == "" {
		return h.Pages.Redirect(c, local(next))
	}
	return h.render(c, http.StatusOK, h.page(c, link, next))
}

func (h *Handler) page(c echo.Context, link, next string) signInPage {
	p := signInPage{Page: h.Pages.Page(c, "", "sign_in.title"), Link: link, Next: local(next)}
	p.Path = "/sign-in" // without the token: see Along
	if p.Next != "/" {
		p.Path += "?" + url.Values{"next": {p.Next}}.Encode()
	}
	if link != "" {
		p.Along = map[string]string{"link": link, "next": p.Next}
	}
	return p
}

func (h *Handler) render(c echo.Context, status int, p signInPage) error {
	return h.Pages.Render(c, status, "signin/sign_in", p)
}

// SignIn begins a session.
func (h *Handler) SignIn(c echo.Context) error {
	id, err := h.redeem(c)
	if err != nil {
		status, why := h.Pages.Refusal(c, err)
		p := h.page(c, "", c.FormValue("next"))
		p.Problem = why
		return h.render(c, status, p)
	}
	if err := h.Sessions.Begin(c, id); err != nil {
		return err
	}
	return h.Pages.Redirect(c, local(c.FormValue("next")))
}

// redeem returns the id of the user whom a one-time link or an API token belongs to.
func (h *Handler) redeem(c echo.Context) (string, error) {
	ctx := c.Request().Context()
	if link := c.FormValue("link"); link != "" {
		user, err := h.Identity.SignIn(ctx, secret.NewTextString(link))
		return user.ID, err
	}
	caller, err := h.Identity.Caller(ctx, secret.NewTextString(form.Text(c, "api_token")))
	if err != nil {
		return "", err
	}
	return caller.ID, h.Log.Record(ctx, caller, access.SessionStart, caller.ID, audit.Done, "API token")
}

// SignOut ends the session.
func (h *Handler) SignOut(c echo.Context) error {
	if err := h.Sessions.End(c); err != nil {
		return err
	}
	return h.Pages.Redirect(c, "/sign-in")
}
