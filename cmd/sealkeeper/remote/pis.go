package remote

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"

	"github.com/sealkeeper/sealkeeper/internal/cli"
)

// PIS is the commands of payment initiation.
type PIS struct {
	Create  pisCreateCmd  `cmd:"" help:"Send a SEPA transfer to the bank and print where the customer approves it."`
	Return  pisReturnCmd  `cmd:"" help:"Hand over the address the customer's browser came back to; an approved payment is confirmed."`
	Show    pisShowCmd    `cmd:"" help:"Show a payment as the bank sees it now."`
	List    pisListCmd    `cmd:"" help:"List payments as they were known last."`
	Confirm pisConfirmCmd `cmd:"" help:"Have the bank execute a payment the customer has approved."`
	Cancel  pisCancelCmd  `cmd:"" help:"Ask the bank not to execute a payment."`
	Resolve pisResolveCmd `cmd:"" help:"Record what the bank said of an unclear payment."`
}

type pisCreateCmd struct {
	cli.Remote
	Registration string `required:"" help:"Registration whose bank is asked." placeholder:"ID"`
	ID           string `required:"" name:"id" help:"Your id of the payment (paymentInformationId); never give it twice." placeholder:"ID"`
	Kind         string `default:"single" enum:"single,instant,future" help:"${enum}."`
	Amount       string `required:"" help:"In euro." placeholder:"12.50"`
	To           string `required:"" help:"IBAN of the creditor." placeholder:"IBAN"`
	Name         string `required:"" help:"Name of the creditor."`
	Text         string `required:"" help:"The line the creditor reads."`
	From         string `help:"IBAN of the debtor; left out, the customer chooses at the bank." placeholder:"IBAN"`
	BIC          string `name:"bic" help:"BIC of the creditor's bank."`
	Reference    string `help:"End-to-end reference; left out, the id."`
	Day          string `help:"Execution day of a future payment." placeholder:"2006-01-02"`
	RedirectURI  string `name:"redirect-uri" help:"Where the customer comes back to; left out, the application's first." placeholder:"URL"`
}

// Run creates the payment.
func (c pisCreateCmd) Run(env *cli.Environment) error {
	return pay(env, c.Remote, http.MethodPost, "/v1/payments", object{
		"registration_id":        c.Registration,
		"payment_information_id": c.ID,
		"kind":                   c.Kind,
		"amount":                 c.Amount,
		"creditor_iban":          c.To,
		"creditor_name":          c.Name,
		"remittance":             c.Text,
		"debtor_iban":            c.From,
		"creditor_bic":           c.BIC,
		"reference":              c.Reference,
		"execution_date":         c.Day,
		"redirect_uri":           c.RedirectURI,
	})
}

type pisReturnCmd struct {
	cli.Remote
	Address string `arg:"" help:"The whole address, or - to read it from the standard input."`
}

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
			"That is not an address with a state in it; copy it whole from the browser.")
	}
	query := back.Query()
	return pay(env, c.Remote, http.MethodPost, "/v1/payments/returns", object{
		"state": query.Get("state"),
		"code":  query.Get("code"),
		"error": query.Get("error"),
	})
}

type pisShowCmd struct {
	cli.Remote
	Payment string `arg:"" help:"Id of the payment here."`
}

// Run shows the payment.
func (c pisShowCmd) Run(env *cli.Environment) error {
	return pay(env, c.Remote, http.MethodGet, "/v1/payments/"+url.PathEscape(c.Payment), nil)
}

type pisConfirmCmd struct {
	cli.Remote
	Payment string `arg:"" help:"Id of the payment here."`
}

// Run confirms the payment.
func (c pisConfirmCmd) Run(env *cli.Environment) error {
	return pay(env, c.Remote, http.MethodPost, "/v1/payments/"+url.PathEscape(c.Payment)+"/confirm", nil)
}

