package people

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// invitationPage shows a link and its code, once.
type invitationPage struct {
	page.Page
	Invitation identity.Invitation
	Link, Code string
}

// Invite asks somebody to join and makes the link for it.
func (h *Handler) Invite(c echo.Context, v session.Visit) error {
	roles, err := chosenRoles(c)
	if err != nil {
		return err
	}
	a := invitation{Name: form.Text(c, "name"), Roles: roles}
	i, err := h.Identity.Invite(c.Request().Context(), v.Caller, a.Name, a.Roles)
	if err != nil {
		return h.list(c, v, a, err)
	}
	return h.made(c, v, i.ID)
}

// InviteAgain lets somebody in again who has lost their passkeys.
func (h *Handler) InviteAgain(c echo.Context, v session.Visit) error {
	i, err := h.Identity.InviteAgain(c.Request().Context(), v.Caller, c.Param("id"))
	if err != nil {
		return h.show(c, v, err)
	}
	return h.made(c, v, i.ID)
}

// MakeLink makes the link of an invitation; a former one ends.
func (h *Handler) MakeLink(c echo.Context, v session.Visit) error { return h.made(c, v, c.Param("id")) }

// made shows link and code. They are in no redirect, and on no page that is opened again.
func (h *Handler) made(c echo.Context, v session.Visit, id string) error {
	i, token, code, err := h.Identity.MakeInvitationLink(c.Request().Context(), v.Caller, id)
	if err != nil {
		return h.list(c, v, invitation{}, err)
	}
	data := invitationPage{
		Page:       h.Pages.Page(c, "people", "invitation.title"),
		Invitation: i,
		Link:       link.Join(c, h.PublicURL, token.Reveal()),
		Code:       code.Reveal()[:4] + " " + code.Reveal()[4:],
	}
	data.Path = link.People
	return h.Pages.Render(c, http.StatusOK, "people/invitation", data)
}

// Withdraw ends an invitation.
func (h *Handler) Withdraw(c echo.Context, v session.Visit) error {
	if err := h.Identity.WithdrawInvitation(c.Request().Context(), v.Caller, c.Param("id")); err != nil {
		return h.list(c, v, invitation{}, err)
	}
	return h.Pages.Done(c, "notice.invitation_withdrawn", link.People)
}
