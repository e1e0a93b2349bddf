package api

import (
	"context"
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/connector/stet"
	"github.com/sealkeeper/sealkeeper/fault"
)

// withCustomer tells the bank that the customer is there, when the caller says so.
func withCustomer(r request[none]) context.Context {
	header := r.echo.Request().Header
	return stet.WithCustomer(r.echo.Request().Context(),
		stet.Customer{IPAddress: header.Get("Psu-Ip-Address"), UserAgent: header.Get("Psu-User-Agent")})
}

type accountsOutput struct {
	Accounts []ais.Account `json:"accounts"`
}

func (a *API) accounts(r request[none]) (accountsOutput, error) {
	accounts, err := a.Consents.Accounts(withCustomer(r), r.caller, r.echo.Param("id"))
	return accountsOutput{append([]ais.Account{}, accounts...)}, err
}

type balancesOutput struct {
	Balances []ais.Balance `json:"balances"`
}

func (a *API) balances(r request[none]) (balancesOutput, error) {
	balances, err := a.Consents.Balances(withCustomer(r), r.caller, r.echo.Param("id"), r.echo.Param("account"))
	return balancesOutput{append([]ais.Balance{}, balances...)}, err
}

type transactionsOutput struct {
	Transactions []ais.Transaction `json:"transactions"`
	Next         string            `json:"next"` // cursor; empty at the end
	From         *time.Time        `json:"from"` // oldest date asked for
}

// maxTransactions is the most that one answer holds.
const maxTransactions = 500

func (a *API) transactions(r request[none]) (transactionsOutput, error) {
	query, err := transactionQuery(r)
	if err != nil {
		return transactionsOutput{}, err
	}
	list, err := a.Consents.Transactions(withCustomer(r), r.caller, r.echo.Param("id"), r.echo.Param("account"), query)
	return transactionsOutput{append([]ais.Transaction{}, list.Transactions...), list.Next, known(list.From)}, err
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
	for name, at := range map[string]*time.Time{"from": &query.From, "to": &query.To} {
		if text := r.echo.QueryParam(name); text != "" {
			if *at, err = time.Parse(time.DateOnly, text); err != nil {
				return query, fault.New(fault.Invalid, "date_invalid", "%s must be a date like 2026-01-31.", name)
			}
		}
	}
	return query, nil
}

func (a *API) customer(r request[none]) (ais.Identity, error) {
	return a.Consents.Identity(withCustomer(r), r.caller, r.echo.Param("id"))
}

type beneficiariesOutput struct {
	Beneficiaries []ais.Beneficiary `json:"beneficiaries"`
}

func (a *API) beneficiaries(r request[none]) (beneficiariesOutput, error) {
	all, err := a.Consents.Beneficiaries(withCustomer(r), r.caller, r.echo.Param("id"))
	return beneficiariesOutput{append([]ais.Beneficiary{}, all...)}, err
}
