package oauth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
	"github.com/sealkeeper/sealkeeper/secret"
)

// begin begins a consent and exchanges a code, and returns the authorize address'
// query and the token request's form.
func begin(t *testing.T, pkce bool) (client *oauth.Client, verifier secret.Text, query, form url.Values) {
	t.Helper()
	client = tpp.Answering(t, func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		form = r.PostForm
		_, _ = io.WriteString(w, `{"access_token":"a"}`)
	}, func(p *connector.Profile) { p.OAuth.PKCE = pkce }).OAuth
	verifier = client.NewVerifier()
	address, err := client.AuthorizeURL("s", tpp.RedirectURI, verifier)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.ExchangeCode(t.Context(), "c", tpp.RedirectURI, verifier); err != nil {
		t.Fatal(err)
	}
	return client, verifier, u.Query(), form
}

// TestPKCE: the challenge is the verifier's.
func TestPKCE(t *testing.T) {
	client, verifier, query, form := begin(t, true)
	challenge, method := query.Get("code_challenge"), query.Get("code_challenge_method")
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	if len(verifier.Reveal()) != 43 || method != "S256" ||
		challenge != base64.RawURLEncoding.EncodeToString(sum[:]) {
		t.Errorf("challenge %q (%s) of verifier %q", challenge, method, form.Get("code_verifier"))
	}
	_, err := client.AuthorizeURL("s", tpp.RedirectURI, secret.Text{})
	if tpp.FaultCode(err) != "verifier_missing" {
		t.Errorf("without a verifier: %v", err)
	}
}

// TestNoPKCE: where the profile does not say so, the bank hears nothing of it.
func TestNoPKCE(t *testing.T) {
	_, verifier, query, form := begin(t, false)
	if !verifier.Empty() || query.Has("code_challenge") || form.Has("code_verifier") {
		t.Errorf("PKCE where the profile does not say so: %v, %v", query, form)
	}
}
