package tpp

import (
	"testing"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/lab/bank/customer"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Consent takes a customer through the bank's pages, to a token.
func Consent(t testing.TB, client *connector.Client) *oauth.Token {
	t.Helper()
	token, err := client.OAuth.ExchangeCode(t.Context(), Code(t, client), RedirectURI, secret.Text{})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// Code takes a customer through the bank's pages, to a code.
func Code(t testing.TB, client *connector.Client) string {
	t.Helper()
	address, err := client.OAuth.AuthorizeURL("state-1", RedirectURI, secret.Text{})
	if err != nil {
		t.Fatal(err)
	}
	back, err := customer.Approve(t.Context(), address, "55000002", "111111")
	if err != nil {
		t.Fatal(err)
	}
	if got := back.Query().Get("state"); got != "state-1" {
		t.Fatalf("state %q came back", got)
	}
	return back.Query().Get("code")
}
