package bank_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank/customer"
	"github.com/sealkeeper/sealkeeper/lab/bank/mishap"
)

// ais makes a good signed call to the accounts API of a segment.
func (p *tpp) ais(t testing.TB, segment, path, token string) (int, object, http.Header) {
	t.Helper()
	endpoints, _ := p.bank.Endpoints(segment)
	return p.exchange(t, p.aisRequest(t, endpoints.AISBaseURL+path, token))
}

func (p *tpp) aisRequest(t testing.TB, address, token string) *http.Request {
	t.Helper()
	req := newRequest(t, http.MethodGet, address, "")
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Client-Id", clientID)
	req.Header.Set("X-Request-Id", "0f6b2a1c-8f0d-4b0e-9a53-5c1f0e6a2b11")
	req.Header.Set("Digest", "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
	p.sign(t, req, "client-id", "digest", "x-request-id")
	return req
}

const currentAccount = "/accounts/300030300000045120025EUR"

// TestEveryFailureCase switches each of the numbered cases on for one call,
// sees it, and sees the call after it succeed.
func TestEveryFailureCase(t *testing.T) {
	p := newTPP(t, newBank(t))
	access, refresh := p.consent(t, "pri")
	accounts := func() (int, object) { s, b, _ := p.ais(t, "pri", "/accounts", access); return s, b }
	transactions := func() (int, object) {
		s, b, _ := p.ais(t, "pri", currentAccount+"/transactions", access)
		return s, b
	}
	renew := func() (int, object) {
		s, b := p.token(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}, nil)
		if next, ok := b["refresh_token"].(string); ok {
			refresh = next
		}
		return s, b
	}
	direct := func() (int, object) {
		return p.token(t, url.Values{"grant_type": {"client_credentials"}, "scope": {"pisp"}}, nil)
	}
	pay := p.pisToken(t)
	orders := 0
	create := func() (int, object) {
		orders++
		s, b, _ := p.pis(t, http.MethodPost, "/payment-requests", pay,
			order(time.Now(), "case-"+string(rune('a'+orders))))
		return s, b
	}
	fresh := func() *payer { orders++; return p.create(t, order(time.Now(), "case-"+string(rune('a'+orders)))) }
	confirm := func() (int, object) {
		one := fresh()
		one.approve(t)
		s, b, _ := p.pis(t, http.MethodPost, one.id+"/confirmation", one.token, nil)
		return s, b
	}
	change := func() (int, object) {
		one := fresh()
		s, b, _ := p.pis(t, http.MethodPut, one.id, one.token,
			order(time.Now(), "case-"+string(rune('a'+orders)), with("TECH")))
		return s, b
	}
	status := func() (int, object) {
		one := fresh()
		s, b, _ := p.pis(t, http.MethodGet, one.id, one.token, nil)
		return s, b
	}
	tests := []struct {
		number int
		armed  mishap.Switch
		do     func() (int, object)
		status int
		has    string // in the body, as JSON
	}{
		{1, mishap.Switch{Case: "no_consent"}, accounts, 403,
			`"message":"No consent for TPP [` + clientID + `] and scope [AISP]"`},
		{2, mishap.Switch{Case: "2"}, accounts, 504, `"message":"Response took longer than timeout: PT10S"`},
		{3, mishap.Switch{Case: "history_too_old"}, transactions, 400, `dateFrom`},
		{4, mishap.Switch{Case: "unavailable"}, transactions, 503, `"status":503`},
		{4, mishap.Switch{Case: "unavailable", Product: "token"}, direct, 503, `"status":503`},
		{5, mishap.Switch{Case: "invalid_grant"}, renew, 400, `"error":"invalid_grant"`},
		{6, mishap.Switch{Case: "psu_blocked"}, renew, 400, `Compte inexistant ou bloque`},
		{7, mishap.Switch{Case: "invalid_client"}, direct, 401, `"error":"invalid_client"`},
		{8, mishap.Switch{Case: "invalid_token"}, accounts, 401, `{"message":"invalid token","status":401}`},
		{8, mishap.Switch{Case: "invalid_token", Detail: "errorMessage"}, accounts, 401, `{"errorMessage":`},
		{9, mishap.Switch{Case: "empty_forbidden"}, accounts, 403, `null`},
		{10, mishap.Switch{Case: "no_eligible_account"}, accounts, 404, `"message":"NAAC"`},
		{11, mishap.Switch{Case: "status_disagrees"}, accounts, 403, `"accounts":[]`},
		{11, mishap.Switch{Case: "status_disagrees", Detail: "404"}, accounts, 404, `"accounts":[]`},
		{12, mishap.Switch{Case: "rate_limited"}, accounts, 429, `Limite des appels`},
		{13, mishap.Switch{Case: "digest_missing"}, create, 400, `Missing request header 'Digest'`},
		{14, mishap.Switch{Case: "bad_format"}, create, 400, `The format of the input is not valid`},
		{15, mishap.Switch{Case: "not_authenticated"}, confirm, 403, `not authenticated`},
		{16, mishap.Switch{Case: "change_refused"}, change, 403, `cannot be changed`},
		{16, mishap.Switch{Case: "change_refused", Detail: "409"}, change, 409, `cannot be changed`},
		{17, mishap.Switch{Case: "rejected", Detail: "FRAD"}, status, 200, `"statusReasonInformation":"FRAD"`},
		{18, mishap.Switch{Case: "no_approval_link"}, create, 201, `"_links":{}`},
		{19, mishap.Switch{Case: "internal_error"}, accounts, 500, `Something went wrong`},
		{22, mishap.Switch{Case: "refresh_not_found"}, renew, 404, `Aucun resultat`},
		{23, mishap.Switch{Case: "coded_message", Detail: "BADS"}, accounts, 403, `"message":"BADS"`},
	}
	tested := []int{20, 21} // below: they are no HTTP answers
	for _, test := range tests {
		t.Run(fmt.Sprintf("%d %s", test.number, test.armed.Detail), func(t *testing.T) {
			tested = append(tested, test.number)
			test.armed.Count = 1
			if err := p.bank.Arm(test.armed); err != nil {
				t.Fatal(err)
			}
			code, body := test.do()
			if text := encode(t, body); code != test.status || (body != nil && !strings.Contains(text,
				test.has)) || (body == nil && test.has != "null") {
				t.Errorf("case %d: %d %s, want %d %s", test.number, code, text, test.status, test.has)
			}
			if code, body := test.do(); code > 299 {
				t.Errorf("after case %d: %d %v", test.number, code, body)
			}
		})
	}
	for _, c := range mishap.Cases() {
		if c.Number > 0 && !slices.Contains(tested, c.Number) {
			t.Errorf("case %d, %s, is not tested", c.Number, c.Name)
		}
	}
}

