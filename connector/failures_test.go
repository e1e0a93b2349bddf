package connector_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
	"github.com/sealkeeper/sealkeeper/secret"
)

func accounts(ctx context.Context, c *connector.Client) error {
	_, err := c.Accounts(ctx, tpp.SomeToken)
	return err
}

func refresh(ctx context.Context, c *connector.Client) error {
	_, err := c.OAuth.Refresh(ctx, secret.NewTextString("refresh-token"))
	return err
}

// TestFailureCases is every way in which banks are known to refuse, and what
// each is to whoever has to do something about it. What concerns payments is tested with them.
func TestFailureCases(t *testing.T) {
	tests := []struct {
		name   string
		call   func(context.Context, *connector.Client) error
		status int
		body   string
		code   string
		action failure.Action
		asked  int // requests the bank sees
	}{
		{"1 no consent", accounts, 403,
			`{"timestamp":"..","status":403,"error":"Forbidden","message":"No consent for TPP [client-id] and scope [AISP]","path":"/accounts"}`, "consent_gone", failure.NewConsent, 1},
		{"2 gateway time-out", accounts, 504,
			`{"timestamp":"..","path":"/sg/prod/pri/v1.4.2.17/psd2/xs2a/end-user-identity","status":504,"error":"Gateway Timeout","message":"Response took longer than timeout: PT10S"}`, "bank_unavailable", failure.RetryLater, 3},
		{"3 dates too old", oldTransactions, 400, "", "request_refused", failure.Bug, 2},
		{"4 unavailable", accounts, 503, "", "bank_unavailable", failure.RetryLater, 3},
		{"5 refresh token dead", refresh, 400,
			`{"error":"invalid_grant","error_description":"expired, revoked, issued to another client."}`,
			"grant_ended", failure.NewConsent, 1},
		{"6 customer blocked", refresh, 400,
			`{"error":"invalid_request","error_description":"Compte inexistant ou bloque, Veuillez contacter votre conseiller"}`, "customer_blocked", failure.Terminal, 1},
		{"7 client refused", refresh, 401, `{"error":"invalid_client"}`, "client_refused", failure.Operator, 1},
		{"8 invalid token", accounts, 401, `{"status":401,"message":"invalid token"}`, "token_refused",
			failure.RefreshToken, 1},
		{"8 invalid token, another shape", accounts, 401,
			`{"errorMessage":"Invalid token in authorization header"}`, "token_refused", failure.RefreshToken, 1},
		{"9 forbidden without a word", accounts, 403, "", "access_unexplained", failure.NewConsent, 1},
		{"10 no eligible account", accounts, 404,
			`{"timestamp":"2021-05-27 14:07:11.000000000","status":404,"message":"NAAC","path":".."}`, "no_account",
			failure.Terminal, 1},
		{"11 forbidden, with a listing", accounts, 403,
			`{"accounts":[],"_links":{"self":{"href":"/accounts"}}}`, "access_unexplained", failure.NewConsent, 1},
		{"11 not found, with a listing", accounts, 404,
			`{"accounts":[],"_links":{"self":{"href":"/accounts"}}}`, "no_account", failure.Terminal, 1},
		{"12 quota of the day", accounts, 429,
			`{"status":429,"error":"Too Many Requests","message":"Limite des appels par jour depassee (Erreur H6B-QA03AAH5)"}`, "daily_quota_reached", failure.RetryLater, 1},
		{"12 rate, with the customer there", attended(accounts), 429,
			`{"status":429,"error":"Too Many Requests","message":"Limite des appels par jour depassee"}`,
			"rate_limited", failure.RetryLater, 1},
		{"19 internal error on a read", accounts, 500,
			`{"status":500,"error":"Internal Server Error","message":"Something went wrong"}`, "bank_unavailable",
			failure.RetryLater, 1},
		{"22 refresh token dead, said with 404", refresh, 404,
			`{"timestamp":"Tue, 17 Mar 2020 20:31:48 +0100","status":404,"error":"Not Found","message":"Aucun resultat pour cette recherche."}`, "grant_ended", failure.NewConsent, 1},
		{"23 AC01", accounts, 403, interbank("AC01"), "account_unusable", failure.Terminal, 1},
		{"23 AC04", accounts, 403, interbank("AC04"), "account_unusable", failure.Terminal, 1},
		{"23 AC06", accounts, 403, interbank("AC06"), "account_unusable", failure.Terminal, 1},
		{"23 BE05", accounts, 403, interbank("BE05"), "client_refused", failure.Operator, 1},
		{"23 BADS", accounts, 403, interbank("BADS"), "scope_refused", failure.Operator, 1},
		{"23 NGAC", accounts, 403, interbank("NGAC"), "access_not_granted", failure.NewConsent, 1},
		{"23 IPGN", accounts, 400, interbank("IPGN"), "request_refused", failure.Bug, 1},
		{"23 TMRQ", accounts, 429, interbank("TMRQ"), "rate_limited", failure.RetryLater, 1},
		{"23 IPSU", accounts, 403, interbank("IPSU"), "consent_gone", failure.NewConsent, 1},
		{"23 INTE", accounts, 500, interbank("INTE"), "bank_unavailable", failure.RetryLater, 1},
		{"23 INTS", accounts, 500, interbank("INTS"), "bank_unavailable", failure.RetryLater, 1},
		{"23 NIMP", accounts, 501, interbank("NIMP"), "not_offered", failure.Operator, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			asked := 0
			client := tpp.Answering(t, func(w http.ResponseWriter, _ *http.Request) {
				asked++
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			tpp.WantFailure(t, test.call(t.Context(), client), test.code, test.action)
			if asked != test.asked {
				t.Errorf("the bank was asked %d times, want %d", asked, test.asked)
			}
		})
	}
}

func interbank(code string) string { return `{"status":403,"message":"` + code + `"}` }

func attended(call func(context.Context, *connector.Client) error) func(context.Context, *connector.Client) error {
	return func(ctx context.Context, c *connector.Client) error {
		return call(connector.WithCustomer(ctx, connector.Customer{IPAddress: "192.0.2.7"}), c)
	}
}

// TestCustomerIsCheckedBeforeTheBankIsTold: what is told travels in headers.
func TestCustomerIsCheckedBeforeTheBankIsTold(t *testing.T) {
	var told []string
	client := tpp.Answering(t, func(w http.ResponseWriter, r *http.Request) {
		told = append(told, r.Header.Get("Psu-Ip-Address"))
		_, _ = io.WriteString(w, `{"accounts":[],"_links":{}}`)
	})
	for _, test := range []struct {
		customer connector.Customer
		code     string
	}{
		{connector.Customer{IPAddress: "192.0.2.7", UserAgent: "Mozilla/5.0 (X11; Linux)"}, ""},
		{connector.Customer{IPAddress: "2001:db8::7"}, ""},
		{connector.Customer{IPAddress: "not an ip"}, "customer_ip_invalid"},
		{connector.Customer{IPAddress: "192.0.2.7\r\nX-Evil: 1"}, "customer_ip_invalid"},
		{connector.Customer{IPAddress: "fe80::1%x\r\nX-Evil: 1"}, "customer_ip_invalid"},
		{connector.Customer{IPAddress: "192.0.2.7", UserAgent: "x\r\nX-Evil: 1"}, "customer_agent_invalid"},
		{connector.Customer{IPAddress: "192.0.2.7", UserAgent: strings.Repeat("x", 513)}, "customer_agent_invalid"},
	} {
		_, err := client.Accounts(connector.WithCustomer(t.Context(), test.customer), tpp.SomeToken)
		if test.code == "" && err != nil || test.code != "" && (tpp.FaultCode(err) != test.code || !errors.Is(err,
			fault.Invalid)) {
			t.Errorf("%+v: %v", test.customer, err)
		}
	}
	if !slices.Equal(told, []string{"192.0.2.7", "2001:db8::7"}) {
		t.Errorf("the bank was told %q", told)
	}
}

func oldTransactions(ctx context.Context, c *connector.Client) error {
	_, err := c.TransactionList(ctx, tpp.SomeToken, someAccount,
		connector.TransactionQuery{From: time.Now().AddDate(-1, 0, 0)})
	return err
}

// TestTLSAlertIsNoOutage is case 21: no HTTP status at all.
func TestTLSAlertIsNoOutage(t *testing.T) {
	s := tpp.New(t, "pri")
	stranger := qtsp.Request{Kind: s.QWAC.Certificate.Kind}
	other, err := qtsp.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s.Config.Transport = tpp.Holding(other.MustIssue(t, stranger))
	tpp.WantFailure(t, accounts(t.Context(), s.Client(t)), "tls_refused", failure.Operator)
}

// TestRetriesStayWithinABudget: an outage does not meet three times the load.
func TestRetriesStayWithinABudget(t *testing.T) {
	asked := 0
	client := tpp.Answering(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	const calls = 200
	for range calls {
		tpp.WantFailure(t, accounts(t.Context(), client), "bank_unavailable", failure.RetryLater)
	}
	if most := calls + 20 + calls/10; asked > most {
		t.Errorf("%d calls were %d requests, more than %d", calls, asked, most)
	}
}

// TestRetryAfter is honoured while the caller's deadline allows, and told otherwise.
func TestRetryAfter(t *testing.T) {
	date := func(in time.Duration) string { return time.Now().Add(in).UTC().Format(http.TimeFormat) }
	tests := []struct {
		name   string
		header string
		status int
		served bool          // the second try comes and is answered
		told   time.Duration // least Failure.RetryAfter otherwise
	}{
		{"seconds", "1", 503, true, 0},
		{"seconds, limited", "1", 429, true, 0},
		{"a date gone by", date(-time.Hour), 503, true, 0},
		{"a date", date(time.Hour), 503, false, 59 * time.Minute},
		{"longer than the deadline", "30", 429, false, 30 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			client := tpp.Answering(t, func(w http.ResponseWriter, _ *http.Request) {
				if asked++; asked == 1 {
					w.Header().Set("Retry-After", test.header)
					w.WriteHeader(test.status)
					return
				}
				_, _ = io.WriteString(w, `{"accounts":[]}`)
			})
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			err := accounts(ctx, client)
			if test.served {
				if err != nil || asked != 2 {
					t.Errorf("asked %d times, %v", asked, err)
				}
				return
			}
			cause, ok := errors.AsType[*failure.Failure](err)
			if !ok || cause.RetryAfter < test.told || asked != 1 {
				t.Errorf("asked %d times, %+v", asked, cause)
			}
		})
	}
}
