package signin

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type signInPage struct {
	page.Page
	Link     string // what a one-time link was exchanged for
	Next     string
	Passkeys bool // browsers offer them at this address

	Providers []provider
	SignedOut string // where the reader signs out at the identity provider, too; empty: nowhere
}

// provider is an identity provider that the reader can sign in with.
type provider struct{ Name, URL string }

// Form offers to sign in. A one-time link is exchanged for what its form holds, which no address does, so
// that the link can be opened once: addresses are kept in histories and in the logs of proxies.
// Only the button signs in.
func (h *Handler) Form(c echo.Context) error {
	token, next := c.QueryParam("token"), c.QueryParam("next")
	if token == "" {
		if session.VisitOf(c).Caller.ID != "" {
			return h.Pages.Redirect(c, link.Local(next))
		}
		return h.render(c, h.page(c, "", next), nil)
	}
	if prefetched(c) {
		return c.NoContent(http.StatusNoContent)
	}
	ctx := c.Request().Context()
	if err := h.enter(c); err != nil {
		return err
	}
	opened, err := h.Identity.OpenLink(ctx, secret.NewTextString(token))
	return h.render(c, h.page(c, opened.Reveal(), next), err)
}

// prefetched reports whether a browser opens an address before anybody has asked for it.
func prefetched(c echo.Context) bool {
	return strings.Contains(c.Request().Header.Get("Sec-Purpose"), "prefetch")
}

func (h *Handler) page(c echo.Context, token, next string) signInPage {
	p := signInPage{
		Page:     h.Pages.Page(c, "", "sign_in.title"),
		Link:     token,
		Next:     link.Local(next),
		Passkeys: h.Passkeys.Available(),
	}
	for _, choice := range h.Providers.Choices() {
		p.Providers = append(p.Providers, provider{
			Name: choice.Name,
			URL:  "/sign-in/account/" + choice.ID + "?" + url.Values{"next": {p.Next}}.Encode(),
		})
	}
	p.Path = "/sign-in" // without the token: see Along
	if p.Next != "/" {
		p.Path += "?" + url.Values{"next": {p.Next}}.Encode()
	}
	if token != "" {
		p.Along = map[string]string{"link": token, "next": p.Next}
	}
	return p
}

func (h *Handler) render(c echo.Context, p signInPage, refused error) error {
	status, why := h.Pages.Refusal(c, refused)
	p.Problem = why
	return h.Pages.Render(c, status, "signin/sign_in", p)
}

// SignIn begins a session of whoever has a one-time link. A link in the address is none.
func (h *Handler) SignIn(c echo.Context) error {
	return h.signIn(c, func() (user identity.User, how, passkeyID string, err error) {
		user, err = h.Identity.SignIn(c.Request().Context(), secret.NewTextString(posted(c, "link")))
		return user, identity.ByLink, "", err
	})
}

// posted is a field of the body alone.
func posted(c echo.Context, name string) string { return c.Request().PostFormValue(name) }

func (h *Handler) signIn(c echo.Context, who func() (user identity.User, how, passkeyID string, err error)) error {
	next := c.FormValue("next")
	if err := h.enter(c); err != nil {
		return h.render(c, h.page(c, "", next), err)
	}
	user, how, passkeyID, err := who()
	if err != nil {
		return h.render(c, h.page(c, "", next), err)
	}
	if err := h.Sessions.Begin(c, user.ID, how, passkeyID); err != nil {
		return err
	}
	return h.Pages.Redirect(c, link.Local(next))
}

// SignOut ends the session. Where it began with an account, the page says where that session ends, too: a form
// may not lead elsewhere.
func (h *Handler) SignOut(c echo.Context) error {
	issuer := h.Sessions.Issuer(c)
	if err := h.Sessions.End(c); err != nil {
		return err
	}
	if issuer == "" {
		return h.Pages.Redirect(c, "/sign-in")
	}
	p := h.page(c, "", "")
	p.SignedOut = h.Providers.SignOutURL(c.Request().Context(), issuer)
	return h.render(c, p, nil)
}
