package bank_test

import (
	"bytes"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/bank/customer"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// page is one step of a browser that follows no redirect.
func page(t *testing.T, method, address string, form url.Values) (status int, text, location string) {
	t.Helper()
	req := newRequest(t, method, address, form.Encode())
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if csp := response.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") {
		t.Errorf("Content-Security-Policy %q", csp)
	}
	return response.StatusCode, string(body), response.Header.Get("Location")
}

func session(t *testing.T, address string) string {
	t.Helper()
	status, text, _ := page(t, http.MethodGet, address, nil)
	match := regexp.MustCompile(`name="session" value="([^"]+)"`).FindStringSubmatch(text)
	if status != 200 || match == nil {
		t.Fatalf("%d %s", status, text)
	}
	return match[1]
}

func TestAuthorizeRefusals(t *testing.T) {
	tests := []struct {
		name     string
		change   url.Values
		location string // "" for a page instead of a redirect
	}{
		{"unknown client", url.Values{"client_id": {"x"}}, ""},
		{"another redirect URL", url.Values{"redirect_uri": {redirectURI + "/"}}, ""},
		{"redirect URL elsewhere", url.Values{"redirect_uri": {"https://elsewhere.example/"}}, ""},
		{"no redirect URL", url.Values{"redirect_uri": nil}, ""},
		{
			"token flow",
			url.Values{"response_type": {"token"}},
			redirectURI + "?error=unsupported_response_type&state=s",
		},
		{"scope", url.Values{"scope": {"everything"}}, redirectURI + "?error=invalid_scope&state=s"},
	}
	p := newTPP(t, newBank(t))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, _, location := page(t, http.MethodGet, p.authorizeURL(t, "pri", test.change), nil)
			if location != test.location || (status == 400) != (test.location == "") {
				t.Errorf("got %d %q, want %q", status, location, test.location)
			}
		})
	}
}

func TestLogin(t *testing.T) {
	p := newTPP(t, newBank(t))
	login := p.bank.BrowserURL + "/login"
	tests := []struct {
		name, scope, user, password string
		status                      int
	}{
		{"account holder", "aisp", "55000002", "111111", 200},
		{"payer", "pisp", "55000001", "111111", 200},
		{"wrong password", "aisp", "55000002", "111112", 403},
		{"no password", "aisp", "55000002", "", 403},
		{"payer for accounts", "aisp", "55000001", "111111", 403},
		{"unknown user", "aisp", "1", "111111", 403},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			id := session(t, p.authorizeURL(t, "pri", url.Values{"scope": {test.scope}}))
			status, text, _ := page(t, http.MethodPost, login, url.Values{
				"session":  {id},
				"user":     {test.user},
				"password": {test.password},
			})
			if status != test.status || strings.Contains(text, `value="allow"`) != (test.status == 200) {
				t.Errorf("got %d %s", status, text)
			}
		})
	}

	id := session(t, p.authorizeURL(t, "pri", nil))
	wrong := url.Values{"session": {id}, "user": {"55000002"}, "password": {"x"}}
	for range 2 {
		page(t, http.MethodPost, login, wrong)
	}
	if _, _, location := page(t, http.MethodPost, login, wrong); location != redirectURI+
		"?error=access_denied&state=s" {
		t.Errorf("third wrong password leads to %q", location)
	}
	if status, _, _ := page(t, http.MethodPost, login, wrong); status != 400 {
		t.Errorf("the session goes on: %d", status)
	}
}

func TestConsentPage(t *testing.T) {
	p := newTPP(t, newBank(t))
	consent := p.bank.BrowserURL + "/consent"
	signedIn := func() string {
		id := session(t, p.authorizeURL(t, "pri", url.Values{"state": {"a&b"}}))
		page(t, http.MethodPost, p.bank.BrowserURL+"/login", url.Values{
			"session":  {id},
			"user":     {"55000002"},
			"password": {"111111"},
		})
		return id
	}
	id := signedIn()
	_, _, location := page(t, http.MethodPost, consent, url.Values{
		"session":  {id},
		"decision": {"allow"},
		"account":  {"300030300000045120025EUR"},
	})
	if !regexp.MustCompile(`^https://tpp\.example/callback\?code=[A-Z2-7]{26}&state=a%26b$`).MatchString(location) {
		t.Errorf("allowed: %q", location)
	}
	if status, _, _ := page(t, http.MethodPost, consent, url.Values{
		"session":  {id},
		"decision": {"allow"},
	}); status != 400 {
		t.Errorf("a second code from one session: %d", status)
	}
	if _, _, location := page(t, http.MethodPost, consent, url.Values{
		"session":  {signedIn()},
		"decision": {"refuse"},
	}); location != redirectURI+"?error=access_denied&state=a%26b" {
		t.Errorf("refused: %q", location)
	}
	id = session(t, p.authorizeURL(t, "pri", nil))
	if status, _, _ := page(t, http.MethodPost, consent, url.Values{
		"session":  {id},
		"decision": {"allow"},
	}); status != 400 {
		t.Errorf("consent without login: %d", status)
	}
}

func TestPagesEscapeWhatTheyShow(t *testing.T) {
	p := newTPP(t, newBank(t))
	_, text, _ := page(t, http.MethodGet, p.authorizeURL(t, "pri", url.Values{"client_id": {"<script>"}}), nil)
	if strings.Contains(text, "<script>") {
		t.Errorf("got %s", text)
	}
	if status, sheet, _ := page(t, http.MethodGet, p.bank.BrowserURL+"/style.css", nil); status != 200 ||
		!strings.Contains(sheet, "header") {
		t.Errorf("style: %d", status)
	}
}

func TestApproveSaysWhenItCannot(t *testing.T) {
	p := newTPP(t, newBank(t))
	for _, test := range []struct{ address, user string }{
		{p.authorizeURL(t, "pri", url.Values{"client_id": {"x"}}), "55000002"},
		{p.authorizeURL(t, "pri", nil), "55000001"},
		{"http://127.0.0.1:1/", "55000002"},
	} {
		t.Run(test.user+" at "+test.address, func(t *testing.T) {
			if back, err := customer.Approve(t.Context(), test.address, test.user, "111111"); err == nil {
				t.Errorf("%s: got %v", test.address, back)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := bank.New(bank.Config{}); err == nil {
		t.Error("a bank without roots")
	}
	config := bank.Config{QTSPRoots: qtsp.Must(t).Pool(), Clients: []portal.Client{{ID: "x"}}}
	if _, err := bank.New(config); err == nil {
		t.Error("a client without a secret")
	}
	if _, ok := newBank(t).Endpoints("x"); ok {
		t.Error("a segment nobody knows")
	}
}

func replaceFirst(s, pattern, with string) string {
	at := regexp.MustCompile(pattern).FindStringIndex(s)
	if at == nil {
		return s
	}
	return s[:at[0]] + with + s[at[1]:]
}

func firstPEM(chain []byte) []byte {
	end := []byte("-----END CERTIFICATE-----\n")
	leaf, _, _ := bytes.Cut(chain, end)
	return append(leaf, end...)
}

func issuingPool(t *testing.T) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	for _, der := range qtsp.Must(t).Chain() {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		pool.AddCert(certificate)
	}
	return pool
}
