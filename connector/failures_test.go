package connector_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/stet"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
	"github.com/sealkeeper/sealkeeper/secret"
)

func accounts(ctx context.Context, c *connector.Client) error {
	_, err := c.AIS.Accounts(ctx, tpp.SomeToken)
	return err
}

func refresh(ctx context.Context, c *connector.Client) error {
	_, err := c.OAuth.Refresh(ctx, secret.NewTextString("refresh-token"))
	return err
}

// failureCases is every way in which banks are known to refuse, and what
// each is to whoever has to do something about it. What concerns payments is tested with them.
var failureCases = []struct {
	name   string
	call   func(context.Context, *connector.Client) error
	status int
	body   string
	code   string
	action failure.Action
	asked  int // requests the bank sees
}{
	{"1 no consent", accounts, 403,
		`{"timestamp":"..","status":403,"error":"Forbidden",` +
			`"message":"No consent for TPP [client-id] and scope [AISP]","path":"/accounts"}`,
		"consent_gone", failure.NewConsent, 1},
	{"2 gateway time-out", accounts, 504,
		`{"timestamp":"..","path":"/sg/prod/pri/v1.4.2.17/psd2/xs2a/end-user-identity","status":504,` +
			`"error":"Gateway Timeout","message":"Response took longer than timeout: PT10S"}`,
		"bank_unavailable", failure.RetryLater, 3},
	{"3 dates too old", oldTransactions, 400, "", "request_refused", failure.Bug, 2},
	{"4 unavailable", accounts, 503, "", "bank_unavailable", failure.RetryLater, 3},
	{"5 refresh token dead", refresh, 400,
		`{"error":"invalid_grant","error_description":"expired, revoked, issued to another client."}`,
		"grant_ended", failure.NewConsent, 1},
	{"6 customer blocked", refresh, 400,
		`{"error":"invalid_request",` +
			`"error_description":"Compte inexistant ou bloque, Veuillez contacter votre conseiller"}`,
		"customer_blocked", failure.Terminal, 1},
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
		`{"status":429,"error":"Too Many Requests",` +
			`"message":"Limite des appels par jour depassee (Erreur H6B-QA03AAH5)"}`,
		"daily_quota_reached", failure.RetryLater, 1},
	{"12 rate, with the customer there", attended(accounts), 429,
		`{"status":429,"error":"Too Many Requests","message":"Limite des appels par jour depassee"}`,
		"rate_limited", failure.RetryLater, 1},
	{"19 internal error on a read", accounts, 500,
		`{"status":500,"error":"Internal Server Error","message":"Something went wrong"}`, "bank_unavailable",
		failure.RetryLater, 1},
	{"22 refresh token dead, said with 404", refresh, 404,
		`{"timestamp":"Tue, 17 Mar 2020 20:31:48 +0100","status":404,"error":"Not Found",` +
			`"message":"Aucun resultat pour cette recherche."}`,
		"grant_ended", failure.NewConsent, 1},
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

func TestFailureCases(t *testing.T) {

	for _, test := range failureCases {
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
		return call(stet.WithCustomer(ctx, stet.Customer{IPAddress: "192.0.2.7"}), c)
	}
}

