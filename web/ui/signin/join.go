package signin

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
)

// joinPage is where somebody accepts an invitation.
type joinPage struct {
	page.Page
	Invitation identity.Invitation
	Link       string
	Over       bool   // there is no such invitation any more
	Typed      string // as name, by the first administrator
}

// JoinForm shows an invitation.
func (h *Handler) JoinForm(c echo.Context) error {
	ctx := c.Request().Context()
	if prefetched(c) {
		return c.NoContent(http.StatusNoContent)
	}
	if err := h.enter(c); err != nil {
		return err
	}
	i, link, err := h.Identity.OpenInvitation(ctx, secret.NewTextString(c.QueryParam("token")))
	return h.join(c, i, link, err)
}

func (h *Handler) join(c echo.Context, i identity.Invitation, link secret.Text, refused error) error {
	status, why := h.Pages.Refusal(c, refused)
	p := joinPage{
		Page:       h.Pages.Page(c, "", "join.title"),
		Invitation: i,
		Link:       link.Reveal(),
		Over:       i.ID == "",
		Typed:      form.Text(c, "name"),
	}
	p.Path, p.Problem = "/sign-in", why // not the address: it holds the link
	if !p.Over {
		p.Along = map[string]string{"join": p.Link}
	}
	return h.Pages.Render(c, status, "signin/join", p)
}

// Join accepts an invitation and begins a session, in which a passkey is made.
func (h *Handler) Join(c echo.Context) error {
	ctx := c.Request().Context()
	if err := h.enter(c); err != nil {
		return err
	}
	values, err := form.Values(c)
	if err != nil {
		return err
	}
	link := secret.NewTextString(posted(c, "link"))
	user, err := h.Identity.Accept(ctx, link, values.Get("code"), values.Get("name"))
	if err != nil {
		i, gone := h.Identity.Invitation(ctx, link)
		if gone != nil {
			i = identity.Invitation{}
		}
		return h.join(c, i, link, err)
	}
	if err := h.Sessions.Begin(c, user.ID, identity.ByInvitation, ""); err != nil {
		return err
	}
	return h.Pages.Redirect(c, "/account?"+url.Values{"welcome": {"yes"}}.Encode())
}
