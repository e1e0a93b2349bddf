package bank_test

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/bank/customer"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
)

// TestPaths are those of the catalogue, host for host.
func TestPaths(t *testing.T) {
	want := map[string][3]string{
		"soc-gen-personal": {
			"particuliers.sg-signin.societegenerale.fr",
			"/sg/prod/pri/v1.4.2.17/psd2/xs2a",
			"/sg/prod/dsp2/pisp/pri/v1.4.2.27",
		},
		"soc-gen-personal-sandbox": {
			"particuliers.sg-signin.sb.societegenerale.fr",
			"/sg/sb/pri/v1.4.2.17/psd2/xs2a",
			"/sg/sb/dsp2/pisp/pri/v1.4.2.15",
		},
		"soc-gen-business": {
			"professionnels.sg-signin.societegenerale.fr",
			"/sg/prod/pro/v1.4.2.4/psd2/xs2a",
			"/sg/prod/dsp2/pisp/pro/v1.4.2.27",
		},
		"soc-gen-business-sandbox": {
			"professionnels.sg-signin.sb.societegenerale.fr",
			"/sg/sb/pro/v1.4.2.4/psd2/xs2a",
			"/sg/sb/dsp2/pisp/pro/v1.4.2.15",
		},
		"soc-gen-corporate": {
			"entreprises.sg-signin.societegenerale.fr",
			"/sg/prod/ent/v1.4.2.4/psd2/xs2a",
			"/sg/prod/dsp2/pisp/ent/v1.4.2.27",
		},
		"soc-gen-corporate-sandbox": {
			"entreprises.sg-signin.sb.societegenerale.fr",
			"/sg/sb/ent/v1.4.2.4/psd2/xs2a",
			"/sg/sb/dsp2/pisp/ent/v1.4.2.15",
		},
	}
	for _, segment := range segments.All() {
		if got := [3]string{segment.LoginHost, segment.AISPath, segment.PISPath}; got != want[segment.Institution] {
			t.Errorf("%s: %v", segment.Institution, got)
		}
		delete(want, segment.Institution)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

// TestWorldsApart: a client and its tokens belong to one environment, and the
// real bank's host names lead to the right one.
func TestWorldsApart(t *testing.T) {
	const liveHost, sandboxHost = "mtls.sg-signin.societegenerale.fr", "mtls.sg-signin.sb.societegenerale.fr"
	certificate, err := qtsp.Must(t).ServerCertificate(liveHost, sandboxHost, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	p := newTPP(t, newBank(t, func(c *bank.Config) {
		c.ServerCertificate = certificate
		c.Clients = append(c.Clients, portal.Client{
			ID:                     "live",
			Secret:                 secret.NewTextString("live"),
			OrganizationIdentifier: agreement,
			RedirectURIs:           []string{redirectURI},
			Environment:            segments.Live,
		})
	}))
	p.client = &http.Client{Transport: &http.Transport{
		DialTLS: func(network, address string) (net.Conn, error) { //nolint:staticcheck // no context is needed
			host, _, _ := strings.Cut(address, ":")
			return tls.Dial(network, strings.TrimPrefix(p.bank.APIURL, "https://"), &tls.Config{
				ServerName:   host,
				RootCAs:      qtsp.Must(t).Pool(),
				Certificates: []tls.Certificate{*p.qwac.Identity().TLS()},
			})
		},
	}}
	direct := url.Values{"grant_type": {"client_credentials"}, "scope": {"pisp"}}
	for _, test := range []struct {
		host, id, secret string
		status           int
	}{
		{sandboxHost, clientID, password, 200},
		{liveHost, "live", "live", 200},
		{sandboxHost, "live", "live", 401},
		{liveHost, clientID, password, 401},
	} {
		t.Run(test.id+" at "+test.host, func(t *testing.T) {
			status, body := p.token(t, direct, func(r *http.Request) {
				r.URL.Host, r.Host = test.host, test.host
				r.SetBasicAuth(test.id, test.secret)
			})
			if status != test.status {
				t.Errorf("%s at %s: %d %v", test.id, test.host, status, body)
			}
		})
	}
	token := p.pisToken(t)
	live, _ := p.bank.Institution("soc-gen-personal")
	req := p.aisRequest(t, live.PISBaseURL+"/payment-requests/none", token)
	if status, _ := p.do(t, req); status != 401 {
		t.Errorf("a sandbox client at live: %d", status)
	}
	req = p.aisRequest(t, live.PISBaseURL+"/payment-requests/none", token)
	req.Header.Set("Client-Id", "live")
	p.sign(t, req, "client-id", "digest", "x-request-id")
	if status, body := p.do(t, req); status != 401 || body["message"] != "invalid token" {
		t.Errorf("a sandbox token at live: %d %v", status, body)
	}
}

func TestPKCE(t *testing.T) {
	// RFC 7636 appendix B
	const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	p := newTPP(t, newBank(t, func(c *bank.Config) { c.RequirePKCE = true }))
	with := url.Values{"code_challenge": {challenge}, "code_challenge_method": {"S256"}}
	for given, want := range map[string]int{verifier: 200, "": 400, "x": 400} {
		t.Run("verifier "+given, func(t *testing.T) {
			back, err := customer.Approve(t.Context(), p.authorizeURL(t, "pri", with), "55000002", "111111")
			if err != nil {
				t.Fatal(err)
			}
			status, body := p.token(t, url.Values{
				"grant_type":    {"authorization_code"},
				"code":          {back.Query().Get("code")},
				"redirect_uri":  {redirectURI},
				"code_verifier": {given},
			}, nil)
			if status != want {
				t.Errorf("verifier %q: %d %v", given, status, body)
			}
		})
	}
	for name, change := range map[string]url.Values{
		"none":  nil,
		"plain": {"code_challenge": {verifier}, "code_challenge_method": {"plain"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, location := page(t, http.MethodGet, p.authorizeURL(t, "pri", change), nil)
			if location != redirectURI+"?error=invalid_request&state=s" {
				t.Errorf("back at %q", location)
			}
		})
	}
}

// TestChosenAccounts: the consent is for what was ticked, and something must be.
func TestChosenAccounts(t *testing.T) {
	p := newTPP(t, newBank(t))
	id := session(t, p.authorizeURL(t, "pri", nil))
	form := url.Values{"session": {id}, "user": {"55000002"}, "password": {"111111"}}
	page(t, http.MethodPost, p.bank.BrowserURL+"/login", form)
	if status, text, _ := page(t, http.MethodPost, p.bank.BrowserURL+"/consent", url.Values{
		"session":  {id},
		"decision": {"allow"},
	}); status != 400 || !strings.Contains(text, "at least one") {
		t.Errorf("none ticked: %d", status)
	}
	_, _, location := page(t, http.MethodPost, p.bank.BrowserURL+"/consent",
		url.Values{"session": {id}, "decision": {"allow"}, "account": {"300030300000045120033EUR"}})
	back, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	_, body := p.token(t, url.Values{
		"grant_type":   {"authorization_code"},
		"code":         {back.Query().Get("code")},
		"redirect_uri": {redirectURI},
	}, nil)
	token, _ := body["access_token"].(string)
	_, list, _ := p.ais(t, "pri", "/accounts", token)
	if accounts, _ := list["accounts"].([]any); len(accounts) != 1 {
		t.Errorf("got %v", list)
	}
	if status, _, _ := p.ais(t, "pri", currentAccount+"/transactions", token); status != 404 {
		t.Errorf("another account: %d", status)
	}
	old := time.Now().AddDate(0, 0, -200).Format("2006-01-02T15:04:05.000Z")
	if status, _, _ := p.ais(t, "pri", "/accounts/300030300000045120033EUR/transactions?dateFrom="+old,
		token); status != 400 {
		t.Errorf("200 days back: %d", status)
	}
	tomorrow := time.Now().AddDate(0, 0, 2).Format("2006-01-02T15:04:05.000Z")
	if status, body, _ := p.ais(t, "pri", "/accounts/300030300000045120033EUR/transactions?dateFrom="+tomorrow,
		token); status != 204 || body != nil {
		t.Errorf("nothing there: %d %v", status, body)
	}
}
