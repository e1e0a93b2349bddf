// Package journey does the whole main job through the HTTP API, as a program would:
// from the upload of two certificates to a customer's transactions.
package journey

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/lab/bank/customer"
	"github.com/sealkeeper/sealkeeper/lab/dev"
)

// Journey does the main job; what it made is in its ids.
type Journey struct {
	Client  *http.Client
	URL     string
	Token   string
	Samples dev.Samples
	Bank    dev.Bank

	Organization, Application, Registration string // ids
	QWAC, QSealC                            string
	Consent, Account                        string
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
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return "", "", err
		}
		part, err := form.CreateFormFile("files", filepath.Base(path))
		if err != nil {
			return "", "", err
		}
		_, _ = part.Write(data) // a bytes.Buffer takes everything
	}
	if err := form.WriteField("passphrase", passphrase); err != nil {
		return "", "", err
	}
	if err := form.Close(); err != nil {
		return "", "", err
	}
	var stored []struct {
		ID                     string `json:"id"`
		Kind                   string `json:"kind"`
		OrganizationIdentifier string `json:"organization_identifier"`
		Custody                string `json:"custody"`
		Findings               []any  `json:"findings"`
	}
	if err := j.Send(ctx, http.MethodPost, "/v1/certificates", form.FormDataContentType(), &body, &stored); err != nil {
		return "", "", err
	}
	if len(stored) != 1 {
		return "", "", fmt.Errorf("%d certificates were stored instead of 1", len(stored))
	}
	c := stored[0]
	return c.ID, fmt.Sprintf("%s of %s, key in %s custody, %s", c.Kind, c.OrganizationIdentifier, c.Custody,
		cli.Counted(len(c.Findings), "finding", "findings")), nil
}

type object map[string]any

func (j *Journey) recordFirm(ctx context.Context) (string, error) {
	var made struct{ ID string }
	err := j.Call(ctx, http.MethodPost, "/v1/organizations", object{
		"legal_name":              "Exemple Paiement SAS",
		"country":                 "FR",
		"organization_identifier": dev.Organization,
		"contact_email":           "psd2@exemple-paiement.example",
	}, &made)
	if err != nil {
		return "", err
	}
	j.Organization = made.ID
	err = j.Call(ctx, http.MethodPost, "/v1/applications", object{
		"organization_id": j.Organization,
		"name":            "Exemple Budget",
		"redirect_uris":   []string{j.URL + "/callback"},
		"client_uri":      "https://exemple-paiement.example",
		"terms_uri":       "https://exemple-paiement.example/terms",
	}, &made)
	j.Application = made.ID
	return dev.Organization, err
}

func (j *Journey) register(ctx context.Context) (string, error) {
	var made struct{ ID string }
	err := j.Call(ctx, http.MethodPost, "/v1/registrations", object{
		"application_id": j.Application,
		"institution_id": Institution,
	}, &made)
	j.Registration = made.ID
	return "registration " + made.ID, err
}

func (j *Journey) doChecklist(ctx context.Context) (string, error) {
	var view struct {
		Steps []struct {
			ID      string
			Checked bool
		}
	}
	if err := j.Call(ctx, http.MethodGet, j.path(""), nil, &view); err != nil {
		return "", err
	}
	ticked := 0
	for _, s := range view.Steps {
		if s.Checked { // by the program
			continue
		}
		if err := j.Call(ctx, http.MethodPut, j.path("/steps/"+s.ID), object{"state": "done"}, nil); err != nil {
			return "", err
		}
		ticked++
	}
	return fmt.Sprintf("%s ticked, %d checked by the program", cli.Counted(ticked, "step", "steps"),
		len(view.Steps)-ticked), nil
}

func (j *Journey) saveBundle(ctx context.Context) (string, error) {
	err := j.Call(ctx, http.MethodPut, j.path("/bundle"), object{
		"qwac_id":       j.QWAC,
		"qsealc_id":     j.QSealC,
		"client_id":     j.Bank.ClientID,
		"client_secret": j.Bank.ClientSecret,
	}, nil)
	return "version 1, nothing has changed at the bank", err
}

func (j *Journey) activateTooEarly(ctx context.Context) (string, error) {
	err := j.Call(ctx, http.MethodPost, j.path("/bundles/1/activate"), object{}, nil)
	if err == nil {
		return "", fmt.Errorf("it was activated")
	}
	return err.Error(), nil
}

