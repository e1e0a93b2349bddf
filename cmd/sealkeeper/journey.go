package main

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

	"github.com/sealkeeper/sealkeeper/lab/bank"
)

// journey does the whole main job through the HTTP API, as a program would.
type journey struct {
	client  *http.Client
	url     string
	token   string
	samples samples
	bank    devBank

	organization, application, registration string // ids
	qwac, qsealc                            string
	consent, account                        string
}

// step is one part of the journey. do returns what to tell the user.
type step struct {
	name string
	do   func(ctx context.Context) (string, error)
}

const sandboxInstitution = "soc-gen-personal-sandbox"

// steps are the main job, in order.
func (j *journey) steps() []step {
	return []step{
		{"upload the QWAC", j.uploadQWAC},
		{"upload the QSealC", j.uploadQSealC},
		{"record organization and application", j.recordFirm},
		{"register at " + sandboxInstitution, j.register},
		{"do the bank's checklist", j.doChecklist},
		{"save the bundle as a draft", j.saveBundle},
		{"see that it cannot be activated untested", j.activateTooEarly},
		{"test the connection", j.test},
		{"activate the bundle", j.activate},
		{"sign in at the bank and consent", j.authorize},
		{"fetch the accounts over mTLS", j.accounts},
		{"fetch the transactions of the first", j.transactions},
	}
}

func (j *journey) uploadQWAC(ctx context.Context) (string, error) {
	id, told, err := j.upload(ctx, "", j.samples.QWACPEM, j.samples.QWACKey)
	j.qwac = id
	return told, err
}

func (j *journey) uploadQSealC(ctx context.Context) (string, error) {
	id, told, err := j.upload(ctx, j.samples.Passphrase, j.samples.QSealCP12)
	j.qsealc = id
	return told, err
}

func (j *journey) upload(ctx context.Context, passphrase string, paths ...string) (id, told string, err error) {
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
	if err := j.send(ctx, http.MethodPost, "/v1/certificates", form.FormDataContentType(), &body, &stored); err != nil {
		return "", "", err
	}
	if len(stored) != 1 {
		return "", "", fmt.Errorf("%d certificates were stored instead of 1", len(stored))
	}
	c := stored[0]
	return c.ID, fmt.Sprintf("%s of %s, key in %s custody, %s", c.Kind, c.OrganizationIdentifier, c.Custody,
		counted(len(c.Findings), "finding", "findings")), nil
}

type object map[string]any

func (j *journey) recordFirm(ctx context.Context) (string, error) {
	var made struct{ ID string }
	err := j.call(ctx, http.MethodPost, "/v1/organizations", object{
		"legal_name":              "Exemple Paiement SAS",
		"country":                 "FR",
		"organization_identifier": sampleOrganization,
		"contact_email":           "psd2@exemple-paiement.example",
	}, &made)
	if err != nil {
		return "", err
	}
	j.organization = made.ID
	err = j.call(ctx, http.MethodPost, "/v1/applications", object{
		"organization_id": j.organization,
		"name":            "Exemple Budget",
		"redirect_uris":   []string{j.url + "/callback"},
		"client_uri":      "https://exemple-paiement.example",
		"terms_uri":       "https://exemple-paiement.example/terms",
	}, &made)
	j.application = made.ID
	return sampleOrganization, err
}

func (j *journey) register(ctx context.Context) (string, error) {
	var made struct{ ID string }
	err := j.call(ctx, http.MethodPost, "/v1/registrations", object{
		"application_id": j.application,
		"institution_id": sandboxInstitution,
	}, &made)
	j.registration = made.ID
	return "registration " + made.ID, err
}

func (j *journey) doChecklist(ctx context.Context) (string, error) {
	var view struct {
		Steps []struct {
			ID      string
			Checked bool
		}
	}
	if err := j.call(ctx, http.MethodGet, j.path(""), nil, &view); err != nil {
		return "", err
	}
	ticked := 0
	for _, s := range view.Steps {
		if s.Checked { // by the program
			continue
		}
		if err := j.call(ctx, http.MethodPut, j.path("/steps/"+s.ID), object{"state": "done"}, nil); err != nil {
			return "", err
		}
		ticked++
	}
	return fmt.Sprintf("%s ticked, %d checked by the program", counted(ticked, "step", "steps"),
		len(view.Steps)-ticked), nil
}

