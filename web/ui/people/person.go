package people

import (
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/passkey"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type personPage struct {
	page.Page
	Person   identity.User
	Passkeys []passkey.Passkey
	Sessions []identity.Session
	Tokens   []identity.Token
	Accounts []identity.Account // at identity providers
	Roles    []access.Role
	Grants   []grant
	Parts    []partsOf

	Organizations choice.Choice // among the parts
	Own           bool          // it is the reader's: nobody changes their own rights

	now time.Time
}

// HasRole reports whether the person has a role.
func (p personPage) HasRole(role access.Role) bool { return slices.Contains(p.Person.Roles, role) }

// Grantable are the roles that can be granted on a part.
func (p personPage) Grantable() []access.Role {
	return slices.DeleteFunc(slices.Clone(p.Roles), func(r access.Role) bool { return r == access.Limited })
}

// SeesAll reports whether the person sees everything.
func (p personPage) SeesAll() bool { return p.caller().MayEverywhere(access.CertList) }

// SeesParts reports whether the person sees what lies in parts.
func (p personPage) SeesParts() bool { return p.caller().MayOnPart(access.CertList) }

func (p personPage) caller() access.Caller { return p.Person.Caller(p.now) }

// Show shows somebody.
func (h *Handler) Show(c echo.Context, v session.Visit) error { return h.show(c, v, nil) }

func (h *Handler) show(c echo.Context, v session.Visit, refused error) error {
	ctx, id := c.Request().Context(), c.Param("id")
	status, why := h.Pages.Refusal(c, refused)
	person, err := h.Identity.PersonByID(ctx, v.Caller, id)
	if err != nil {
		return err
	}
	data := personPage{
		Page:   h.Pages.Named(c, "people", person.Name),
		Person: person,
		Roles:  access.PersonalRoles(),
		Own:    id == v.Caller.ID,
		now:    h.Now(),
	}
	if data.Passkeys, err = h.Passkeys.Everybodys(ctx, v.Caller, id); err != nil {
		return err
	}
	if data.Sessions, err = h.Identity.SessionsOfPerson(ctx, v.Caller, id); err != nil {
		return err
	}
	if data.Tokens, err = h.Identity.TokensOfPerson(ctx, v.Caller, id); err != nil {
		return err
	}
	if data.Accounts, err = h.Identity.AccountsOfPerson(ctx, v.Caller, id); err != nil {
		return err
	}
	if err := h.fillGrants(c, v, &data); err != nil {
		return err
	}
	data.Path, data.Problem = link.Person(id), why
	return h.Pages.Render(c, status, "people/person", data)
}

// SetRoles changes what somebody may do.
func (h *Handler) SetRoles(c echo.Context, v session.Visit) error {
	roles, err := chosenRoles(c)
	if err != nil {
		return err
	}
	if err := h.Identity.SetRoles(c.Request().Context(), v.Caller, c.Param("id"), roles); err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.roles_changed", link.Person(c.Param("id")))
}

// Disable takes every way in from somebody.
func (h *Handler) Disable(c echo.Context, v session.Visit) error {
	if err := h.Identity.Disable(c.Request().Context(), v.Caller, c.Param("id")); err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.person_disabled", link.Person(c.Param("id")))
}

// Enable lets somebody in again.
func (h *Handler) Enable(c echo.Context, v session.Visit) error {
	if err := h.Identity.Enable(c.Request().Context(), v.Caller, c.Param("id")); err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.person_enabled", link.Person(c.Param("id")))
}

// EndSession ends one of somebody's sessions.
func (h *Handler) EndSession(c echo.Context, v session.Visit) error {
	if err := h.Identity.EndSession(c.Request().Context(), v.Caller, c.Param("session")); err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.session_ended", link.Person(c.Param("id")))
}

// RemovePasskey removes one of somebody's passkeys.
func (h *Handler) RemovePasskey(c echo.Context, v session.Visit) error {
	err := h.Passkeys.Remove(c.Request().Context(), v.Caller, c.Param("id"), c.Param("passkey"),
		c.FormValue("last") == "yes")
	if err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.passkey_removed", link.Person(c.Param("id")))
}

// RevokeToken ends one of somebody's bearer tokens.
func (h *Handler) RevokeToken(c echo.Context, v session.Visit) error {
	if err := h.Identity.RevokeToken(c.Request().Context(), v.Caller, c.Param("id"), c.Param("token")); err != nil {
		return h.show(c, v, err)
	}
	return h.Pages.Done(c, "notice.token_revoked", link.Person(c.Param("id")))
}
