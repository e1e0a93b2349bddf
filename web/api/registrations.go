package api

import (
	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/secret"
)

type registrationInput struct {
	ApplicationID string `json:"application_id"`
	InstitutionID string `json:"institution_id"`
}

func (a *API) registration(r request[none]) (registrationJSON, error) {
	return a.view(r.echo, r.caller, r.echo.Param("id"))
}

func (a *API) addRegistration(r request[registrationInput]) (registrationJSON, error) {
	created, err := a.Registrations.Register(r.echo.Request().Context(), r.caller, r.body.ApplicationID,
		r.body.InstitutionID)
	if err != nil {
		return registrationJSON{}, err
	}
	return a.view(r.echo, r.caller, created.ID)
}

func (a *API) view(c echo.Context, caller access.Caller, id string) (registrationJSON, error) {
	v, err := a.Registrations.Registration(c.Request().Context(), caller, id)
	if err != nil {
		return registrationJSON{}, err
	}
	return registrationOf(v), nil
}

type bundleInput struct {
	QWACID       string      `json:"qwac_id"`
	QSealCID     string      `json:"qsealc_id"`
	ClientID     string      `json:"client_id"`
	ClientSecret secret.Text `json:"client_secret"` // goes in and never comes out
	TrustAnchors []string    `json:"trust_anchors"` // left out: as before; empty: none
	Revision     string      `json:"revision"`      // left out: not compared
}

func (a *API) saveBundle(r request[bundleInput]) (registrationJSON, error) {
	id := r.echo.Param("id")
	defer r.body.ClientSecret.Wipe()
	_, err := a.Registrations.SaveBundle(r.echo.Request().Context(), r.caller, id, registration.BundleInput(r.body))
	if err != nil {
		return registrationJSON{}, err
	}
	return a.view(r.echo, r.caller, id)
}

func (a *API) test(r request[none]) (issuer.TestReport, error) {
	return a.Issuer.Test(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
}
