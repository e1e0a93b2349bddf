package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/connector/stet"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// What is in the way of each registration, as the service says it.
func Example() {
	service := startService()
	defer service.Close()
	if err := printBlockers(context.Background(), service.URL, secret.NewTextString("from a file")); err != nil {
		fmt.Println(err)
	}
	// Output:
	// soc-gen-personal true []
	// soc-gen-business false [not_tested]
}

// printBlockers is the example in README.md.
func printBlockers(ctx context.Context, server string, token secret.Text) error {
	c, err := client.New(client.Config{URL: server, Token: token})
	if err != nil {
		return err
	}
	registrations, err := c.ListRegistrations(ctx, client.RegistrationFilter{Environment: "live"})
	if err != nil {
		return err
	}
	for _, r := range registrations.Items {
		fmt.Println(r.InstitutionID, r.Ready, r.Blockers)
	}
	return nil
}

// An error has the kind that the service gave it, and a sentence for people.
func ExampleClient_GetRegistration() {
	service := startService()
	defer service.Close()
	c, err := client.New(client.Config{URL: service.URL, Token: secret.NewTextString("from a file")})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := printRegistration(context.Background(), c, "nobody's"); err != nil {
		fmt.Println(err)
	}
	// Output: Look the id up: There is no such registration.
}

// printRegistration is the example in docs/api.md.
func printRegistration(ctx context.Context, c *client.Client, id string) error {
	registration, err := c.GetRegistration(ctx, id)
	_, code, sentence := fault.Public(err)
	switch {
	case errors.Is(err, fault.NotFound):
		fmt.Println("Look the id up:", sentence)
		return nil
	case errors.Is(err, fault.Unavailable):
		fmt.Println("Try again:", sentence)
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", code, err)
	}
	for _, b := range registration.Blockers {
		fmt.Println(b.Code, b.Message)
	}
	return nil
}

// A certificate is taken into custody with its key, which never comes out again.
func ExampleClient_ImportCertificates() {
	c, err := client.New(client.Config{
		URL: "https://sealkeeper.example",
		TokenFunc: func(context.Context) (secret.Text, error) { // at each call: the file is renewed
			token, err := os.ReadFile("/run/secrets/sealkeeper-token")
			return secret.NewText(token), err
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	data, err := os.ReadFile("qwac.p12")
	if err != nil {
		fmt.Println(err)
		return
	}
	stored, err := c.ImportCertificates(context.Background(), client.Files{
		Files:      []certs.File{{Name: "qwac.p12", Data: data}},
		Passphrase: secret.NewTextString("from a file"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, certificate := range stored {
		fmt.Println(certificate.ID, certificate.Kind, certificate.NotAfter)
	}
}

// A customer consents at the bank, comes back, and the accounts are read.
func ExampleClient_StartConsent() {
	var c *client.Client // of New
	ctx := context.Background()
	begin := func() (string, error) {
		started, err := c.StartConsent(ctx, api.NewConsent{RegistrationID: "r-1", Customer: "customer 4711"})
		return started.AuthorizeURL, err // for the customer's browser
	}
	comeBack := func(w http.ResponseWriter, r *http.Request) {
		back := oauth.ReadReturn(r.URL.Query())
		consent, err := c.CompleteConsent(ctx, api.ConsentReturn(back))
		if err != nil {
			sentence := fault.Sentence(err)
			http.Error(w, sentence, http.StatusBadGateway)
			return
		}
		list, err := c.ListAccounts(ctx, consent.ID, stet.Customer{IPAddress: "192.0.2.7"})
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, account := range list.Accounts {
			fmt.Println(account.Name, account.ID.IBAN)
		}
	}
	_, _ = begin, comeBack
}

// startService answers as a service with two registrations does.
func startService() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/registrations" {
			_, _ = io.WriteString(w, `{"count": 2, "items": [
				{"institution_id": "soc-gen-personal", "ready": true, "blockers": []},
				{"institution_id": "soc-gen-business", "ready": false, "blockers": ["not_tested"]}]}`)
			return
		}
		w.Header().Set("Content-Type", api.ProblemType)
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"code": "registration_unknown", "detail": "There is no such registration."}`)
	}))
}
