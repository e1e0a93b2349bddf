package remote

import (
	"cmp"
	"context"
	"strings"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/connector/money"
	"github.com/sealkeeper/sealkeeper/connector/stet"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// consentArgument are the arguments of whatever is read with a consent.
type consentArgument struct {
	cli.Remote
	Consent string `arg:"" help:"Id of the consent."`
}

type accountArgument struct {
	consentArgument
	Account string `arg:"" help:"Resource id of the account."`
}

// absent is a customer who is not there: whoever types a command is somebody else.
var absent stet.Customer

type aisAccountsCmd struct{ consentArgument }

// Run lists accounts.
func (c aisAccountsCmd) Run(env *cli.Environment) error {
	list, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Accounts, error) {
		return s.ListAccounts(ctx, c.Consent, absent)
	})
	if err != nil || c.JSON {
		return err
	}
	for _, a := range list.Accounts {
		env.Printf("%s  %s  %s  %s\n", a.ResourceID, a.Type, a.ID.IBAN, a.Name)
	}
	return nil
}

type aisBalancesCmd struct{ accountArgument }

// Run lists balances.
func (c aisBalancesCmd) Run(env *cli.Environment) error {
	list, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Balances, error) {
		return s.ListBalances(ctx, c.Consent, c.Account, absent)
	})
	if err != nil || c.JSON {
		return err
	}
	for _, b := range list.Balances {
		env.Printf("%s  %s %s  %s\n", b.Type, sum(b.Amount.Value), b.Amount.Currency, b.Name)
	}
	return nil
}

type aisTransactionsCmd struct {
	accountArgument
	From  string `help:"First day." placeholder:"2026-01-31"`
	To    string `help:"Day after the last." placeholder:"2026-02-28"`
	After string `help:"Only what is newer than this entry reference." placeholder:"REF"`
	Limit int    `help:"At most so many." default:"500" placeholder:"N"`
}

// largestPart is the most the service gives in one answer.
const largestPart = 500

// Run lists transactions, part by part until there are enough.
func (c aisTransactionsCmd) Run(env *cli.Environment) error {
	query := client.TransactionQuery{From: c.From, To: c.To, After: c.After}
	for left := c.Limit; left > 0; {
		query.Limit = min(left, largestPart)
		list, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Transactions, error) {
			return s.ListTransactions(ctx, c.Consent, c.Account, query, absent)
		})
		if err != nil || c.JSON {
			return err
		}
		for _, t := range list.Transactions {
			printTransaction(env, t)
		}
		if left -= len(list.Transactions); list.Next == "" {
			return nil
		}
		query.Cursor = list.Next
	}
	return nil
}

// sum is a number, or says that the bank sent none that could be read.
func sum(d money.Decimal) string { return cmp.Or(d.String(), "unreadable") }

func printTransaction(env *cli.Environment, t ais.Transaction) {
	day := t.BookingDate
	if day == "" {
		day = t.ExpectedBookingDate
	}
	day, _, _ = strings.Cut(day, "T")
	env.Printf("%-10s  %s  %s %s  %s  %s\n", day, t.Status, sum(t.Signed()), t.Amount.Currency, t.EntryReference,
		strings.Join(t.Remittance.Lines, " / "))
}

type aisIdentityCmd struct{ consentArgument }

// Run shows who gave the consent.
func (c aisIdentityCmd) Run(env *cli.Environment) error {
	who, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (ais.Identity, error) {
		return s.GetCustomerIdentity(ctx, c.Consent, absent)
	})
	if err != nil || c.JSON {
		return err
	}
	env.Printf("%s\n", who.FullName)
	return nil
}

type aisBeneficiariesCmd struct{ consentArgument }

// Run lists beneficiaries.
func (c aisBeneficiariesCmd) Run(env *cli.Environment) error {
	list, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Beneficiaries, error) {
		return s.ListBeneficiaries(ctx, c.Consent, absent)
	})
	if err != nil || c.JSON {
		return err
	}
	for _, b := range list.Beneficiaries {
		env.Printf("%s  %s  %s\n", b.ID, b.Account.IBAN, b.Name)
	}
	return nil
}
