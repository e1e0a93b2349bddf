package remote

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/internal/cli"
)

// AIS are the commands of account information. They speak to a running
// service, whose token says who asks.
type AIS struct {
	Consents      aisConsentsCmd      `cmd:"" help:"Begin, complete, list and give up consents."`
	Accounts      aisAccountsCmd      `cmd:"" help:"The accounts of a consent."`
	Balances      aisBalancesCmd      `cmd:"" help:"The balances of an account."`
	Transactions  aisTransactionsCmd  `cmd:"" help:"The transactions of an account."`
	Identity      aisIdentityCmd      `cmd:"" help:"Who gave a consent."`
	Beneficiaries aisBeneficiariesCmd `cmd:"" help:"Whom the customer has recorded at the bank to pay to."`
}

type aisConsentsCmd struct {
	List     consentListCmd     `cmd:"" help:"List consents, newest first."`
	Show     consentShowCmd     `cmd:"" help:"Show one consent."`
	Start    consentStartCmd    `cmd:"" help:"Begin a consent and print the bank's address for the customer's browser."`
	Complete consentCompleteCmd `cmd:"" help:"Give in the address the customer's browser came back to."`
	Revoke   consentRevokeCmd   `cmd:"" help:"Give a consent up; its tokens are deleted."`
}

// consentOutput is what people see of a consent.
type consentOutput struct {
	ID            string     `json:"id"`
	InstitutionID string     `json:"institution_id"`
	Customer      string     `json:"customer"`
	State         string     `json:"state"`
	Reason        string     `json:"reason"`
	ExpiresAt     *time.Time `json:"expires_at"`
}

func (c consentOutput) print(env *cli.Environment) {
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
	Registration string `help:"Only of this registration." placeholder:"ID"`
	Customer     string `help:"Only of this customer, by your own reference." placeholder:"REF"`
	ExpiringDays int    `help:"Only active ones that end within so many days." default:"-1" placeholder:"DAYS"`
}

// Run lists consents.
func (c consentListCmd) Run(env *cli.Environment) error {
	query := url.Values{}
	for name, value := range map[string]string{"registration_id": c.Registration, "customer": c.Customer} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if c.ExpiringDays >= 0 {
		query.Set("expiring_days", strconv.Itoa(c.ExpiringDays))
	}
	var all []consentOutput
	if printed, err := c.Call(env, http.MethodGet, "/v1/consents?"+query.Encode(), nil, &all); err != nil || printed {
		return err
	}
	for _, one := range all {
		one.print(env)
	}
	return nil
}

type consentShowCmd struct {
	cli.Remote
	ID string `arg:"" help:"Id of the consent."`
}

// Run shows one consent.
func (c consentShowCmd) Run(env *cli.Environment) error {
	return one(env, c.Remote, http.MethodGet, "/v1/consents/"+url.PathEscape(c.ID), nil)
}

func one(env *cli.Environment, r cli.Remote, method, path string, in any) error {
	var one consentOutput
	if printed, err := r.Call(env, method, path, in, &one); err != nil || printed {
		return err
	}
	one.print(env)
	return nil
}

type consentStartCmd struct {
	cli.Remote
	Registration string `arg:"" help:"Id of the registration."`
	Customer     string `help:"Your own reference to the customer; no name." placeholder:"REF"`
	RedirectURI  string `help:"One of the application's; else the first." placeholder:"URL"`
}

// Run begins a consent.
func (c consentStartCmd) Run(env *cli.Environment) error {
	var started struct {
		Consent      consentOutput `json:"consent"`
		AuthorizeURL string        `json:"authorize_url"`
	}
	in := map[string]string{"registration_id": c.Registration, "customer": c.Customer, "redirect_uri": c.RedirectURI}
	if printed, err := c.Call(env, http.MethodPost, "/v1/consents", in, &started); err != nil || printed {
		return err
	}
	env.Printf("%s\n%s\n", started.Consent.ID, started.AuthorizeURL)
	return nil
}

type consentCompleteCmd struct {
	cli.Remote
	File string `arg:"" default:"-" help:"File with the address the browser came back to, or - for standard input: it holds a code, which is a secret." placeholder:"FILE"`
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
	back := oauth.ReadReturn(address.Query())
	return one(env, c.Remote, http.MethodPost, "/v1/consents/callback",
		map[string]string{
			"state":             back.State,
			"code":              back.Code,
			"error":             back.Error,
			"error_description": back.Description,
		})
}

type consentRevokeCmd struct {
	cli.Remote
	ID string `arg:"" help:"Id of the consent."`
}

// Run gives a consent up.
func (c consentRevokeCmd) Run(env *cli.Environment) error {
	return one(env, c.Remote, http.MethodDelete, "/v1/consents/"+url.PathEscape(c.ID), nil)
}
