package oauth_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
	"github.com/sealkeeper/sealkeeper/secret"
)

func TestAuthorizeURL(t *testing.T) {
	client := tpp.New(t, "pri").Client(t)
	address, err := client.OAuth.AuthorizeURL("s/1", tpp.RedirectURI, secret.Text{})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	want := "client_id=" + tpp.ClientID +
		"&redirect_uri=https%3A%2F%2Ftpp.example%2Fcallback&response_type=code&scope=aisp&state=s%2F1"
	if u.RawQuery != want {
		t.Errorf("query\n got %s\nwant %s", u.RawQuery, want)
	}
	if _, err := client.OAuth.AuthorizeURL("", tpp.RedirectURI, secret.Text{}); err == nil {
		t.Error("no state, no error")
	}
}

func TestCodeWorksOnce(t *testing.T) {
	client := tpp.New(t, "pri").Client(t)
	once := tpp.Code(t, client)
	if _, err := client.OAuth.ExchangeCode(t.Context(), once, tpp.RedirectURI, secret.Text{}); err != nil {
		t.Fatal(err)
	}
	_, err := client.OAuth.ExchangeCode(t.Context(), once, tpp.RedirectURI, secret.Text{})
	if tpp.FaultCode(err) != "grant_ended" {
		t.Errorf("got %v", err)
	}
}

func TestRefreshRotates(t *testing.T) {
	client := tpp.New(t, "pri").Client(t)
	first := tpp.Consent(t, client)
	second, err := client.OAuth.Refresh(t.Context(), first.Refresh)
	if err != nil {
		t.Fatal(err)
	}
	if second.Refresh.Reveal() == first.Refresh.Reveal() {
		t.Error("the refresh token did not change")
	}
	_, err = client.OAuth.Refresh(t.Context(), first.Refresh)
	cause, ok := errors.AsType[*failure.Failure](err)
	if tpp.FaultCode(err) != "grant_ended" || !ok || cause.Action != failure.NewConsent {
		t.Errorf("second use: %v", err)
	}
	if _, err := client.AIS.Accounts(t.Context(), second); tpp.FaultCode(err) != "consent_gone" {
		t.Errorf("after a second use the consent should be gone: %v", err)
	}
}

func TestClientCredentials(t *testing.T) {
	s := tpp.New(t, "pri")
	client := s.Client(t)
	token, err := client.OAuth.ClientCredentials(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if token.Scope != "pisp" || token.Access.Empty() {
		t.Errorf("got %+v", token)
	}
	if _, err := client.AIS.Accounts(t.Context(), token); tpp.FaultCode(err) != "consent_gone" {
		t.Errorf("a payment token opened the accounts: %v", err)
	}
	if _, err := client.OAuth.ClientCredentials(t.Context(), "aisp"); tpp.FaultCode(err) != "scope_refused" {
		t.Errorf("got %v", err)
	}
}

// TestTokenRefusals: what is wrong with the client shows in the code.
func TestTokenRefusals(t *testing.T) {
	tests := []struct {
		name   string
		change func(*testing.T, *tpp.TPP)
		want   string
	}{
		{"wrong secret", func(_ *testing.T, s *tpp.TPP) {
			s.Config.Credentials.ClientSecret = secret.NewTextString("another-secret-of-some-length")
		}, "client_refused"},
		{"unknown client", func(_ *testing.T, s *tpp.TPP) {
			s.Config.Credentials.ClientID = "nobody"
		}, "client_refused"},
		{"unregistered organization", func(t *testing.T, s *tpp.TPP) {
			s.Config.Transport = s.QTSP.MustIssue(t, qtsp.Request{OrganizationIdentifier: "PSDFR-ACPR-99999"}).Source()
		}, "client_refused"},
		{"wrong role", func(t *testing.T, s *tpp.TPP) {
			s.Config.Transport = s.QTSP.MustIssue(t, qtsp.Request{Roles: []string{"PSP_AI"}}).Source()
		}, "scope_refused"},
		{"QSealC in the QWAC's place", func(_ *testing.T, s *tpp.TPP) {
			s.Config.Transport = s.QSealC.Source()
		}, "tls_refused"},
		{"untrusted bank", func(_ *testing.T, s *tpp.TPP) {
			s.Config.Profile.Connection.TrustAnchors = nil
		}, "bank_certificate_untrusted"},
		{"no bank", func(_ *testing.T, s *tpp.TPP) { s.Bank.Close() }, "bank_unreachable"},
		{"bearer in a body", func(_ *testing.T, s *tpp.TPP) {
			s.Config.Profile.OAuth.TokenAuth = oauth.TokenAuthBody
		}, "client_refused"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := tpp.New(t, "pri")
			test.change(t, s)
			_, err := s.Client(t).OAuth.ClientCredentials(t.Context(), "")
			if got := tpp.FaultCode(err); got != test.want {
				t.Errorf("code %q, want %q (%v)", got, test.want, err)
			}
			text := fmt.Sprintf("%v %+v %#v", err, err, err)
			if strings.Contains(text, tpp.ClientSecret.Reveal()) || strings.Contains(text, "another-secret") {
				t.Errorf("the secret is in the error: %s", text)
			}
		})
	}
}

func TestECDSATransportCertificate(t *testing.T) {
	s := tpp.New(t, "pri")
	s.Config.Transport = s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QWAC, KeyType: qtsp.P256}).Source()
	if _, err := s.Client(t).OAuth.ClientCredentials(t.Context(), ""); err != nil {
		t.Error(err)
	}
}

func TestTokenNeverPrints(t *testing.T) {
	client := tpp.New(t, "pri").Client(t)
	token := tpp.Consent(t, client)
	for _, text := range []string{fmt.Sprint(token), fmt.Sprintf("%+v", *token), fmt.Sprintf("%#v", *token)} {
		if strings.Contains(text, token.Access.Reveal()) || strings.Contains(text, token.Refresh.Reveal()) {
			t.Errorf("token in %s", text)
		}
	}
}

// TestOddTokenAnswers: what is odd beside the tokens takes none of them away.
func TestOddTokenAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		rest  string
		scope string
		life  time.Duration
	}{
		"as it should be":      {`"scope":"aisp extended","expires_in":1800`, "aisp extended", 30 * time.Minute},
		"a number as text":     {`"scope":"aisp","expires_in":"1800"`, "aisp", 30 * time.Minute},
		"an empty number":      {`"scope":"aisp","expires_in":""`, "aisp", 15 * time.Minute},
		"a fraction":           {`"scope":"aisp","expires_in":1800.5`, "aisp", 30 * time.Minute},
		"null":                 {`"scope":null,"expires_in":null`, "", 15 * time.Minute},
		"a list of scopes":     {`"scope":["aisp","extended"],"expires_in":1800`, "aisp extended", 30 * time.Minute},
		"what is none of them": {`"scope":{},"expires_in":[1]`, "", 15 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			client := tpp.Answering(t, tpp.Saying(200, "", `{"access_token":"a","refresh_token":"r",`+test.rest+`}`))
			token, err := client.OAuth.ExchangeCode(t.Context(), "code", tpp.RedirectURI, secret.Text{})
			if err != nil {
				t.Fatal(err)
			}
			if left := time.Until(token.ExpiresAt); token.Scope != test.scope || token.Refresh.Reveal() != "r" ||
				left > test.life || left < test.life-time.Minute {
				t.Errorf("%q, for %v", token.Scope, left)
			}
		})
	}
}