func TestBrokenReturn(t *testing.T) {
	p := newTPP(t, newBank(t))
	for detail, want := range map[string]string{
		"":        redirectURI + "?error=access_denied&state=s",
		"nothing": redirectURI,
	} {
		t.Run(detail, func(t *testing.T) {
			if err := p.bank.Arm(mishap.Switch{Case: "20", Count: 1, Detail: detail}); err != nil {
				t.Fatal(err)
			}
			back, err := customer.Approve(t.Context(), p.authorizeURL(t, "pri", nil), "55000002", "111111")
			if err != nil || back.String() != want {
				t.Errorf("%q: %v, %v", detail, back, err)
			}
		})
	}
}

func TestAlerts(t *testing.T) {
	p := newTPP(t, newBank(t))
	for detail, want := range map[string]string{
		"":                    "handshake failure",
		"certificate_revoked": "revoked certificate",
		"unknown_ca":          "unknown certificate authority",
	} {
		t.Run(detail, func(t *testing.T) {
			if err := p.bank.Arm(mishap.Switch{Case: "tls_alert", Count: 1, Detail: detail}); err != nil {
				t.Fatal(err)
			}
			p.client.CloseIdleConnections()
			endpoints, _ := p.bank.Endpoints("pri")
			if _, err := p.client.Do(p.aisRequest(t, endpoints.AISBaseURL+"/accounts", "x")); err == nil ||
				!strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v", detail, err)
			}
		})
	}
	if status, _, _ := p.ais(t, "pri", "/accounts", "x"); status != 401 {
		t.Errorf("after the alerts: %d", status)
	}
}

