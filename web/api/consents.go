package api

import (
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/consent"
)

type consentJSON struct {
	ID               string        `json:"id"`
	RegistrationID   string        `json:"registration_id"`
	InstitutionID    string        `json:"institution_id"`
	Segment          string        `json:"segment"`
	Scope            string        `json:"scope"`
	Customer         string        `json:"customer"`
	State            consent.State `json:"state"`
	Reason           string        `json:"reason"`
	CreatedAt        time.Time     `json:"created_at"`
	CreatedBy        string        `json:"created_by"`
	AnswerBy         time.Time     `json:"answer_by"`
	AuthorizedAt     *time.Time    `json:"authorized_at"`
	ExpiresAt        *time.Time    `json:"expires_at"`
	AccessExpiresAt  *time.Time    `json:"access_expires_at"`
	RefreshExpiresAt *time.Time    `json:"refresh_expires_at"`
	ReauthenticateBy *time.Time    `json:"reauthenticate_by"`
	Refreshes        int           `json:"refreshes"`
	RefreshesLeft    *int          `json:"refreshes_left"`
	LastFailure      string        `json:"last_failure"`
}

func (a *API) consentOf(c consent.Consent) consentJSON {
	out := consentJSON{
		ID:               c.ID,
		RegistrationID:   c.RegistrationID,
		InstitutionID:    c.InstitutionID,
		Segment:          c.Segment,
		Scope:            c.Scope,
		Customer:         c.Customer,
		State:            a.Consents.State(c),
		Reason:           c.Reason,
		CreatedAt:        c.CreatedAt,
		CreatedBy:        c.CreatedBy,
		AnswerBy:         c.AnswerBy,
		AuthorizedAt:     known(c.AuthorizedAt),
		ExpiresAt:        known(c.ExpiresAt),
		AccessExpiresAt:  known(c.AccessExpiresAt),
		RefreshExpiresAt: known(c.RefreshExpiresAt),
		ReauthenticateBy: known(c.ReauthenticateBy),
		Refreshes:        c.Refreshes,
		LastFailure:      c.LastFailure,
	}
	if c.RefreshesLeft >= 0 {
		out.RefreshesLeft = &c.RefreshesLeft
	}
	return out
}

// known is nil for a time that is not known.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

type consentInput struct {
	RegistrationID string `json:"registration_id"`
	RedirectURI    string `json:"redirect_uri"` // one of the application's; empty: the first
	Customer       string `json:"customer"`     // the caller's own reference
}

type startedConsent struct {
	Consent      consentJSON `json:"consent"`
	AuthorizeURL string      `json:"authorize_url"` // send the customer's browser here
	State        string      `json:"state"`         // comes back with the code
}

func (a *API) startConsent(r request[consentInput]) (startedConsent, error) {
	started, err := a.Consents.Start(r.echo.Request().Context(), r.caller, consent.Request{
		RegistrationID: r.body.RegistrationID,
		RedirectURI:    r.body.RedirectURI,
		Customer:       r.body.Customer,
	})
	if err != nil {
		return startedConsent{}, err
	}
	return startedConsent{
		Consent:      a.consentOf(started.Consent),
		AuthorizeURL: started.AuthorizeURL,
		State:        started.State,
	}, nil
}

type callbackInput struct {
	State       string `json:"state"`
	Code        string `json:"code"`
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func (a *API) completeConsent(r request[callbackInput]) (consentJSON, error) {
	c, err := a.Consents.Callback(r.echo.Request().Context(), r.caller, oauth.Return(r.body))
	if err != nil {
		return consentJSON{}, err
	}
	return a.consentOf(c), nil
}

func (a *API) consents(r request[none]) ([]consentJSON, error) {
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

func (a *API) consent(r request[none]) (consentJSON, error) {
	c, err := a.Consents.Get(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	if err != nil {
		return consentJSON{}, err
	}
	return a.consentOf(c), nil
}

func (a *API) revokeConsent(r request[none]) (consentJSON, error) {
	c, err := a.Consents.Revoke(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	if err != nil {
		return consentJSON{}, err
	}
	return a.consentOf(c), nil
}
