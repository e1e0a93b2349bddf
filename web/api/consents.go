package api

import (
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func (a *API) consentOf(c consent.Consent) api.Consent {
	out := api.Consent{
		ID:               c.ID,
		RegistrationID:   c.RegistrationID,
		InstitutionID:    c.InstitutionID,
		Segment:          c.Segment,
		Scope:            c.Scope,
		Customer:         c.Customer,
		State:            api.ConsentState(a.Consents.State(c)),
		Reason:           c.Reason,
		CreatedAt:        c.CreatedAt,
		CreatedBy:        c.CreatedBy,
		AnswerBy:         c.AnswerBy,
		AuthorizedAt:     moment(c.AuthorizedAt),
		ExpiresAt:        moment(c.ExpiresAt),
		AccessExpiresAt:  moment(c.AccessExpiresAt),
		RefreshExpiresAt: moment(c.RefreshExpiresAt),
		ReauthenticateBy: moment(c.ReauthenticateBy),
		Refreshes:        c.Refreshes,
		LastFailure:      c.LastFailure,
	}
	if c.RefreshesLeft >= 0 {
		out.RefreshesLeft = &c.RefreshesLeft
	}
	return out
}

func (a *API) startConsent(r request[api.NewConsent]) (api.ConsentStart, error) {
	started, err := a.Consents.Start(r.echo.Request().Context(), r.caller, consent.Request{
		RegistrationID: r.body.RegistrationID,
		RedirectURI:    r.body.RedirectURI,
		Customer:       r.body.Customer,
	})
	if err != nil {
		return api.ConsentStart{}, err
	}
	return api.ConsentStart{
		Consent:      a.consentOf(started.Consent),
		AuthorizeURL: started.AuthorizeURL,
		State:        started.State,
	}, nil
}

func (a *API) completeConsent(r request[api.ConsentReturn]) (api.Consent, error) {
	c, err := a.Consents.Callback(r.echo.Request().Context(), r.caller, oauth.Return(r.body))
	if err != nil {
		return api.Consent{}, err
	}
	return a.consentOf(c), nil
}

func (a *API) consents(r request[none]) ([]api.Consent, error) {
	ctx, days := r.echo.Request().Context(), r.echo.QueryParam("expiring_days")
	filter := consent.Filter{
		RegistrationID: r.echo.QueryParam("registration_id"),
		Customer:       r.echo.QueryParam("customer"),
	}
	if days != "" {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 3650 {
			return nil, fault.New(fault.Invalid, "days_invalid",
				"expiring_days must be a number of days from 0 to 3650.")
		}
		filter.ExpiresBefore = a.Now().Add(time.Duration(n) * 24 * time.Hour)
	}
	all, err := a.Consents.List(ctx, r.caller, filter)
	return each(all, a.consentOf), err
}

func (a *API) consent(r request[none]) (api.Consent, error) {
	c, err := a.Consents.Get(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	if err != nil {
		return api.Consent{}, err
	}
	return a.consentOf(c), nil
}

func (a *API) revokeConsent(r request[none]) (api.Consent, error) {
	c, err := a.Consents.Revoke(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	if err != nil {
		return api.Consent{}, err
	}
	return a.consentOf(c), nil
}
