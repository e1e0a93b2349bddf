package ais_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

// TestLinks: next links are followed as the profile says, never to another
// server, never round in a circle.
func TestLinks(t *testing.T) {
	tests := []struct {
		name string
		next string // of the first page; %s is the server's URL
		mode ais.HrefMode
		want string // path and query of the second request, or a code
	}{
		{"relative to the base", "/accounts?page=2", ais.HrefAppend, "/psd2/xs2a/accounts?page=2"},
		{"relative to the host", "/psd2/xs2a/accounts?page=2", ais.HrefRFC3986, "/psd2/xs2a/accounts?page=2"},
		{"query only", "?page=2", ais.HrefRFC3986, "/psd2/xs2a/accounts?page=2"},
		{"query only, at a bank that appends", "?page=2", ais.HrefAppend, "/psd2/xs2a/accounts?page=2"},
		{
			"with the base's own path, at a bank that appends", "/psd2/xs2a/accounts?page=2", ais.HrefAppend,
			"/psd2/xs2a/accounts?page=2",
		},
		{
			"of another place that begins alike", "/psd2/xs2abc?page=2", ais.HrefAppend,
			"/psd2/xs2a/psd2/xs2abc?page=2",
		},
		{"absolute", "%s/psd2/xs2a/accounts?page=2", ais.HrefAppend, "/psd2/xs2a/accounts?page=2"},
		{"another server", "https://elsewhere.example/accounts", ais.HrefAppend, "link_refused"},
		{"another server without a scheme", "//elsewhere.example/accounts", ais.HrefAppend, "link_refused"},
		{"another scheme", "http://127.0.0.1/accounts", ais.HrefRFC3986, "link_refused"},
		{"itself", "/accounts", ais.HrefAppend, "link_refused"},
		{"no URL", "/accounts\x7f", ais.HrefAppend, "link_refused"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var asked []string
			client := linking(t, test.mode, test.next, &asked)
			_, err := client.AIS.Accounts(t.Context(), tpp.SomeToken)
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

func linking(t *testing.T, mode ais.HrefMode, next string, asked *[]string) *connector.Client {
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
	if _, err := client.AIS.Accounts(t.Context(), tpp.SomeToken); tpp.FaultCode(err) != "link_refused" || pages != 5 {
		t.Errorf("%d pages, %v", pages, err)
	}
}

func TestNoContentIsNoAccounts(t *testing.T) {
	client := tpp.Answering(t, tpp.Saying(204, "", ""))
	accounts, err := client.AIS.Accounts(t.Context(), tpp.SomeToken)
	if err != nil || len(accounts) != 0 {
		t.Errorf("got %v, %v", accounts, err)
	}
}

// TestPathsThatClimb: neither a cursor nor a bank's link leads out of its place, however the dots are written.
func TestPathsThatClimb(t *testing.T) {
	client := tpp.Answering(t, func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the bank was asked for %s", r.RequestURI)
	})
	for _, dots := range []string{"..", ".", "%2e%2e", "%2E.", "..%2f..", "%252e%252e", "%25252e%25252e", "..%5c.."} {
		t.Run(dots, func(t *testing.T) {
			href := dots + "/accounts/1/" + dots + "/transactions"
			account := ais.Account{ResourceID: "1", Links: map[string]ais.Link{"transactions": {Href: href}}}
			_, err := client.AIS.TransactionList(t.Context(), tpp.SomeToken, account, ais.TransactionQuery{})
			tpp.WantFailure(t, err, "link_refused", failure.Operator)
			cursor := base64.RawURLEncoding.EncodeToString([]byte(
				`{"u":"/psd2/xs2a/accounts/1/transactions/` + dots + `/` + dots + `/2/transactions","s":0}`))
			_, err = client.AIS.TransactionList(t.Context(), tpp.SomeToken, someAccount,
				ais.TransactionQuery{Cursor: cursor})
			if tpp.FaultCode(err) != "cursor_invalid" {
				t.Errorf("as a cursor: %v", err)
			}
		})
	}
}

func TestNothingIsAskedWithoutALink(t *testing.T) {
	client := tpp.Answering(t, func(http.ResponseWriter, *http.Request) { t.Error("the bank was asked") })
	bare := ais.Account{ResourceID: "1"}
	_, err := client.AIS.Balances(t.Context(), tpp.SomeToken, bare)
	tpp.WantFailure(t, err, "access_not_granted", failure.NewConsent)
	_, err = client.AIS.TransactionList(t.Context(), tpp.SomeToken, bare, ais.TransactionQuery{})
	tpp.WantFailure(t, err, "access_not_granted", failure.NewConsent)
	bare.Balances = []ais.Balance{{Type: "CLBD"}}
	if got, err := client.AIS.Balances(t.Context(), tpp.SomeToken, bare); err != nil || len(got) != 1 {
		t.Errorf("the balances that came with the account: %v, %v", got, err)
	}
}

func TestEmptyAnswers(t *testing.T) {
	client := tpp.Answering(t, tpp.Saying(204, "", ""))
	ctx := t.Context()
	if got, err := client.AIS.Balances(ctx, tpp.SomeToken, someAccount); err != nil || len(got) != 0 {
		t.Errorf("balances %v, %v", got, err)
	}
	if got, err := client.AIS.TransactionList(ctx, tpp.SomeToken, someAccount, ais.TransactionQuery{}); err != nil ||
		len(got.Transactions) != 0 || got.Next != "" {
		t.Errorf("transactions %v, %v", got, err)
	}
	if got, err := client.AIS.Beneficiaries(ctx, tpp.SomeToken); err != nil || len(got) != 0 {
		t.Errorf("beneficiaries %v, %v", got, err)
	}
}

// TestAnswersWithoutWhatIsRequired: they are no empty listings.
func TestAnswersWithoutWhatIsRequired(t *testing.T) {
	for _, body := range []string{`null`, `{}`, `{"_links":{}}`, `{"status":500,"message":"Internal error"}`,
		`{"accounts":{},"balances":{},"transactions":{},"beneficiaries":{},"identity":null}`} {
		t.Run(body, func(t *testing.T) {
			client := tpp.Answering(t, tpp.Saying(200, "", body))
			ctx := t.Context()
			_, accounts := client.AIS.Accounts(ctx, tpp.SomeToken)
			_, balances := client.AIS.Balances(ctx, tpp.SomeToken, someAccount)
			_, transactions := client.AIS.TransactionList(ctx, tpp.SomeToken, someAccount, ais.TransactionQuery{})
			_, identity := client.AIS.Identity(ctx, tpp.SomeToken)
			_, beneficiaries := client.AIS.Beneficiaries(ctx, tpp.SomeToken)
			for i, err := range []error{accounts, balances, transactions, identity, beneficiaries} {
				if tpp.FaultCode(err) != "answer_unreadable" {
					t.Errorf("%s, %d: %v", body, i, err)
				}
			}
		})
	}
}
