// Package journey does the whole main job through the HTTP API, as a program would:
// from the upload of two certificates to a customer's transactions.
package journey

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/connector/stet"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/lab/bank/customer"
	"github.com/sealkeeper/sealkeeper/lab/dev"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Journey does the main job; what it made is in its ids.
type Journey struct {
	Client  *client.Client
	Samples dev.Samples
	Bank    dev.Bank

	redirectURI string

	Organization, Application, Registration string // ids
	QWAC, QSealC                            string
	Consent, Account                        string
}

// New returns a journey at a service, with the certificates and the bank's credentials that it takes along.
func New(service client.Config, samples dev.Samples, bank dev.Bank) (*Journey, error) {
	c, err := client.New(service)
	return &Journey{Client: c, Samples: samples, Bank: bank, redirectURI: service.URL + "/callback"}, err
}

// Step is one part of the journey. Do returns what to tell the user.
type Step struct {
	Name string
	Do   func(ctx context.Context) (string, error)
}

// Institution is where the journey goes.
const Institution = "soc-gen-personal-sandbox"

// Steps are the main job, in order.
func (j *Journey) Steps() []Step {
	return []Step{
		{"upload the QWAC", j.uploadQWAC},
		{"upload the QSealC", j.uploadQSealC},
		{"record organization and application", j.recordFirm},
		{"register at " + Institution, j.register},
		{"do the bank's checklist", j.doChecklist},
		{"save the bundle as a draft", j.saveBundle},
		{"see that it cannot be activated untested", j.activateTooEarly},
		{"test the connection", j.test},
		{"activate the bundle", j.activate},
		{"sign in at the bank and consent", j.Authorize},
		{"fetch the accounts over mTLS", j.Accounts},
		{"fetch the transactions of the first", j.transactions},
	}
}

func (j *Journey) uploadQWAC(ctx context.Context) (string, error) {
	id, told, err := j.Upload(ctx, "", j.Samples.QWACPEM, j.Samples.QWACKey)
	j.QWAC = id
	return told, err
}

func (j *Journey) uploadQSealC(ctx context.Context) (string, error) {
	id, told, err := j.Upload(ctx, j.Samples.Passphrase, j.Samples.QSealCP12)
	j.QSealC = id
	return told, err
}

// Upload uploads files as one upload, and returns the id of the certificate in it.
func (j *Journey) Upload(ctx context.Context, passphrase string, paths ...string) (id, told string, err error) {
	files := client.Files{Passphrase: secret.NewTextString(passphrase)}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return "", "", err
		}
		files.Files = append(files.Files, certs.File{Name: filepath.Base(path), Data: data})
	}
	stored, err := j.Client.ImportCertificates(ctx, files)
	if err != nil {
		return "", "", err
	}
	if len(stored) != 1 {
		return "", "", fmt.Errorf("%d certificates were stored instead of 1", len(stored))
	}
	c := stored[0]
	return c.ID, fmt.Sprintf("%s of %s, key in %s custody, %s", c.Kind, c.OrganizationIdentifier, c.Custody,
		cli.Counted(len(c.Findings), "finding", "findings")), nil
}

func (j *Journey) recordFirm(ctx context.Context) (string, error) {
	organization, err := j.Client.AddOrganization(ctx, api.NewOrganization{
		LegalName:              "Exemple Paiement SAS",
		Country:                "FR",
		OrganizationIdentifier: dev.Organization,
		ContactEmail:           "psd2@exemple-paiement.example",
	})
	if err != nil {
		return "", err
	}
	j.Organization = organization.ID
	application, err := j.Client.AddApplication(ctx, api.NewApplication{
		OrganizationID: j.Organization,
		Name:           "Exemple Budget",
		RedirectURIs:   []string{j.redirectURI},
		ClientURI:      "https://exemple-paiement.example",
		TermsURI:       "https://exemple-paiement.example/terms",
	})
	j.Application = application.ID
	return dev.Organization, err
}

func (j *Journey) register(ctx context.Context) (string, error) {
	made, err := j.Client.Register(ctx, api.NewRegistration{ApplicationID: j.Application, InstitutionID: Institution})
	j.Registration = made.ID
	return "registration " + made.ID, err
}