// TestBrokenConnections: the failures that are no answer at all.
func TestBrokenConnections(t *testing.T) {
	p := newTPP(t, newBank(t))
	access, _ := p.consent(t, "pri")
	endpoints, _ := p.bank.Endpoints("pri")
	for _, name := range []string{"reset", "cut"} {
		t.Run(name, func(t *testing.T) {
			if err := p.bank.Arm(mishap.Switch{Case: name, Count: 1, Operation: "accounts"}); err != nil {
				t.Fatal(err)
			}
			p.client.CloseIdleConnections() // on a connection that was used before, net/http tries again by itself
			response, err := p.client.Do(p.aisRequest(t, endpoints.AISBaseURL+"/accounts", access))
			if err == nil {
				body := make([]byte, 4096)
				for err == nil {
					_, err = response.Body.Read(body)
				}
				_ = response.Body.Close()
			}
			if err == nil || err.Error() == "EOF" {
				t.Errorf("%s: %v", name, err)
			}
			if status, _, _ := p.ais(t, "pri", "/accounts", access); status != 200 {
				t.Errorf("after %s: %d", name, status)
			}
		})
	}
}

// TestUnclearOutcome: a 500 after the payment was made, and one instead of it.
func TestUnclearOutcome(t *testing.T) {
	p := newTPP(t, newBank(t))
	for detail, made := range map[string]int{"done": 1, "lost": 0} {
		t.Run(detail, func(t *testing.T) {
			before := p.bank.Payments()
			if err := p.bank.Arm(mishap.Switch{
				Case:      "internal_error",
				Count:     1,
				Operation: "create",
				Detail:    detail,
			}); err != nil {
				t.Fatal(err)
			}
			if status, _, _ := p.pis(t, http.MethodPost, "/payment-requests", p.pisToken(t),
				order(time.Now(), detail)); status != 500 {
				t.Errorf("%s: %d", detail, status)
			}
			if got := len(p.bank.Payments()) - len(before); got != made {
				t.Errorf("%s: %d payments were made", detail, got)
			}
			p.create(t, order(time.Now(), detail))
			if got := len(p.bank.Payments()) - len(before); got != 1 {
				t.Errorf("%s: after asking again there are %d payments", detail, got)
			}
		})
	}
}

func TestSwitchesChooseTheirCalls(t *testing.T) {
	p := newTPP(t, newBank(t))
	personal, _ := p.consent(t, "pri")
	business, _ := p.consent(t, "pro")
	for _, armed := range []mishap.Switch{{Case: "unavailable", Count: 1, Segment: "pro"}, {
		Case:      "4",
		Count:     2,
		Operation: "identity",
	}} {
		if err := p.bank.Arm(armed); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		segment, path, token string
		status               int
	}{
		{"pri", "/accounts", personal, 200},
		{"pri", "/end-user-identity", personal, 503},
		{"pro", "/accounts", business, 503},
		{"pro", "/accounts", business, 200},
		{"pri", "/end-user-identity", personal, 503},
		{"pri", "/end-user-identity", personal, 200},
	} {
		t.Run(test.segment+test.path, func(t *testing.T) {
			if status, body, _ := p.ais(t, test.segment, test.path, test.token); status != test.status {
				t.Errorf("%s%s: %d %v, want %d", test.segment, test.path, status, body, test.status)
			}
		})
	}
	for _, bad := range []mishap.Switch{{Case: "24", Count: 1}, {Case: "4"}, {Case: "16", Count: 1, Detail: "404"}} {
		t.Run(bad.Case, func(t *testing.T) {
			if err := p.bank.Arm(bad); err == nil {
				t.Errorf("%+v was armed", bad)
			}
		})
	}
}
