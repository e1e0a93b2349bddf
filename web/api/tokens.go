package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/types/api"
)

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
