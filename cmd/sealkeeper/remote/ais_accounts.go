package remote

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/internal/cli"
)

// ofConsent are the arguments of whatever is read with a consent.
type ofConsent struct {
	cli.Remote
	Consent string `arg:"" help:"Id of the consent."`
}

func (c ofConsent) read(env *cli.Environment, rest string, out any) (bool, error) {
	return c.Call(env, http.MethodGet, "/v1/consents/"+url.PathEscape(c.Consent)+rest, nil, out)
}

type ofAccount struct {
	ofConsent
	Account string `arg:"" help:"Resource id of the account."`
}

func (c ofAccount) read(env *cli.Environment, rest string, out any) (bool, error) {
	return c.ofConsent.read(env, "/accounts/"+url.PathEscape(c.Account)+rest, out)
}

type aisAccountsCmd struct{ ofConsent }

// Run lists accounts.
func (c aisAccountsCmd) Run(env *cli.Environment) error {
	var out struct{ Accounts []ais.Account }
	if printed, err := c.read(env, "/accounts", &out); err != nil || printed {
		return err
	}
	for _, a := range out.Accounts {
		env.Printf("%s  %s  %s  %s\n", cli.Plain(a.ResourceID), cli.Plain(a.Type), cli.Plain(a.ID.IBAN),
			cli.Plain(a.Name))
	}
	return nil
}

type aisBalancesCmd struct{ ofAccount }

// Run lists balances.
func (c aisBalancesCmd) Run(env *cli.Environment) error {
	var out struct{ Balances []ais.Balance }
	if printed, err := c.read(env, "/balances", &out); err != nil || printed {
		return err
	}
	for _, b := range out.Balances {
		env.Printf("%s  %s %s  %s\n", cli.Plain(b.Type), b.Amount.Value, cli.Plain(b.Amount.Currency),
			cli.Plain(b.Name))
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
func (c aisTransactionsCmd) Run(env *cli.Environment) error {
	query := url.Values{}
	for name, value := range map[string]string{"from": c.From, "to": c.To, "after": c.After} {
		if value != "" {
			query.Set(name, value)
		}
	}
	for left := c.Limit; left > 0; {
		query.Set("limit", strconv.Itoa(min(left, largestPart)))
		var out struct {
			Transactions []ais.Transaction
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

func printTransaction(env *cli.Environment, t ais.Transaction) {
	day := t.BookingDate
	if day == "" {
		day = t.ExpectedBookingDate
	}
	day, _, _ = strings.Cut(day, "T")
	env.Printf("%-10s  %s  %s %s  %s  %s\n", cli.Plain(day), cli.Plain(t.Status), t.Signed(),
		cli.Plain(t.Amount.Currency),
		cli.Plain(t.EntryReference), cli.Plain(strings.Join(t.Remittance.Lines, " / ")))
}

type aisIdentityCmd struct{ ofConsent }

// Run shows who gave the consent.
func (c aisIdentityCmd) Run(env *cli.Environment) error {
	var who ais.Identity
	if printed, err := c.read(env, "/identity", &who); err != nil || printed {
		return err
	}
	env.Printf("%s\n", cli.Plain(who.FullName))
	return nil
}

type aisBeneficiariesCmd struct{ ofConsent }

// Run lists beneficiaries.
func (c aisBeneficiariesCmd) Run(env *cli.Environment) error {
	var out struct{ Beneficiaries []ais.Beneficiary }
	if printed, err := c.read(env, "/beneficiaries", &out); err != nil || printed {
		return err
	}
	for _, b := range out.Beneficiaries {
		env.Printf("%s  %s  %s\n", cli.Plain(b.ID), cli.Plain(b.Account.IBAN), cli.Plain(b.Name))
	}
	return nil
}