func (j *journey) saveBundle(ctx context.Context) (string, error) {
	err := j.call(ctx, http.MethodPut, j.path("/bundle"), object{
		"qwac_id":       j.qwac,
		"qsealc_id":     j.qsealc,
		"client_id":     j.bank.ClientID,
		"client_secret": j.bank.ClientSecret,
	}, nil)
	return "version 1, nothing has changed at the bank", err
}

func (j *journey) activateTooEarly(ctx context.Context) (string, error) {
	err := j.call(ctx, http.MethodPost, j.path("/bundles/1/activate"), object{}, nil)
	if err == nil {
		return "", fmt.Errorf("it was activated")
	}
	return err.Error(), nil
}

func (j *journey) test(ctx context.Context) (string, error) {
	var report struct {
		Passed bool
		Detail string
	}
	if err := j.call(ctx, http.MethodPost, j.path("/test"), object{}, &report); err != nil {
		return "", err
	}
	if !report.Passed {
		return "", fmt.Errorf("%s", report.Detail)
	}
	return report.Detail, nil
}

func (j *journey) activate(ctx context.Context) (string, error) {
	var result struct {
		Activated    bool
		Registration struct{ Ready bool }
	}
	if err := j.call(ctx, http.MethodPost, j.path("/bundles/1/activate"), object{}, &result); err != nil {
		return "", err
	}
	if !result.Activated || !result.Registration.Ready {
		return "", fmt.Errorf("the registration is not ready")
	}
	return "the registration is ready", nil
}

func (j *journey) authorize(ctx context.Context) (string, error) {
	var started struct {
		AuthorizeURL string `json:"authorize_url"`
		State        string `json:"state"`
	}
	if err := j.call(ctx, http.MethodPost, "/v1/consents", object{
		"registration_id": j.registration,
		"customer":        "demo",
	}, &started); err != nil {
		return "", err
	}
	back, err := bank.Approve(ctx, started.AuthorizeURL, "55000002", "111111")
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
	if err := j.call(ctx, http.MethodPost, "/v1/consents/callback", object{
		"state": state,
		"code":  code,
	}, &given); err != nil {
		return "", err
	}
	j.consent = given.ID
	return "the consent lasts until " + given.ExpiresAt.Format(time.DateOnly) + ", its tokens are in custody", nil
}

func (j *journey) accounts(ctx context.Context) (string, error) {
	var result struct {
		Accounts []struct {
			ResourceID string `json:"resourceId"`
			Name       string
			Balances   []struct {
				Amount struct{ Amount, Currency string } `json:"balanceAmount"`
			}
		}
	}
	if err := j.call(ctx, http.MethodGet, "/v1/consents/"+j.consent+"/accounts", nil, &result); err != nil {
		return "", err
	}
	if len(result.Accounts) == 0 {
		return "", fmt.Errorf("the bank gave no accounts")
	}
	j.account = result.Accounts[0].ResourceID
	var told strings.Builder
	told.WriteString(counted(len(result.Accounts), "account", "accounts"))
	for _, a := range result.Accounts {
		told.WriteString("; " + a.Name)
		for _, b := range a.Balances {
			told.WriteString(" " + b.Amount.Amount + " " + b.Amount.Currency)
		}
	}
	return told.String(), nil
}

func (j *journey) transactions(ctx context.Context) (string, error) {
	var result struct{ Transactions []any }
	err := j.call(ctx, http.MethodGet, "/v1/consents/"+j.consent+"/accounts/"+url.PathEscape(j.account)+"/transactions",
		nil, &result)
	return counted(len(result.Transactions), "transaction", "transactions"), err
}

func (j *journey) path(rest string) string { return "/v1/registrations/" + j.registration + rest }

func (j *journey) call(ctx context.Context, method, path string, in, out any) error {
	if in == nil {
		return j.send(ctx, method, path, "", nil, out)
	}
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return j.send(ctx, method, path, "application/json", bytes.NewReader(body), out)
}

// problemError is an error the API answered with.
type problemError struct {
	Status int
	Code   string
	Detail string
}

func (p problemError) Error() string { return fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Detail) }

func (j *journey) send(ctx context.Context, method, path, contentType string, body io.Reader, out any) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, j.url+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+j.token)
	request.Header.Set("Content-Type", contentType)
	response, err := j.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusBadRequest {
		var p problemError
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
