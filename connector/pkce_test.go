package connector_test

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
	"github.com/sealkeeper/sealkeeper/secret"
)

// TestPKCE: the challenge is the verifier's, and only where the profile says so.
func TestPKCE(t *testing.T) {
	for _, on := range []bool{false, true} {
		var form url.Values
		client := tpp.Answering(t, func(w http.ResponseWriter, r *http.Request) {
			if err := r.ParseForm(); err != nil {
				t.Error(err)
			}
			form = r.PostForm
			_, _ = io.WriteString(w, `{"access_token":"a"}`)
		}, func(p *connector.Profile) { p.OAuth.PKCE = on })
		verifier := client.NewVerifier()
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
		challenge, method := u.Query().Get("code_challenge"), u.Query().Get("code_challenge_method")
		if !on {
			if !verifier.Empty() || challenge != "" || form.Has("code_verifier") {
				t.Errorf("PKCE where the profile does not say so: %s, %v", address, form)
			}
			continue
		}
		sum := sha256.Sum256([]byte(form.Get("code_verifier")))
		if len(verifier.Reveal()) != 43 || method != "S256" ||
			challenge != base64.RawURLEncoding.EncodeToString(sum[:]) {
			t.Errorf("challenge %q (%s) of verifier %q", challenge, method, form.Get("code_verifier"))
		}
		if _, err := client.AuthorizeURL("s", tpp.RedirectURI, secret.Text{}); tpp.FaultCode(err) != "verifier_missing" {
			t.Errorf("without a verifier: %v", err)
		}
	}
}
