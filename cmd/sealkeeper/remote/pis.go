package remote

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// PIS is the commands of payment initiation.
type PIS struct {
	Create  pisCreateCmd  `cmd:"" help:"Send a SEPA transfer to the bank and print where the customer approves it."`
	Return  pisReturnCmd  `cmd:"" help:"Pass on the address the customer's browser came back to."`
	Show    pisShowCmd    `cmd:"" help:"Show a payment as the bank sees it now."`
	List    pisListCmd    `cmd:"" help:"List payments as they were known last."`
	Confirm pisConfirmCmd `cmd:"" help:"Have the bank execute a payment the customer has approved."`
	Cancel  pisCancelCmd  `cmd:"" help:"Ask the bank not to execute a payment."`
	Resolve pisResolveCmd `cmd:"" help:"Record what the bank said about an unclear payment."`
}

type pisCreateCmd struct {
	cli.Remote
	Registration string `required:"" help:"Registration whose bank is asked." placeholder:"ID"`

	ID     string `required:"" name:"id" help:"Your id of the payment; never give it twice." placeholder:"ID"`
	Kind   string `default:"single" enum:"single,instant,future" help:"${enum}."`
	Amount string `required:"" help:"In euro." placeholder:"12.50"`
	To     string `required:"" help:"IBAN of the creditor." placeholder:"IBAN"`
	Name   string `required:"" help:"Name of the creditor."`
	Text   string `required:"" help:"The line the creditor reads."`

	From        string `help:"IBAN of the debtor; left out, the customer chooses at the bank." placeholder:"IBAN"`
	BIC         string `name:"bic" help:"BIC of the creditor's bank."`
	Reference   string `help:"End-to-end reference; left out, the id."`
	Day         string `help:"Execution day of a future payment." placeholder:"2006-01-02"`
	RedirectURI string `name:"redirect-uri" help:"One of the application's; else the first." placeholder:"URL"`
}

// Help is printed below the first line of help.
func (pisCreateCmd) Help() string {
	return "The id goes to the bank as paymentInformationId. The customer comes back to the redirect URI."
}

// Run creates the payment.
func (c pisCreateCmd) Run(env *cli.Environment) error {
	return pay(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Payment, error) {
		return s.CreatePayment(ctx, api.NewPayment{
			RegistrationID:       c.Registration,
			PaymentInformationID: c.ID,
			Kind:                 pis.Kind(c.Kind),
			Amount:               api.Amount(c.Amount),
			CreditorIBAN:         c.To,
			CreditorName:         c.Name,
			Remittance:           c.Text,
			DebtorIBAN:           c.From,
			CreditorBIC:          c.BIC,
			Reference:            c.Reference,
			ExecutionDate:        c.Day,
			RedirectURI:          c.RedirectURI,
		})
	})
}

type pisReturnCmd struct {
	cli.Remote
	Address string `arg:"" help:"The whole address, or - to read it from the standard input."`
}

// Help is printed below the first line of help.
func (pisReturnCmd) Help() string { return "A payment that the customer has approved is confirmed." }

// Run completes the payment.
func (c pisReturnCmd) Run(env *cli.Environment) error {
	address := c.Address
	if address == "-" {
		text, err := env.Input("-")
		if err != nil {
			return err
		}
		address = strings.TrimSpace(string(text))
	}
	back, err := url.Parse(address)
	if err != nil || back.Query().Get("state") == "" {
		return cli.Invalid("return_invalid",
			"That address has no state in it; copy the whole address from the browser.")
	}
	query := back.Query()
	return pay(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Payment, error) {
		return s.CompletePayment(ctx, api.PaymentReturn{
			State: query.Get("state"),
			Code:  query.Get("code"),
			Error: query.Get("error"),
		})
	})
}

// paymentArgument are the arguments of whatever is done with one payment.
type paymentArgument struct {
	cli.Remote
	Payment string `arg:"" help:"Id of the payment here."`
}

type pisShowCmd struct{ paymentArgument }

