package source_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/client/clienttest"
	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/connector/signature"
	"github.com/sealkeeper/sealkeeper/secret"
)

// callBank is the example in README.md.
func callBank(ctx context.Context, server string, token secret.Text, at source.Registration, url string) error {
	bank, err := source.Open(ctx, source.Config{Client: client.Config{URL: server, Token: token}}, at)
	if err != nil {
		return err
	}
	defer func() { _ = bank.Close() }()
	response, err := bank.HTTPClient().Get(url)
	if err != nil {
		return err
	}
	fmt.Println(response.Status)
	return response.Body.Close()
}

// TestExample runs the example of the README.
func TestExample(t *testing.T) {
	s := clienttest.New(t)
	url := s.StartBank(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.TLS.PeerCertificates[0].Subject.CommonName)
	}))
	s.Add(shop.Application, shop.Institution).Activate()
	check(t, callBank(t.Context(), s.Listen(), secret.NewTextString(clienttest.Token), shop, url))
}

// A service waits for Sealkeeper for a minute, starts from what it has kept where that does not answer, and takes up
// a token that is replaced.
func ExampleOpen() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	bank, err := source.Open(ctx, source.Config{
		Client: client.Config{
			URL: "https://sealkeeper.example",
			TokenFunc: func(context.Context) (secret.Text, error) {
				token, err := os.ReadFile("/run/secrets/reports.token")
				return secret.NewText(token), err
			},
		},
		CacheFile: "/var/lib/reports/tls.json",
		Instance:  "reports-1",
	}, source.Registration{Application: "Exemple Budget", Institution: "soc-gen-personal"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = bank.Close() }()

	go func() {
		for bank.WaitUntilUpdated(context.Background()) == nil {
			status := bank.Status()
			fmt.Println(status.Version, status.NotAfter, status.Err)
		}
	}()
	request, err := http.NewRequest(http.MethodGet, "https://api.bank.example/accounts", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := bank.SignRequest(request, signature.AIS); err != nil { // where the bank wants it
		fmt.Println(err)
		return
	}
	response, err := bank.HTTPClient().Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(response.Status, response.Body.Close())
}

// A program that is for every registration of its account opens them all.
func ExampleOpenAll() {
	set, err := source.OpenAll(context.Background(), source.Config{
		Client: client.Config{URL: "https://sealkeeper.example", Token: secret.NewTextString("from a file")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = set.Close() }()
	for _, bank := range set.Sources() {
		fmt.Println(bank.Name(), bank.Status().Version)
	}
}
