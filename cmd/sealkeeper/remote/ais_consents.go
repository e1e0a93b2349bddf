package remote

import (
	"bytes"
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// AIS are the commands of account information. They speak to a running
// service, whose token says who asks.
type AIS struct {
	Consents      aisConsentsCmd      `cmd:"" help:"Begin, complete, list and give up consents."`
	Accounts      aisAccountsCmd      `cmd:"" help:"The accounts of a consent."`
	Balances      aisBalancesCmd      `cmd:"" help:"The balances of an account."`
	Transactions  aisTransactionsCmd  `cmd:"" help:"The transactions of an account."`
	Identity      aisIdentityCmd      `cmd:"" help:"Who gave a consent."`
	Beneficiaries aisBeneficiariesCmd `cmd:"" help:"Whom the customer has registered at the bank as a payee."`
}

type aisConsentsCmd struct {
	List     consentListCmd     `cmd:"" help:"List consents, the newest first."`
	Show     consentShowCmd     `cmd:"" help:"Show one consent."`
	Start    consentStartCmd    `cmd:"" help:"Begin a consent and print the bank's address for the customer's browser."`
	Complete consentCompleteCmd `cmd:"" help:"Give in the address the customer's browser came back to."`
	Revoke   consentRevokeCmd   `cmd:"" help:"Give a consent up; its tokens are deleted."`
}

func printConsent(env *cli.Environment, c api.Consent) {
	env.Printf("%s  %-8s  %s", c.ID, c.State, c.InstitutionID)
	if c.Customer != "" {
		env.Printf(", customer %s", c.Customer)
	}
	if c.ExpiresAt != nil {
		env.Printf(", until %s", c.ExpiresAt.Format(time.RFC3339))
	}
	if c.Reason != "" {
		env.Printf(" (%s)", c.Reason)
	}
	env.Printf("\n")
}

type consentListCmd struct {
	cli.Remote
	cli.Listing
	Registration string `help:"Only of this registration." placeholder:"ID"`
	Customer     string `help:"Only of this customer, by your own reference." placeholder:"REF"`
	ExpiringDays int    `help:"Only active ones that end within so many days." default:"-1" placeholder:"DAYS"`
}

// Run lists consents.
func (c consentListCmd) Run(env *cli.Environment) error {
	filter := client.ConsentFilter{RegistrationID: c.Registration, Customer: c.Customer}
	if c.ExpiringDays >= 0 {
		filter.ExpiringDays = &c.ExpiringDays
	}
	return cli.List(env, c.Remote, cli.Searching{Listing: c.Listing},
		func(ctx context.Context, s *client.Client, from client.Listing) (api.Page[api.Consent], error) {
			filter.Listing = from
			return s.ListConsents(ctx, filter)
		}, consentLine)
}

func consentLine(c api.Consent) []string {
	until := ""
	if c.ExpiresAt != nil {
		until = "until " + c.ExpiresAt.Format(time.RFC3339)
	}
	return []string{c.ID, string(c.State), c.InstitutionID, c.Customer, until, c.Reason}
}

// consent makes a call that answers with a consent, and shows it.
func consent(
	env *cli.Environment, r cli.Remote, ask func(context.Context, *client.Client) (api.Consent, error),
) error {
	one, err := cli.Ask(env, r, ask)
	if err != nil || r.JSON {
		return err
	}
	printConsent(env, one)
	return nil
}

type consentShowCmd struct {
	cli.Remote
	ID string `arg:"" help:"Id of the consent."`
}

// Run shows one consent.
func (c consentShowCmd) Run(env *cli.Environment) error {
	return consent(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Consent, error) {
		return s.GetConsent(ctx, c.ID)
	})
}

type consentStartCmd struct {
	cli.Remote
	Registration string `arg:"" help:"Id of the registration."`
	Customer     string `help:"Your own reference for the customer; not a name." placeholder:"REF"`
	RedirectURI  string `help:"One of the application's; else the first." placeholder:"URL"`
}

// Run begins a consent.
func (c consentStartCmd) Run(env *cli.Environment) error {
	started, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.ConsentStart, error) {
		return s.StartConsent(ctx, api.NewConsent{
			RegistrationID: c.Registration,
			Customer:       c.Customer,
			RedirectURI:    c.RedirectURI,
		})
	})
	if err != nil || c.JSON {
		return err
	}
	env.Printf("%s\n%s\n", started.Consent.ID, started.AuthorizeURL)
	return nil
}

type consentCompleteCmd struct {
	cli.Remote
	File string `arg:"" default:"-" help:"File with the address; - is standard input." placeholder:"FILE"`
}

// Help is printed below the first line of help.
func (consentCompleteCmd) Help() string {
	return "The address is never an argument: it holds a code, which is a secret."
}

// Run completes a consent.
func (c consentCompleteCmd) Run(env *cli.Environment) error {
	text, err := env.Input(c.File)
	if err != nil {
		return cli.Invalid("address_file", "The file %s cannot be read.", c.File)
	}
	defer clear(text)
	address, err := url.Parse(string(bytes.TrimSpace(text)))
	if err != nil || !strings.Contains(address.RawQuery, "state=") {
		return cli.Invalid("address_invalid",
			"This is not the address of a browser that came back from a bank: it has no state.")
	}
	back := api.ConsentReturn(oauth.ReadReturn(address.Query()))
	return consent(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Consent, error) {
		return s.CompleteConsent(ctx, back)
	})
}

type consentRevokeCmd struct {
	cli.Remote
	ID string `arg:"" help:"Id of the consent."`
}

// Run gives a consent up.
func (c consentRevokeCmd) Run(env *cli.Environment) error {
	return consent(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Consent, error) {
		return s.RevokeConsent(ctx, c.ID)
	})
}
