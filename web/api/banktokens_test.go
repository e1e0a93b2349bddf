package api_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sealkeeper "github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/egress"
	"github.com/sealkeeper/sealkeeper/lab/bank/customer"
	"github.com/sealkeeper/sealkeeper/lab/bank/mishap"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/secret"
	wire "github.com/sealkeeper/sealkeeper/types/api"
)

// given has a customer consent at the simulated bank, and returns the consent's id.
func (c *client) given(registration string) string {
	c.t.Helper()
	var started struct {
		Consent      struct{ ID string }
		AuthorizeURL string `json:"authorize_url"`
		State        string
	}
	c.call("POST", "/v1/consents", object{"registration_id": registration}).want(http.StatusCreated, &started)
	back, err := customer.Approve(c.t.Context(), started.AuthorizeURL, "55000002", "111111")
	check(c.t, err)
	answer := object{"state": started.State, "code": back.Query().Get("code")}
	c.call("POST", "/v1/consents/callback", answer).want(http.StatusOK, nil)
	return started.Consent.ID
}

func (c *client) lends(registration string, body object) answer {
	c.t.Helper()
	return c.call("POST", "/v1/tls/"+registration+"/bank-tokens", body)
}

func TestBankTokensAreLent(t *testing.T) {
	s := serve(t)
	r := s.ActivateAt(stack.Institution)
	reports := s.service(t, "reports", access.Transport, access.Accounts, access.Payments)
	id := reports.given(r.ID)
	var first, second struct {
		Token    string    `json:"access_token"`
		IssuedAt time.Time `json:"issued_at"`
	}
	a := reports.lends(r.ID, object{"consent_id": id})
	a.want(http.StatusOK, &first)
	if first.Token == "" || a.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("lent %q, %v", first.Token, a.header)
	}
	reports.lends(r.ID, object{"consent_id": id, "refused": first.IssuedAt}).
		refused(http.StatusConflict, "token_refused")
	s.Now = s.Now.Add(2 * time.Minute)
	reports.lends(r.ID, object{"consent_id": id, "refused": first.IssuedAt}).want(http.StatusOK, &second)
	if second.Token == first.Token || !second.IssuedAt.After(first.IssuedAt) {
		t.Error("the token that was refused was lent again")
	}
	// Whoever comes later with the same news is lent what it has brought: the bank is not asked once more.
	third := second
	reports.lends(r.ID, object{"consent_id": id, "refused": first.IssuedAt}).want(http.StatusOK, &third)
	if third != second {
		t.Error("the same news has had the consent renewed twice")
	}
	var own, again struct {
		Token    string    `json:"access_token"`
		IssuedAt time.Time `json:"issued_at"`
	}
	reports.lends(r.ID, object{}).want(http.StatusOK, &own)
	reports.lends(r.ID, object{"refused": own.IssuedAt}).want(http.StatusOK, &again)
	if own.Token == "" || own.Token == first.Token || again != own {
		t.Error("the application's own token is another's, or not kept")
	}
	s.Now = s.Now.Add(2 * time.Minute)
	reports.lends(r.ID, object{"refused": own.IssuedAt}).want(http.StatusOK, &again)
	if again.Token == own.Token {
		t.Error("the application's own token that was refused was lent again")
	}

	entries, err := s.Audit.Latest(t.Context(), stack.Auditor, 200)
	check(t, err)
	lent := 0
	for _, e := range entries {
		if e.Action == access.TokensLend {
			lent++
		}
		for _, token := range []string{first.Token, second.Token, own.Token, again.Token} {
			if strings.Contains(e.Detail, token) {
				t.Errorf("the entry of %s has a token", e.Action)
			}
		}
	}
	if lent < 12 {
		t.Errorf("%d entries", lent)
	}

	other := s.service(t, "other", access.Transport, access.Accounts)
	other.lends(r.ID, object{"consent_id": id}).refused(http.StatusNotFound, "consent_unknown")
	other.lends(r.ID, object{}).refused(http.StatusForbidden, "purpose_missing")
	elsewhere, err := s.Registrations.Register(t.Context(), stack.Engineer, r.ApplicationID, stack.Professional)
	check(t, err)
	reports.lends(elsewhere.ID, object{"consent_id": id}).refused(http.StatusNotFound, "consent_unknown")
	s.service(t, "payer", access.Transport, access.Payments).lends(r.ID, object{"consent_id": id}).
		refused(http.StatusForbidden, "purpose_missing")
	s.service(t, "reader", access.Accounts).lends(r.ID, object{"consent_id": id}).
		refused(http.StatusForbidden, "purpose_missing")
	s.as(t, "Grace", access.Admin).lends(r.ID, object{"consent_id": id}).
		refused(http.StatusForbidden, "service_account_needed")
	reports.call("DELETE", "/v1/consents/"+id, nil).want(http.StatusOK, nil)
	reports.lends(r.ID, object{"consent_id": id}).refused(http.StatusConflict, "consent_revoked")
}

