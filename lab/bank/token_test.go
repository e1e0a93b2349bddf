package bank_test

import (
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

func TestTokenRefusals(t *testing.T) {
	pisp := url.Values{"grant_type": {"client_credentials"}, "scope": {"pisp"}}
	tests := []struct {
		name   string
		form   url.Values
		qwac   *qtsp.Request // nil: the registered one
		change func(*http.Request)
		status int
		code   string
	}{
		{"good", pisp, nil, nil, 200, ""},
		{"no authentication", pisp, nil, func(r *http.Request) {
			r.Header.Del("Authorization")
		}, 401, "invalid_client"},
		{"wrong secret", pisp, nil, func(r *http.Request) { r.SetBasicAuth(clientID, "x") }, 401, "invalid_client"},
		{"empty secret", pisp, nil, func(r *http.Request) { r.SetBasicAuth(clientID, "") }, 401, "invalid_client"},
		{"unknown client", pisp, nil, func(r *http.Request) { r.SetBasicAuth("x", password) }, 401, "invalid_client"},
		{"secret of another client", pisp, nil, func(r *http.Request) {
			r.SetBasicAuth("another", password)
		}, 401, "invalid_client"},
		{"unregistered organization", pisp, &qtsp.Request{
			Kind:                   certs.QWAC,
			OrganizationIdentifier: "PSDFR-ACPR-99999",
		}, nil, 401, "invalid_client"},
		{"wrong role", pisp, &qtsp.Request{Kind: certs.QWAC, Roles: []string{"PSP_AI"}}, nil, 400, "invalid_scope"},
		{"wrong scope", url.Values{"grant_type": {"client_credentials"}, "scope": {"aisp"}}, nil, nil, 400,
			"invalid_scope"},
		{"wrong grant", url.Values{"grant_type": {"password"}}, nil, nil, 400, "unsupported_grant_type"},
		{"unknown code", url.Values{
			"grant_type":   {"authorization_code"},
			"code":         {"x"},
			"redirect_uri": {redirectURI},
		}, nil, nil, 400, "invalid_grant"},
		{"unknown refresh token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}}, nil,
			nil, 400, "invalid_grant"},
		{"no form", nil, nil, func(r *http.Request) {
			r.Header.Set("Content-Type", "application/json")
		}, 400, "unsupported_grant_type"},
	}
	sim := newBank(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newTPP(t, sim)
			if test.qwac != nil {
				p.client = clientWith(t, issue(t, *test.qwac))
			}
			status, body := p.token(t, test.form, test.change)
			code, _ := body["error"].(string)
			if status != test.status || code != test.code {
				t.Errorf("got %d %v, want %d %s", status, body, test.status, test.code)
			}
		})
	}
}

func TestCodes(t *testing.T) {
	p := newTPP(t, newBank(t))
	redeem := func(code string, redirect string, change func(*http.Request)) (int, map[string]any) {
		return p.token(t, url.Values{
			"grant_type":   {"authorization_code"},
			"code":         {code},
			"redirect_uri": {redirect},
		}, change)
	}
	if status, body := redeem(p.code(t, "pri"), redirectURI+"/", nil); status != 400 ||
		body["error"] != "invalid_grant" {
		t.Errorf("another redirect URL: %d %v", status, body)
	}
	if status, body := redeem(p.code(t, "pri"), redirectURI, func(r *http.Request) {
		r.SetBasicAuth("another", "another")
	}); status != 400 {
		t.Errorf("another client: %d %v", status, body)
	}
	code := p.code(t, "pri")
	status, body := redeem(code, redirectURI, nil)
	if status != 200 {
		t.Fatalf("%d %v", status, body)
	}
	token := body["access_token"].(string)
	if status, _ := redeem(code, redirectURI, nil); status != 400 {
		t.Errorf("second use: %d", status)
	}
	if status, _ := p.accounts(t, "pri", token, nil, nil); status != 403 {
		t.Errorf("the token of a code used twice: %d", status)
	}
}

// TestLifetimes moves the bank's clock.
func TestLifetimes(t *testing.T) {
	var ahead atomic.Int64
	p := newTPP(t, newBank(t, func(c *bank.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	}))
	refresh := func(token string) (int, map[string]any) {
		return p.token(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}, nil)
	}
	access, first := p.consent(t, "pri")
	late := p.code(t, "pri")

	ahead.Store(int64(29 * time.Minute))
	if status, body := p.accounts(t, "pri", access, nil, nil); status != 200 {
		t.Errorf("after 29 minutes: %d %v", status, body)
	}
	if status, _ := p.token(t, url.Values{
		"grant_type":   {"authorization_code"},
		"code":         {late},
		"redirect_uri": {redirectURI},
	}, nil); status != 400 {
		t.Errorf("an old code: %d", status)
	}
	ahead.Store(int64(31 * time.Minute))
	if status, _ := p.accounts(t, "pri", access, nil, nil); status != 401 {
		t.Errorf("after 31 minutes: %d", status)
	}
	status, body := refresh(first)
	if status != 200 || body["refresh_token"] == first {
		t.Fatalf("refresh: %d %v", status, body)
	}
	second := body["refresh_token"].(string)
	if status, _ := p.accounts(t, "pri", body["access_token"].(string), nil, nil); status != 200 {
		t.Errorf("refreshed token: %d", status)
	}
	ahead.Store(int64(92 * 24 * time.Hour))
	if status, _ := refresh(second); status != 400 {
		t.Errorf("after 92 days: %d", status)
	}
}

func TestRefreshReuseEndsTheConsent(t *testing.T) {
	p := newTPP(t, newBank(t))
	_, first := p.consent(t, "pro")
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first}}
	_, body := p.token(t, form, nil)
	if status, _ := p.token(t, form, nil); status != 400 {
		t.Fatalf("second use: %d", status)
	}
	form.Set("refresh_token", body["refresh_token"].(string))
	if status, _ := p.token(t, form, nil); status != 400 {
		t.Errorf("the rightful successor still works: %d", status)
	}
}
