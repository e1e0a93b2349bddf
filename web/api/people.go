package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/passkey"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func personOf(u identity.User, passkeys, sessions int) api.Person {
	return api.Person{
		ID:           u.ID,
		Name:         u.Name,
		Roles:        each(u.Roles, func(r access.Role) string { return string(r) }),
		Grants:       each(u.Grants, grantOf),
		CreatedAt:    u.CreatedAt,
		DisabledAt:   moment(u.DisabledAt),
		LastSignInAt: moment(u.LastSignInAt),
		Passkeys:     passkeys,
		Sessions:     sessions,
	}
}

func grantOf(g access.RoleGrant) api.RoleGrant {
	return api.RoleGrant{
		ID:        g.ID,
		Role:      string(g.Role),
		Scope:     api.RoleScope{Kind: string(g.Scope.Kind), Value: g.Scope.Value},
		GrantedBy: g.GrantedBy,
		GrantedAt: g.GrantedAt,
		EndsAt:    moment(g.EndsAt),
		Group:     g.Group,
	}
}

func passkeyOf(p passkey.Passkey) api.Passkey {
	return api.Passkey{
		ID:         p.ID,
		Name:       p.Name,
		Synced:     p.Synced,
		CreatedAt:  p.CreatedAt,
		LastUsedAt: moment(p.LastUsedAt),
	}
}

func consoleSessionOf(s identity.Session) api.ConsoleSession {
	return api.ConsoleSession{
		ID:      s.ID,
		Way:     s.How,
		Agent:   s.Agent,
		Address: s.Address,
		BeganAt: s.BeganAt,
		SeenAt:  s.SeenAt,
	}
}

func invitationOf(i identity.Invitation) api.Invitation {
	return api.Invitation{
		ID:        i.ID,
		Name:      i.Name,
		Roles:     each(i.Roles, func(r access.Role) string { return string(r) }),
		InvitedBy: i.InvitedBy,
		CreatedAt: i.CreatedAt,
		ExpiresAt: i.ExpiresAt,
		LinkMade:  i.Made(),
	}
}

func (a *API) people(r request[none], q listing.Query) (listing.Page[api.Person], error) {
	page, err := a.Identity.People(r.echo.Request().Context(), r.caller, q)
	return listing.Map(page, func(l identity.Listed) api.Person {
		return personOf(l.User, l.Passkeys, l.Sessions)
	}), err
}

func (a *API) person(r request[none]) (api.PersonDetail, error) {
	return a.personNow(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
}

func (a *API) personNow(ctx context.Context, caller access.Caller, id string) (api.PersonDetail, error) {
	user, err := a.Identity.PersonByID(ctx, caller, id)
	if err != nil {
		return api.PersonDetail{}, err
	}
	keys, err := a.Passkeys.Everybodys(ctx, caller, id)
	if err != nil {
		return api.PersonDetail{}, err
	}
	sessions, err := a.Identity.SessionsOfPerson(ctx, caller, id)
	if err != nil {
		return api.PersonDetail{}, err
	}
	tokens, err := a.Identity.TokensOfPerson(ctx, caller, id)
	return api.PersonDetail{
		Person:   personOf(user, len(keys), len(sessions)),
		Passkeys: each(keys, passkeyOf),
		Sessions: each(sessions, consoleSessionOf),
		Tokens:   each(tokens, ownTokenOf),
	}, err
}

// invitePerson proposes somebody: a person makes the link, at the console.
func (a *API) invitePerson(r request[api.InvitePerson]) (api.Invitation, error) {
	roles := each(r.body.Roles, func(name string) access.Role { return access.Role(name) })
	i, err := a.Identity.Invite(r.echo.Request().Context(), r.caller, r.body.Name, roles)
	return invitationOf(i), err
}

func (a *API) disablePerson(r request[none]) (api.PersonDetail, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	if err := a.Identity.Disable(ctx, r.caller, id); err != nil {
		return api.PersonDetail{}, err
	}
	return a.personNow(ctx, r.caller, id)
}

func (a *API) endPersonSession(r request[none]) (api.PersonDetail, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	if err := a.Identity.EndSession(ctx, r.caller, r.echo.Param("session")); err != nil {
		return api.PersonDetail{}, err
	}
	return a.personNow(ctx, r.caller, id)
}

func (a *API) revokeGrant(r request[none]) (api.PersonDetail, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	if err := a.Identity.RevokeGrant(ctx, r.caller, id, r.echo.Param("grant")); err != nil {
		return api.PersonDetail{}, err
	}
	return a.personNow(ctx, r.caller, id)
}

func (a *API) invitations(r request[none]) ([]api.Invitation, error) {
	all, err := a.Identity.Invited(r.echo.Request().Context(), r.caller)
	return each(all, invitationOf), err
}

func (a *API) withdrawInvitation(r request[none]) ([]api.Invitation, error) {
	err := a.Identity.WithdrawInvitation(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	if err != nil {
		return nil, err
	}
	return a.invitations(r)
}

func ownTokenOf(t identity.Token) api.Token {
	return api.Token{
		ID:         t.ID(),
		Name:       t.Name,
		CreatedAt:  t.CreatedAt,
		ExpiresAt:  moment(t.ExpiresAt),
		LastUsedAt: moment(t.LastUsedAt),
	}
}

// fetchedToken is an api.FetchedToken on its way out: its token hides the one that would print as [redacted].
type fetchedToken struct {
	AccessToken string `json:"access_token"`
	api.FetchedToken
}

// fetchToken gives a terminal the token that somebody has agreed to in the console.
func (a *API) fetchToken(c echo.Context) error {
	noStore(c)
	ctx := c.Request().Context()
	if err := a.Calls.Enter(ctx); err != nil {
		return err
	}
	var in api.FetchToken
	if err := decode(c, &in); err != nil {
		return err
	}
	t, person, held, err := a.Identity.FetchToken(ctx, in.Code, in.Verifier)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, fetchedToken{held.Reveal(), api.FetchedToken{
		Person: person.Name,
		Token:  ownTokenOf(t),
	}})
}

func (a *API) ownTokens(r request[none]) ([]api.Token, error) {
	all, err := a.Identity.OwnTokens(r.echo.Request().Context(), r.caller)
	return each(all, ownTokenOf), err
}

func (a *API) revokeOwnToken(r request[none]) ([]api.Token, error) {
	err := a.Identity.RevokeToken(r.echo.Request().Context(), r.caller, r.caller.ID, r.echo.Param("id"))
	if err != nil {
		return nil, err
	}
	all, err := a.Identity.OwnTokens(r.echo.Request().Context(), r.caller)
	return each(all, ownTokenOf), err
}

func (a *API) revokeToken(r request[none]) (api.PersonDetail, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	if err := a.Identity.RevokeToken(ctx, r.caller, id, r.echo.Param("token")); err != nil {
		return api.PersonDetail{}, err
	}
	return a.personNow(ctx, r.caller, id)
}
