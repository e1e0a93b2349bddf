package api

import (
	"context"
	"strconv"

	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/connector/stet"
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
	if fault.Code(err) != "state_unknown" {
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

// withCustomer tells the bank that the customer is there, when the caller says so.
func withCustomer(r request[none]) context.Context {
	header := r.echo.Request().Header
	return stet.WithCustomer(r.echo.Request().Context(),
		stet.Customer{IPAddress: header.Get("Psu-Ip-Address"), UserAgent: header.Get("Psu-User-Agent")})
}

func (a *API) accounts(r request[none]) (api.Accounts, error) {
	accounts, err := a.Consents.Accounts(withCustomer(r), r.caller, r.echo.Param("id"))
	return api.Accounts{Accounts: listed(accounts)}, err
}

func (a *API) balances(r request[none]) (api.Balances, error) {
	balances, err := a.Consents.Balances(withCustomer(r), r.caller, r.echo.Param("id"), r.echo.Param("account"))
	return api.Balances{Balances: listed(balances)}, err
}

// maxTransactions is the most that one answer holds.
const maxTransactions = 500

func (a *API) transactions(r request[none]) (api.Transactions, error) {
	if err := a.Audit.Permit(withCustomer(r), r.caller, access.AccountsRead, r.echo.Param("id")); err != nil {
		return api.Transactions{}, err
	}
	query, err := transactionQuery(r)
	if err != nil {
		return api.Transactions{}, err
	}
	list, err := a.Consents.Transactions(withCustomer(r), r.caller, r.echo.Param("id"), r.echo.Param("account"), query)
	return api.Transactions{
		Transactions: listed(list.Transactions),
		Next:         list.Next,
		From:         day(list.From),
		To:           day(list.To),
	}, err
}

func transactionQuery(r request[none]) (ais.TransactionQuery, error) {
	query := ais.TransactionQuery{
		After:  r.echo.QueryParam("after"),
		Cursor: r.echo.QueryParam("cursor"),
		Limit:  maxTransactions,
	}
	var err error
	if text := r.echo.QueryParam("limit"); text != "" {
		if query.Limit, err = strconv.Atoi(text); err != nil || query.Limit < 1 || query.Limit > maxTransactions {
			return query, fault.New(fault.Invalid, "limit_invalid", "limit must be a number from 1 to %d.",
				maxTransactions)
		}
	}
	for name, day := range map[string]*calendar.Date{"from": &query.From, "to": &query.To} {
		if text := r.echo.QueryParam(name); text != "" {
			if *day, err = calendar.Parse(text); err != nil {
				return query, fault.New(fault.Invalid, "date_invalid", "%s must be a date like 2026-01-31.", name)
			}
		}
	}
	return query, nil
}

func (a *API) customer(r request[none]) (ais.Identity, error) {
	return a.Consents.Identity(withCustomer(r), r.caller, r.echo.Param("id"))
}

func (a *API) beneficiaries(r request[none]) (api.Beneficiaries, error) {
	all, err := a.Consents.Beneficiaries(withCustomer(r), r.caller, r.echo.Param("id"))
	return api.Beneficiaries{Beneficiaries: listed(all)}, err
}
