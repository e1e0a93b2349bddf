package main

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/sealkeeper/sealkeeper/connector"
)

// ofConsent are the arguments of whatever is read with a consent.
type ofConsent struct {
	remote
	Consent string `arg:"" help:"Id of the consent."`
}

func (c ofConsent) read(env *environment, rest string, out any) (bool, error) {
	return c.call(env, http.MethodGet, "/v1/consents/"+url.PathEscape(c.Consent)+rest, nil, out)
}

type ofAccount struct {
	ofConsent
	Account string `arg:"" help:"Resource id of the account."`
}

func (c ofAccount) read(env *environment, rest string, out any) (bool, error) {
	return c.ofConsent.read(env, "/accounts/"+url.PathEscape(c.Account)+rest, out)
}

type aisAccountsCmd struct{ ofConsent }

// Run lists accounts.
func (c aisAccountsCmd) Run(env *environment) error {
	var out struct{ Accounts []connector.Account }
	if printed, err := c.read(env, "/accounts", &out); err != nil || printed {
		return err
	}
	for _, a := range out.Accounts {
		env.printf("%s  %s  %s  %s\n", plain(a.ResourceID), plain(a.Type), plain(a.ID.IBAN), plain(a.Name))
	}
	return nil
}

type aisBalancesCmd struct{ ofAccount }

// Run lists balances.
func (c aisBalancesCmd) Run(env *environment) error {
	var out struct{ Balances []connector.Balance }
	if printed, err := c.read(env, "/balances", &out); err != nil || printed {
		return err
	}
	for _, b := range out.Balances {
		env.printf("%s  %s %s  %s\n", plain(b.Type), b.Amount.Value, plain(b.Amount.Currency), plain(b.Name))
	}
	return nil
}

type aisTransactionsCmd struct {
	ofAccount
	From  string `help:"First day." placeholder:"2026-01-31"`
	To    string `help:"Day after the last." placeholder:"2026-02-28"`
	After string `help:"Only what is newer than this entry reference." placeholder:"REF"`
	Limit int    `help:"At most so many." default:"500" placeholder:"N"`
}

// largestPart is the most the service gives in one answer.
const largestPart = 500

// Run lists transactions, part by part until there are enough.
func (c aisTransactionsCmd) Run(env *environment) error {
	query := url.Values{}
	for name, value := range map[string]string{"from": c.From, "to": c.To, "after": c.After} {
		if value != "" {
			query.Set(name, value)
		}
	}
	for left := c.Limit; left > 0; {
		query.Set("limit", strconv.Itoa(min(left, largestPart)))
		var out struct {
			Transactions []connector.Transaction
			Next         string
		}
		printed, err := c.read(env, "/transactions?"+query.Encode(), &out)
		if err != nil || printed {
			return err
		}
		for _, t := range out.Transactions {
			printTransaction(env, t)
		}
		if left -= len(out.Transactions); out.Next == "" {
			return nil
		}
		query.Set("cursor", out.Next)
	}
	return nil
}

func printTransaction(env *environment, t connector.Transaction) {
	day := t.BookingDate
	if day == "" {
		day = t.ExpectedBookingDate
	}
	day, _, _ = strings.Cut(day, "T")
	env.printf("%-10s  %s  %s %s  %s  %s\n", plain(day), plain(t.Status), t.Signed(), plain(t.Amount.Currency),
		plain(t.EntryReference), plain(strings.Join(t.Remittance.Lines, " / ")))
}

type aisIdentityCmd struct{ ofConsent }

// Run shows who gave the consent.
func (c aisIdentityCmd) Run(env *environment) error {
	var who connector.Identity
	if printed, err := c.read(env, "/identity", &who); err != nil || printed {
		return err
	}
	env.printf("%s\n", plain(who.FullName))
	return nil
}

type aisBeneficiariesCmd struct{ ofConsent }

// Run lists beneficiaries.
func (c aisBeneficiariesCmd) Run(env *environment) error {
	var out struct{ Beneficiaries []connector.Beneficiary }
	if printed, err := c.read(env, "/beneficiaries", &out); err != nil || printed {
		return err
	}
	for _, b := range out.Beneficiaries {
		env.printf("%s  %s  %s\n", plain(b.ID), plain(b.Account.IBAN), plain(b.Name))
	}
	return nil
}
