package connector_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
)

func TestAuthorizeURL(t *testing.T) {
	client := newSetup(t, "pri").client(t)
	address, err := client.AuthorizeURL("s/1", redirectURI, secret.Text{})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	want := "client_id=" + clientID +
		"&redirect_uri=https%3A%2F%2Ftpp.example%2Fcallback&response_type=code&scope=aisp&state=s%2F1"
	if u.RawQuery != want {
		t.Errorf("query\n got %s\nwant %s", u.RawQuery, want)
	}
	if _, err := client.AuthorizeURL("", redirectURI, secret.Text{}); err == nil {
		t.Error("no state, no error")
	}
}

func TestCodeWorksOnce(t *testing.T) {
	client := newSetup(t, "pri").client(t)
	once := code(t, client)
	if _, err := client.ExchangeCode(t.Context(), once, redirectURI, secret.Text{}); err != nil {
		t.Fatal(err)
	}
	_, err := client.ExchangeCode(t.Context(), once, redirectURI, secret.Text{})
	if faultCode(err) != "grant_ended" {
		t.Errorf("got %v", err)
	}
}

func TestRefreshRotates(t *testing.T) {
	client := newSetup(t, "pri").client(t)
	first := consent(t, client)
	second, err := client.Refresh(t.Context(), first.Refresh)
	if err != nil {
		t.Fatal(err)
	}
	if second.Refresh.Reveal() == first.Refresh.Reveal() {
		t.Error("the refresh token did not change")
	}
	_, err = client.Refresh(t.Context(), first.Refresh)
	failure, ok := errors.AsType[*connector.Failure](err)
	if faultCode(err) != "grant_ended" || !ok || failure.Action != connector.NewConsent {
		t.Errorf("second use: %v", err)
	}
	if _, err := client.Accounts(t.Context(), second); faultCode(err) != "consent_gone" {
		t.Errorf("after a second use the consent should be gone: %v", err)
	}
}

func TestClientCredentials(t *testing.T) {
	s := newSetup(t, "pri")
	client := s.client(t)
	token, err := client.ClientCredentials(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if token.Scope != "pisp" || token.Access.Empty() {
		t.Errorf("got %+v", token)
	}
	if _, err := client.Accounts(t.Context(), token); faultCode(err) != "consent_gone" {
		t.Errorf("a payment token opened the accounts: %v", err)
	}
	if _, err := client.ClientCredentials(t.Context(), "aisp"); faultCode(err) != "scope_refused" {
		t.Errorf("got %v", err)
	}
}

// TestTokenRefusals: what is wrong with the client shows in the code.
func TestTokenRefusals(t *testing.T) {
	tests := []struct {
		name   string
		change func(*testing.T, *setup)
		want   string
	}{
		{"wrong secret", func(_ *testing.T, s *setup) {
			s.config.Credentials.ClientSecret = secret.NewTextString("another-secret-of-some-length")
		}, "client_refused"},
		{"unknown client", func(_ *testing.T, s *setup) { s.config.Credentials.ClientID = "nobody" }, "client_refused"},
		{"unregistered organization", func(t *testing.T, s *setup) {
			s.config.Transport = s.qtsp.MustIssue(t, qtsp.Request{OrganizationIdentifier: "PSDFR-ACPR-99999"}).Source()
		}, "client_refused"},
		{"wrong role", func(t *testing.T, s *setup) {
			s.config.Transport = s.qtsp.MustIssue(t, qtsp.Request{Roles: []string{"PSP_AI"}}).Source()
		}, "scope_refused"},
		{"QSealC in the QWAC's place", func(_ *testing.T, s *setup) {
			s.config.Transport = s.qsealc.Source()
		}, "tls_refused"},
		{"untrusted bank", func(_ *testing.T, s *setup) {
			s.config.Profile.Connection.TrustAnchors = nil
		}, "bank_certificate_untrusted"},
		{"no bank", func(_ *testing.T, s *setup) { s.bank.Close() }, "bank_unreachable"},
		{"bearer in a body", func(_ *testing.T, s *setup) {
			s.config.Profile.OAuth.TokenAuth = connector.TokenAuthBody
		}, "client_refused"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSetup(t, "pri")
			test.change(t, s)
			_, err := s.client(t).ClientCredentials(t.Context(), "")
			if got := faultCode(err); got != test.want {
				t.Errorf("code %q, want %q (%v)", got, test.want, err)
			}
			text := fmt.Sprintf("%v %+v %#v", err, err, err)
			if strings.Contains(text, clientSecret.Reveal()) || strings.Contains(text, "another-secret") {
				t.Errorf("the secret is in the error: %s", text)
			}
		})
	}
}

func TestECDSATransportCertificate(t *testing.T) {
	s := newSetup(t, "pri")
	s.config.Transport = s.qtsp.MustIssue(t, qtsp.Request{Kind: certs.QWAC, KeyType: qtsp.P256}).Source()
	if _, err := s.client(t).ClientCredentials(t.Context(), ""); err != nil {
		t.Error(err)
	}
}

func TestTokenNeverPrints(t *testing.T) {
	client := newSetup(t, "pri").client(t)
	token := consent(t, client)
	for _, text := range []string{fmt.Sprint(token), fmt.Sprintf("%+v", *token), fmt.Sprintf("%#v", *token)} {
		if strings.Contains(text, token.Access.Reveal()) || strings.Contains(text, token.Refresh.Reveal()) {
			t.Errorf("token in %s", text)
		}
	}
}