func (j *Journey) test(ctx context.Context) (string, error) {
	var report struct {
		Passed bool
		Detail string
	}
	if err := j.Call(ctx, http.MethodPost, j.path("/test"), object{}, &report); err != nil {
		return "", err
	}
	if !report.Passed {
		return "", fmt.Errorf("%s", report.Detail)
	}
	return report.Detail, nil
}

func (j *Journey) activate(ctx context.Context) (string, error) {
	var result struct {
		Activated    bool
		Registration struct{ Ready bool }
	}
	if err := j.Call(ctx, http.MethodPost, j.path("/bundles/1/activate"), object{}, &result); err != nil {
		return "", err
	}
	if !result.Activated || !result.Registration.Ready {
		return "", fmt.Errorf("the registration is not ready")
	}
	return "the registration is ready", nil
}

// Authorize is the customer who signs in at the bank and consents.
func (j *Journey) Authorize(ctx context.Context) (string, error) {
	var started struct {
		AuthorizeURL string `json:"authorize_url"`
		State        string `json:"state"`
	}
	if err := j.Call(ctx, http.MethodPost, "/v1/consents", object{
		"registration_id": j.Registration,
		"customer":        "demo",
	}, &started); err != nil {
		return "", err
	}
	back, err := customer.Approve(ctx, started.AuthorizeURL, "55000002", "111111")
	if err != nil {
		return "", err
	}
	state, code := back.Query().Get("state"), back.Query().Get("code")
	if code == "" || state != started.State {
		return "", fmt.Errorf("the bank sent no code")
	}
	var given struct {
		ID        string    `json:"id"`
		ExpiresAt time.Time `json:"expires_at"`
	}
	if err := j.Call(ctx, http.MethodPost, "/v1/consents/callback", object{
		"state": state,
		"code":  code,
	}, &given); err != nil {
		return "", err
	}
	j.Consent = given.ID
	return "the consent lasts until " + given.ExpiresAt.Format(time.DateOnly) + ", its tokens are in custody", nil
}

// Accounts fetches the accounts of the consent.
func (j *Journey) Accounts(ctx context.Context) (string, error) {
	var result struct {
		Accounts []struct {
			ResourceID string `json:"resourceId"`
			Name       string
			Balances   []struct {
				Amount struct{ Amount, Currency string } `json:"balanceAmount"`
			}
		}
	}
	if err := j.Call(ctx, http.MethodGet, "/v1/consents/"+j.Consent+"/accounts", nil, &result); err != nil {
		return "", err
	}
	if len(result.Accounts) == 0 {
		return "", fmt.Errorf("the bank gave no accounts")
	}
	j.Account = result.Accounts[0].ResourceID
	var told strings.Builder
	told.WriteString(cli.Counted(len(result.Accounts), "account", "accounts"))
	for _, a := range result.Accounts {
		told.WriteString("; " + a.Name)
		for _, b := range a.Balances {
			told.WriteString(" " + b.Amount.Amount + " " + b.Amount.Currency)
		}
	}
	return told.String(), nil
}

func (j *Journey) transactions(ctx context.Context) (string, error) {
	var result struct{ Transactions []any }
	err := j.Call(ctx, http.MethodGet, "/v1/consents/"+j.Consent+"/accounts/"+url.PathEscape(j.Account)+"/transactions",
		nil, &result)
	return cli.Counted(len(result.Transactions), "transaction", "transactions"), err
}

func (j *Journey) path(rest string) string { return "/v1/registrations/" + j.Registration + rest }

// Call makes one call to the API and decodes the answer into out, if it is not nil.
func (j *Journey) Call(ctx context.Context, method, path string, in, out any) error {
	if in == nil {
		return j.Send(ctx, method, path, "", nil, out)
	}
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return j.Send(ctx, method, path, "application/json", bytes.NewReader(body), out)
}

// Problem is an error the API answered with.
type Problem struct {
	Status int
	Code   string
	Detail string
}

func (p Problem) Error() string { return fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Detail) }

// Send is Call with a body that is not JSON.
func (j *Journey) Send(ctx context.Context, method, path, contentType string, body io.Reader, out any) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, j.URL+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+j.Token)
	request.Header.Set("Content-Type", contentType)
	response, err := j.Client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusBadRequest {
		var p Problem
		if err := json.NewDecoder(response.Body).Decode(&p); err != nil {
			return fmt.Errorf("%s %s: %s", method, path, response.Status)
		}
		return p
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(out)
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