type pisCancelCmd struct {
	cli.Remote
	Payment string `arg:"" help:"Id of the payment here."`
	Reason  string `required:"" enum:"DS02,DUPL,FRAD,TECH" help:"DS02 (the customer's order), DUPL (duplicate), FRAD (fraud) or TECH (technical mistake)."`
}

// Run cancels the payment.
func (c pisCancelCmd) Run(env *cli.Environment) error {
	return pay(env, c.Remote, http.MethodPost, "/v1/payments/"+url.PathEscape(c.Payment)+"/cancel",
		object{"reason": c.Reason})
}

type pisResolveCmd struct {
	cli.Remote
	Payment string `arg:"" help:"Id of the payment here."`
	BankID  string `name:"bank-id" help:"The bank's id of it; left out: the bank does not have it." placeholder:"ID"`
	Reason  string `required:"" help:"Who was asked and what they said."`
}

// Run resolves the payment.
func (c pisResolveCmd) Run(env *cli.Environment) error {
	return pay(env, c.Remote, http.MethodPost, "/v1/payments/"+url.PathEscape(c.Payment)+"/resolve",
		object{"at_bank": c.BankID != "", "resource_id": c.BankID, "reason": c.Reason})
}

type pisListCmd struct {
	cli.Remote
	Registration string `help:"Only those of this registration." placeholder:"ID"`
}

// Run lists the payments.
func (c pisListCmd) Run(env *cli.Environment) error {
	var all []shownPayment
	printed, err := c.Call(env, http.MethodGet,
		"/v1/payments?"+url.Values{"registration_id": {c.Registration}}.Encode(), nil, &all)
	if err != nil || printed {
		return err
	}
	table := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', 0)
	for _, p := range all {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s %s\t%s\t%s\t%s\n", p.ID, cli.Plain(p.PaymentInformationID), p.Amount,
			p.Currency, cli.Plain(p.CreditorName), p.State, cli.Plain(p.Status))
	}
	return table.Flush()
}

// shownPayment is the part of a payment that a terminal shows.
type shownPayment struct {
	ID                   string
	PaymentInformationID string `json:"payment_information_id"`
	Amount, Currency     string
	CreditorName         string `json:"creditor_name"`
	State, Status        string
	StatusMeaning        string `json:"status_meaning"`
	Reason               string
	ReasonMeaning        string `json:"reason_meaning"`
	ConsentURL           string `json:"consent_url"`
	CancelURL            string `json:"cancel_url"`
	ExecuteAt            string `json:"execute_at"`
	ConfirmBy            string `json:"confirm_by"`
	Moved                bool
	Failure              string
}

// pay makes a call that answers with a payment, and shows it.
func pay(env *cli.Environment, r cli.Remote, method, path string, in object) error {
	var body any
	if in != nil {
		body = in
	}
	var p shownPayment
	printed, err := r.Call(env, method, path, body, &p)
	if err != nil || printed {
		return err
	}
	table := tabwriter.NewWriter(env.Out, 0, 0, 2, ' ', 0)
	for _, row := range [][2]string{
		{"payment", p.ID},
		{"your id", p.PaymentInformationID},
		{"amount", p.Amount + " " + p.Currency},
		{"to", p.CreditorName},
		{"state", p.State},
		{"bank says", strings.TrimSpace(p.Status + " " + p.StatusMeaning)},
		{"reason", strings.TrimSpace(p.Reason + " " + p.ReasonMeaning)},
		{"executed", p.ExecuteAt + map[bool]string{true: " (the next business day)"}[p.Moved]},
		{"confirm by", p.ConfirmBy},
		{"problem", p.Failure},
		{"approve at", map[bool]string{true: p.ConsentURL}[p.State == "created"]},
		{"approve the cancellation at", p.CancelURL},
	} {
		if row[1] != "" {
			_, _ = fmt.Fprintf(table, "%s\t%s\n", row[0], cli.Plain(row[1]))
		}
	}
	return table.Flush()
}