func oldTransactions(ctx context.Context, c *connector.Client) error {
	account := ais.Account{Links: map[string]ais.Link{"transactions": {Href: "/accounts/1/transactions"}}}
	_, err := c.AIS.TransactionList(ctx, tpp.SomeToken, account,
		ais.TransactionQuery{From: calendar.Of(time.Now(), time.UTC).AddDays(-365)})
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

// apiErrors are answers to a GET of the accounts.
var apiErrors = []struct {
	name   string
	status int
	header string
	body   string
	code   string
	action failure.Action
	retry  time.Duration
}{
	{"no consent", 403, "",
		`{"timestamp":"x","status":403,"error":"Forbidden",` +
			`"message":"No consent for TPP [c] and scope [AISP]","path":"/accounts"}`,
		"consent_gone", failure.NewConsent, 0},
	{"forbidden without a body", 403, "", "", "access_unexplained", failure.NewConsent, 0},
	{"forbidden with a listing", 403, "", `{"accounts":[],"_links":{"self":{"href":"/accounts"}}}`,
		"access_unexplained", failure.NewConsent, 0},
	{"account not granted", 403, "", `{"status":403,"message":"NGAC"}`, "access_not_granted",
		failure.NewConsent, 0},
	{"unknown AISP", 403, "", `{"status":403,"message":"BE05"}`, "client_refused", failure.Operator, 0},
	{"token of another scope", 403, "", `{"status":403,"message":"BADS"}`, "scope_refused", failure.Operator, 0},
	{"invalid token", 401, "", `{"errorMessage":"Invalid token in authorization header"}`,
		"token_refused", failure.RefreshToken, 0},
	{"no eligible account", 404, "",
		`{"timestamp":"2021-05-27 14:07:11.000000000","status":404,"message":"NAAC","path":"/accounts"}`,
		"no_account", failure.Terminal, 0},
	{"not found", 404, "", "<html>not found</html>", "not_found_at_bank", failure.Operator, 0},
	{"digest missing", 400, "",
		`{"status":400,"error":"Bad Request",` +
			`"message":"Missing request header 'Digest' for method parameter of type String"}`,
		"signature_refused", failure.Operator, 0},
	{"too many calls", 429, "Retry-After: 120", `{"status":429,"error":"Too Many Requests"}`,
		"rate_limited", failure.RetryLater, 2 * time.Minute},
	{"absurd retry-after", 429, "Retry-After: 99999999999", "", "rate_limited", failure.RetryLater, 0},
	{"very long retry-after", 429, "Retry-After: 2000000000", "", "rate_limited", failure.RetryLater,
		24 * time.Hour},
	{"internal error", 500, "",
		`{"status":500,"error":"Internal Server Error","message":"Something went wrong"}`, "bank_unavailable",
		failure.RetryLater, 0},
	{"unavailable", 503, "", "", "bank_unavailable", failure.RetryLater, 0},
	{"unavailable for long", 503, "Retry-After: 600", "", "bank_unavailable", failure.RetryLater,
		10 * time.Minute},
	{"redirect", 302, "Location: https://elsewhere.example/", "", "unexpected_redirect", failure.Operator, 0},
	{"no JSON", 200, "", "<html>", "answer_unreadable", failure.Operator, 0},
	{"accounts that are no list", 200, "", `{"accounts":{"resourceId":"1"}}`, "answer_unreadable", failure.Operator, 0},
	{"too large", 200, "", strings.Repeat(" ", 17<<10), "answer_too_large", failure.Operator, 0},
}

func TestAPIErrors(t *testing.T) {

	for _, test := range apiErrors {
		t.Run(test.name, func(t *testing.T) {
			client := tpp.Answering(t, tpp.Saying(test.status, test.header, test.body))
			_, err := client.AIS.Accounts(t.Context(), tpp.SomeToken)
			cause, ok := errors.AsType[*failure.Failure](err)
			if !ok || tpp.FaultCode(err) != test.code {
				t.Fatalf("code %q, want %q (%v)", tpp.FaultCode(err), test.code, err)
			}
			if cause.Action != test.action || cause.Status != test.status || cause.RetryAfter != test.retry {
				t.Errorf("got %+v", cause)
			}
			if e, _ := errors.AsType[*fault.Error](err); e.After != test.retry {
				t.Errorf("handed on: after %v", e.After)
			}
		})
	}
}

// TestErrorsKeepSecretsOut: a bank that echoes what it was sent does not get
// it into our log.
func TestErrorsKeepSecretsOut(t *testing.T) {
	echo := "No consent. " + tpp.SomeToken.Access.Reveal() + " " + tpp.ClientSecret.Reveal() +
		" FR76 3000 3000 0000 0000 0000 097 FR7630003000000000000000097" +
		" eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0\x1b[31m\n" + strings.Repeat("long words ", 500)
	client := tpp.Answering(t, tpp.Saying(403, "", echo))
	_, err := client.AIS.Accounts(t.Context(), tpp.SomeToken)
	cause, ok := errors.AsType[*failure.Failure](err)
	if !ok {
		t.Fatal(err)
	}
	for _, leak := range []string{
		tpp.SomeToken.Access.Reveal(),
		tpp.ClientSecret.Reveal(),
		"3000 3000",
		"FR763",
		"eyJ",
		"\x1b",
		"\n",
	} {
		if strings.Contains(err.Error(), leak) {
			t.Errorf("%q is in %s", leak, err)
		}
	}
	if len(cause.Detail) > 600 || !strings.Contains(cause.Detail, "No consent.") {
		t.Errorf("%d bytes of detail: %s", len(cause.Detail), cause.Detail)
	}
}
