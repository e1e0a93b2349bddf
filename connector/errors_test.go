package connector_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

func TestAPIErrors(t *testing.T) {
	tests := []struct {
		name   string
		status int
		header string
		body   string
		code   string
		action failure.Action
		retry  time.Duration
	}{
		{"no consent", 403, "",
			`{"timestamp":"x","status":403,"error":"Forbidden","message":"No consent for TPP [c] and scope [AISP]","path":"/accounts"}`, "consent_gone", failure.NewConsent, 0},
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
			`{"status":400,"error":"Bad Request","message":"Missing request header 'Digest' for method parameter of type String"}`, "signature_refused", failure.Operator, 0},
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
		{"no JSON", 200, "", "<html>", "answer_unreadable", failure.RetryLater, 0},
		{"balance without amount", 200, "",
			`{"accounts":[{"name":"x","balances":[{"balanceType":"CLBD","balanceAmount":{"currency":"EUR"}}]}]}`,
			"answer_unreadable", failure.RetryLater, 0},
		{"too large", 200, "", strings.Repeat(" ", 17<<10), "answer_too_large", failure.Operator, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			client := tpp.Answering(t, tpp.Saying(test.status, test.header, test.body))
			_, err := client.Accounts(t.Context(), tpp.SomeToken)
			cause, ok := errors.AsType[*failure.Failure](err)
			if !ok || tpp.FaultCode(err) != test.code {
				t.Fatalf("code %q, want %q (%v)", tpp.FaultCode(err), test.code, err)
			}
			if cause.Action != test.action || cause.Status != test.status || cause.RetryAfter != test.retry {
				t.Errorf("got %+v", cause)
			}
		})
	}
}

// TestErrorsKeepSecretsOut: a bank that echoes what it was sent does not get
// it into our log.
func TestErrorsKeepSecretsOut(t *testing.T) {
	echo := "No consent. " + tpp.SomeToken.Access.Reveal() + " " + tpp.ClientSecret.Reveal() +
		" FR76 3000 3000 0000 0000 0000 097 FR7630003000000000000000097 eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0\x1b[31m\n" + strings.Repeat("long words ", 500)
	client := tpp.Answering(t, tpp.Saying(403, "", echo))
	_, err := client.Accounts(t.Context(), tpp.SomeToken)
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

// TestLinks: next links are followed as the profile says, never to another
// server, never round in a circle.
func TestLinks(t *testing.T) {
	tests := []struct {
		name string
		next string // of the first page; %s is the server's URL
		mode connector.HrefMode
		want string // path and query of the second request, or a code
	}{
		{"relative to the base", "/accounts?page=2", connector.HrefAppend, "/psd2/xs2a/accounts?page=2"},
		{"relative to the host", "/psd2/xs2a/accounts?page=2", connector.HrefRFC3986, "/psd2/xs2a/accounts?page=2"},
		{"query only", "?page=2", connector.HrefRFC3986, "/psd2/xs2a/accounts?page=2"},
		{"absolute", "%s/psd2/xs2a/accounts?page=2", connector.HrefAppend, "/psd2/xs2a/accounts?page=2"},
		{"another server", "https://elsewhere.example/accounts", connector.HrefAppend, "link_refused"},
		{"another server without a scheme", "//elsewhere.example/accounts", connector.HrefAppend, "link_refused"},
		{"another scheme", "http://127.0.0.1/accounts", connector.HrefRFC3986, "link_refused"},
		{"itself", "/accounts", connector.HrefAppend, "link_refused"},
		{"no URL", "/accounts\x7f", connector.HrefAppend, "link_refused"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var asked []string
			client := linking(t, test.mode, test.next, &asked)
			_, err := client.Accounts(t.Context(), tpp.SomeToken)
			if err != nil {
				if got := tpp.FaultCode(err); got != test.want {
					t.Errorf("code %q, want %q (%v)", got, test.want, err)
				}
				return
			}
			if len(asked) != 2 || asked[1] != test.want {
				t.Errorf("the bank was asked for %v", asked)
			}
		})
	}
}

func linking(t *testing.T, mode connector.HrefMode, next string, asked *[]string) *connector.Client {
	t.Helper()
	return tpp.Answering(t, func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.URL.RequestURI())
		links := `{}`
		if len(*asked) == 1 {
			links = `{"next":{"href":"` + strings.ReplaceAll(next, "%s", "https://"+r.Host) + `","templated":true}}`
		}
		_, _ = io.WriteString(w, `{"accounts":[],"_links":`+links+`}`)
	}, func(p *connector.Profile) { p.HrefMode = mode })
}

func TestEndlessListingStops(t *testing.T) {
	pages := 0
	client := tpp.Answering(t, func(w http.ResponseWriter, _ *http.Request) {
		pages++
		_, _ = io.WriteString(w,
			`{"accounts":[],"_links":{"next":{"href":"/accounts?page=`+strings.Repeat("1", pages)+`"}}}`)
	})
	if _, err := client.Accounts(t.Context(), tpp.SomeToken); tpp.FaultCode(err) != "link_refused" || pages != 5 {
		t.Errorf("%d pages, %v", pages, err)
	}
}

func TestNoContentIsNoAccounts(t *testing.T) {
	client := tpp.Answering(t, tpp.Saying(204, "", ""))
	accounts, err := client.Accounts(t.Context(), tpp.SomeToken)
	if err != nil || len(accounts) != 0 {
		t.Errorf("got %v, %v", accounts, err)
	}
}
