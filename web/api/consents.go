package api

import (
	"context"

	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/listing"
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
		return api.Consent{}, a.foreignState(r.echo.Request().Context(), r.caller, access.ConsentStart, err)
	}
	return a.consentOf(c), nil
}

// foreignState records that somebody came with a state that was not theirs to bring, and returns err.
func (a *API) foreignState(ctx context.Context, caller access.Caller, action access.Action, err error) error {
	if _, code, _ := fault.Public(err); code != "state_unknown" {
		return err // recorded by who was asked
	}
	return a.Audit.Refuse(ctx, caller, action, "", err)
}

func (a *API) consents(r request[none], q listing.Query) (listing.Page[api.Consent], error) {
	page, err := a.Consents.Page(r.echo.Request().Context(), r.caller, q)
	return listing.Map(page, a.consentOf), err
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