// A program reads a customer's accounts at the simulated bank through egress, without ever having a token of it.
func TestEgressAddsTheTokenOfAConsent(t *testing.T) {
	s := serve(t)
	r := s.ActivateAt(stack.Institution)
	reports := s.service(t, "reports", access.Transport, access.Signing, access.Accounts)
	id := reports.given(r.ID)
	set, err := source.OpenAll(t.Context(), source.Config{
		Client:   sealkeeper.Config{URL: s.url, Token: secret.NewTextString(reports.token)},
		Instance: "egress",
		Now:      func() time.Time { return s.Now },
	})
	check(t, err)
	t.Cleanup(func() { _ = set.Close() })
	var logged strings.Builder
	proxy := httptest.NewServer(egress.New(egress.Config{
		Sources: set,
		Logger:  slog.New(slog.NewTextHandler(&logged, nil)),
	}))
	t.Cleanup(proxy.Close)
	endpoints, _ := s.Bank.Endpoints("pri")
	host, path, _ := strings.Cut(strings.TrimPrefix(endpoints.AISBaseURL, "https://"), "/")
	ask := func(token string) (int, string, string) {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, proxy.URL+"/"+path+"/accounts", nil)
		check(t, err)
		q.Host = host
		q.Header.Set("Sealkeeper-Sign", "ais")
		q.Header.Set("Client-Id", stack.ClientID)
		if token != "" {
			q.Header.Set("Sealkeeper-Token", token)
		}
		response, err := http.DefaultClient.Do(q)
		check(t, err)
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		check(t, err)
		return response.StatusCode, response.Header.Get("Sealkeeper-Error"), string(body)
	}
	if status, _, _ := ask(""); status != http.StatusUnauthorized {
		t.Errorf("without a token the bank answers %d", status)
	}
	status, code, body := ask(id)
	if status != http.StatusOK || !strings.Contains(body, "resourceId") {
		t.Fatalf("the bank answers %d, %s: %s", status, code, body)
	}
	if status, code, _ := ask("another"); status != http.StatusNotFound || code != "consent_unknown" {
		t.Errorf("with another's consent: %d, %s", status, code)
	}
	if status, code, _ := ask("payments"); status != http.StatusForbidden || code != "purpose_missing" {
		t.Errorf("without the purpose: %d, %s", status, code)
	}
	// The bank takes the token no more, before its time: another one is got, and the request made once more.
	s.Now = s.Now.Add(2 * time.Minute)
	src := set.Sources()[0]
	held, err := src.BankToken(t.Context(), id)
	check(t, err)
	check(t, s.Bank.Arm(mishap.Switch{Case: "invalid_token", Count: 1, Product: "ais"}))
	if status, _, _ := ask(id); status != http.StatusOK {
		t.Errorf("after the bank has refused the token: %d", status)
	}
	next, err := src.BankToken(t.Context(), id)
	check(t, err)
	if next.IssuedAt.Equal(held.IssuedAt) {
		t.Error("the refused token is still there")
	}
	reports.call("DELETE", "/v1/consents/"+id, nil).want(http.StatusOK, nil)
	s.Now = s.Now.Add(2 * time.Minute)
	if status, code, _ := ask(id); status != http.StatusConflict || code != "consent_revoked" {
		t.Errorf("after the consent was given up: %d, %s", status, code)
	}
	for _, token := range []wire.BankToken{held, next} {
		if strings.Contains(logged.String(), token.AccessToken.Reveal()) {
			t.Error("the log has a token")
		}
	}
	if _, err := src.BankToken(t.Context(), id); !errors.Is(err, fault.Conflict) {
		t.Errorf("in Go: %v", err)
	}
}