func (j *Journey) doChecklist(ctx context.Context) (string, error) {
	registration, err := j.Client.GetRegistration(ctx, j.Registration)
	if err != nil {
		return "", err
	}
	done, ticked := api.StepDone, 0
	for _, s := range registration.Steps {
		if s.Checked { // by the program
			continue
		}
		if _, err := j.Client.SetStep(ctx, j.Registration, s.ID, api.StepEdit{State: &done}); err != nil {
			return "", err
		}
		ticked++
	}
	return fmt.Sprintf("%s ticked, %d checked by the program", cli.Counted(ticked, "step", "steps"),
		len(registration.Steps)-ticked), nil
}

func (j *Journey) saveBundle(ctx context.Context) (string, error) {
	_, err := j.Client.SaveBundle(ctx, j.Registration, api.NewBundle{
		QWACID:       j.QWAC,
		QSealCID:     j.QSealC,
		ClientID:     j.Bank.ClientID,
		ClientSecret: secret.NewTextString(j.Bank.ClientSecret),
	})
	return "version 1, nothing has changed at the bank", err
}

func (j *Journey) activateTooEarly(ctx context.Context) (string, error) {
	_, err := j.Client.ActivateBundle(ctx, j.Registration, 1, api.ChangeRequest{})
	if err == nil {
		return "", fmt.Errorf("it was activated")
	}
	_, code, sentence := fault.Public(err)
	return code + ": " + sentence, nil
}

func (j *Journey) test(ctx context.Context) (string, error) {
	report, err := j.Client.TestConnection(ctx, j.Registration)
	if err != nil {
		return "", err
	}
	if !report.Passed {
		return "", fmt.Errorf("%s", report.Detail)
	}
	return report.Detail, nil
}

func (j *Journey) activate(ctx context.Context) (string, error) {
	result, err := j.Client.ActivateBundle(ctx, j.Registration, 1, api.ChangeRequest{})
	if err != nil {
		return "", err
	}
	if !result.Activated || !result.Registration.Ready {
		return "", fmt.Errorf("the registration is not ready")
	}
	return "the registration is ready", nil
}

// Authorize is the customer who signs in at the bank and consents.
func (j *Journey) Authorize(ctx context.Context) (string, error) {
	started, err := j.Client.StartConsent(ctx, api.NewConsent{RegistrationID: j.Registration, Customer: "demo"})
	if err != nil {
		return "", err
	}
	address, err := customer.Approve(ctx, started.AuthorizeURL, "55000002", "111111")
	if err != nil {
		return "", err
	}
	back := oauth.ReadReturn(address.Query())
	if back.Code == "" || back.State != started.State {
		return "", fmt.Errorf("the bank sent no code")
	}
	given, err := j.Client.CompleteConsent(ctx, api.ConsentReturn(back))
	if err != nil {
		return "", err
	}
	if given.ExpiresAt == nil {
		return "", fmt.Errorf("the consent has no end")
	}
	j.Consent = given.ID
	return "the consent lasts until " + given.ExpiresAt.Format(time.DateOnly) + ", its tokens are in custody", nil
}

// Accounts fetches the accounts of the consent.
func (j *Journey) Accounts(ctx context.Context) (string, error) {
	list, err := j.Client.ListAccounts(ctx, j.Consent, stet.Customer{})
	if err != nil {
		return "", err
	}
	if len(list.Accounts) == 0 {
		return "", fmt.Errorf("the bank gave no accounts")
	}
	j.Account = list.Accounts[0].ResourceID
	var told strings.Builder
	told.WriteString(cli.Counted(len(list.Accounts), "account", "accounts"))
	for _, a := range list.Accounts {
		told.WriteString("; " + a.Name)
		for _, b := range a.Balances {
			told.WriteString(" " + b.Amount.Value.String() + " " + b.Amount.Currency)
		}
	}
	return told.String(), nil
}

func (j *Journey) transactions(ctx context.Context) (string, error) {
	list, err := j.Client.ListTransactions(ctx, j.Consent, j.Account, client.TransactionQuery{}, stet.Customer{})
	return cli.Counted(len(list.Transactions), "transaction", "transactions"), err
}

// Walk does the steps until one fails, and prints how each went.
func Walk(ctx context.Context, out io.Writer, steps []Step) error {
	for i, s := range steps {
		start := time.Now()
		told, err := s.Do(ctx)
		if err != nil {
			_, _ = fmt.Fprintf(out, "%2d. FAILED  %s: %v\n", i+1, s.Name, err)
			return err
		}
		took := time.Since(start).Round(time.Millisecond)
		_, _ = fmt.Fprintf(out, "%2d. ok      %s (%s): %s\n", i+1, s.Name, took, told)
	}
	return nil
}