// Run shows the payment.
func (c pisShowCmd) Run(env *cli.Environment) error {
	return pay(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Payment, error) {
		return s.GetPayment(ctx, c.Payment)
	})
}

type pisConfirmCmd struct{ paymentArgument }

// Run confirms the payment.
func (c pisConfirmCmd) Run(env *cli.Environment) error {
	return pay(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Payment, error) {
		return s.ConfirmPayment(ctx, c.Payment)
	})
}

type pisCancelCmd struct {
	paymentArgument
	Reason string `required:"" enum:"DS02,DUPL,FRAD,TECH" help:"${enum}."`
}

// Help is printed below the first line of help.
func (pisCancelCmd) Help() string {
	return "The reasons: DS02 (the customer's order), DUPL (duplicate), FRAD (fraud), TECH (technical mistake)."
}

// Run cancels the payment.
func (c pisCancelCmd) Run(env *cli.Environment) error {
	return pay(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Payment, error) {
		return s.CancelPayment(ctx, c.Payment, api.CancelPayment{Reason: pis.Reason(c.Reason)})
	})
}

type pisResolveCmd struct {
	paymentArgument
	BankID string `name:"bank-id" help:"The bank's id of it; left out: the bank does not have it." placeholder:"ID"`
	Reason string `required:"" help:"Who was asked and what they said."`
}

// Run resolves the payment.
func (c pisResolveCmd) Run(env *cli.Environment) error {
	return pay(env, c.Remote, func(ctx context.Context, s *client.Client) (api.Payment, error) {
		return s.ResolvePayment(ctx, c.Payment, api.ResolvePayment{
			AtBank:     c.BankID != "",
			ResourceID: c.BankID,
			Reason:     c.Reason,
		})
	})
}

type pisListCmd struct {
	cli.Remote
	cli.Listing
	Registration string `help:"Only those of this registration." placeholder:"ID"`
	ID           string `name:"id" help:"Only the one of which this is your id." placeholder:"ID"`
}

// Run lists the payments.
func (c pisListCmd) Run(env *cli.Environment) error {
	return cli.List(env, c.Remote, cli.Searching{Listing: c.Listing},
		func(ctx context.Context, s *client.Client, from client.Listing) (api.Page[api.Payment], error) {
			return s.ListPayments(ctx, client.PaymentFilter{
				Listing:              from,
				RegistrationID:       c.Registration,
				PaymentInformationID: c.ID,
			})
		}, func(p api.Payment) []string {
			return []string{
				p.ID,
				p.PaymentInformationID,
				p.Amount.String() + " " + p.Currency,
				p.CreditorName,
				string(p.State),
				string(p.Status),
			}
		})
}

// pay makes a call that answers with a payment, and shows it.
func pay(
	env *cli.Environment, r cli.Remote, ask func(context.Context, *client.Client) (api.Payment, error),
) error {
	p, err := cli.Ask(env, r, ask)
	if err != nil || r.JSON {
		return err
	}
	rows := [][]string{
		{"payment", p.ID},
		{"your id", p.PaymentInformationID},
		{"amount", p.Amount.String() + " " + p.Currency},
		{"to", p.CreditorName},
		{"state", string(p.State)},
		{"bank says", strings.TrimSpace(string(p.Status) + " " + p.StatusMeaning)},
		{"reason", strings.TrimSpace(string(p.Reason) + " " + p.ReasonMeaning)},
		{"executed", at(p.ExecuteAt) + map[bool]string{true: " (the next business day)"}[p.Moved]},
		{"confirm by", at(p.ConfirmBy)},
		{"problem", p.Failure},
		{"approve at", map[bool]string{true: p.ConsentURL}[p.State == api.PaymentCreated]},
		{"approve the cancellation at", p.CancelURL},
	}
	return env.Table(slices.DeleteFunc(rows, func(row []string) bool { return row[1] == "" }))
}

// at writes a time as the service does; nothing for none.
func at(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}
