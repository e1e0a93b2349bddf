package api

import (
	"maps"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func identityOf(i service.Identity) api.ServiceIdentity {
	claims := map[string]string{}
	maps.Copy(claims, i.Claims)
	return api.ServiceIdentity{
		ID:         i.ID,
		Kind:       api.ServiceIdentityKind(i.Kind),
		Issuer:     i.Issuer,
		Audience:   i.Audience,
		Subject:    i.Subject,
		Claims:     claims,
		CreatedBy:  i.CreatedBy,
		CreatedAt:  i.CreatedAt,
		LastUsedAt: moment(i.LastUsedAt),
	}
}

func (a *API) addServiceIdentity(r request[api.NewServiceIdentity]) (api.ServiceIdentity, error) {
	made, err := a.Accounts.AddIdentity(r.echo.Request().Context(), r.caller, r.echo.Param("id"), service.Identity{
		Kind:     service.IdentityKind(r.body.Kind),
		Issuer:   r.body.Issuer,
		Audience: r.body.Audience,
		Subject:  r.body.Subject,
		Claims:   r.body.Claims,
	})
	return identityOf(made), err
}

func (a *API) removeServiceIdentity(r request[none]) (api.ServiceAccount, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	if err := a.Accounts.RemoveIdentity(ctx, r.caller, id, r.echo.Param("identity")); err != nil {
		return api.ServiceAccount{}, err
	}
	s, err := a.Accounts.Get(ctx, r.caller, id)
	if err != nil {
		return api.ServiceAccount{}, err
	}
	return a.accountNow(ctx, s)
}

// workloadToken is an api.WorkloadToken on its way out: its token hides the one that would print as [redacted].
type workloadToken struct {
	AccessToken string `json:"access_token"`
	api.WorkloadToken
}

// exchangeToken gives a workload a short token for the JWT of its platform (RFC 8693).
func (a *API) exchangeToken(c echo.Context) error {
	noStore(c)
	form, err := exchangeForm(c)
	if err != nil {
		return err
	}
	token, life, err := a.Accounts.Exchange(c.Request().Context(), secret.NewTextString(form.Get("subject_token")),
		form.Get("client_id"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, workloadToken{
		AccessToken: token.Reveal(),
		WorkloadToken: api.WorkloadToken{
			IssuedTokenType: api.TokenTypeAccess,
			TokenType:       "Bearer",
			ExpiresIn:       int(life / time.Second),
		},
	})
}

// exchangeForm reads the parameters. Each is there once (RFC 6749, section 3.2), and none in the URL, which is logged
// by whoever is on the way.
func exchangeForm(c echo.Context) (url.Values, error) {
	invalid := fault.New(fault.Invalid, "exchange_invalid",
		"Send a form (application/x-www-form-urlencoded) with grant_type %s, subject_token_type %s and subject_token, "+
			"each once.", api.GrantTokenExchange, api.TokenTypeJWT)
	r := c.Request()
	media, _, _ := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if media != echo.MIMEApplicationForm || r.URL.RawQuery != "" {
		return nil, invalid
	}
	if err := r.ParseForm(); err != nil { // bounded before it comes here
		return nil, invalid
	}
	for _, values := range r.PostForm {
		if len(values) != 1 {
			return nil, invalid
		}
	}
	kind := r.PostForm.Get("subject_token_type")
	if r.PostForm.Get("grant_type") != api.GrantTokenExchange || (kind != api.TokenTypeJWT && kind != api.TokenTypeID) {
		return nil, invalid
	}
	return r.PostForm, nil
}
