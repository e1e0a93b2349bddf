package bank

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
)

// FuzzBasic: the token endpoint answers whatever it is sent with an OAuth
// error, never with a token, unless id and secret are right.
func FuzzBasic(f *testing.F) {
	qwac := issueForFuzz(f)
	sim, err := New(Config{
		QTSPRoots: x509.NewCertPool(),
		Clients: []portal.Client{{
			ID:                     "id",
			Secret:                 secret.NewTextString("a secret"),
			OrganizationIdentifier: qwac.OrganizationIdentifier,
		}},
	})
	if err != nil {
		f.Fatal(err)
	}
	api := sim.API()
	f.Add("Basic aWQ6YSBzZWNyZXQ=", "grant_type=client_credentials&scope=pisp")
	f.Add("Basic aWQ6", "grant_type=refresh_token&refresh_token=x")
	f.Add("Basic %", "grant_type=authorization_code&code=%zz")
	f.Fuzz(func(t *testing.T, authorization, form string) {
		r := httptest.NewRequest(http.MethodPost, segments.TokenPath, strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", authorization)
		r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{qwac.X509}}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		id, given, _ := r.BasicAuth()
		if good := id == "id" && given == "a secret"; w.Code == http.StatusOK && !good {
			t.Fatalf("%q got %s", authorization, w.Body)
		}
		var answer map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil ||
			(w.Code != http.StatusOK && answer["error"] == nil) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
}

func issueForFuzz(f *testing.F) *certs.Certificate {
	f.Helper()
	return qtsp.Must(f).MustIssue(f, qtsp.Request{KeyType: qtsp.P256}).Certificate
}
