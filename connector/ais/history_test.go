package ais_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/bank/ledger"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

var someAccount = ais.Account{
	ResourceID: "1",
	Links: map[string]ais.Link{
		"balances":     {Href: "/accounts/1/balances"},
		"transactions": {Href: "/accounts/1/transactions"},
	},
}

func transaction(reference, amount, status string) string {
	return fmt.Sprintf(`{
		"resourceId": "1",
		"entryReference": %q,
		"transactionAmount": {"amount": %s, "currency": "EUR"},
		"creditDebitIndicator": "DBIT",
		"status": %q,
		"expectedBookingDate": "2025-10-01",
		"remittanceInformation": {"unstructured": ["  PAIEMENT   ", ""]}
	}`, reference, amount, status)
}

// paged answers with pages in order and notes what it was asked for.
func paged(asked *[]url.URL, pages ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, *r.URL)
		n := 0
		_, _ = fmt.Sscan(r.URL.Query().Get("page"), &n)
		n = max(n, 1)
		next := ""
		if n < len(pages) {
			href := fmt.Sprintf("/accounts/1/transactions?page=%d&beforeEntryReference=x", n+1)
			next = `,"next":{"href":"` + href + `","templated":true}`
		}
		_, _ = io.WriteString(w,
			`{"transactions":[`+pages[n-1]+`],"_links":{"self":{"href":"/x"},"last":{"href":"/x"}`+next+`}}`)
	}
}

func references(transactions []ais.Transaction) string {
	var all []string
	for _, t := range transactions {
		all = append(all, t.EntryReference)
	}
	return strings.Join(all, " ")
}

func TestTransactionsAcrossPages(t *testing.T) {
	var asked []url.URL
	client := tpp.Answering(t, paged(&asked,
		transaction("a", `"11.0"`, "BOOK")+","+transaction("b", "12", "OTHR")+","+transaction("", "1", "PDNG"),
		transaction("b", "12", "OTHR")+","+transaction("", "1", "PDNG")+","+transaction("c", `"0.10"`, "XNEW")))
	list, err := client.AIS.TransactionList(t.Context(), tpp.SomeToken, someAccount, ais.TransactionQuery{})
	if err != nil || references(list.Transactions) != "a b   c" || list.Next != "" {
		t.Fatalf("got %q, next %q, %v", references(list.Transactions), list.Next, err)
	}
	if len(asked) != 2 || asked[0].RawQuery != "" || asked[1].RawQuery != "page=2&beforeEntryReference=x" {
		t.Errorf("asked %v", asked)
	}
	first, last := list.Transactions[0], list.Transactions[4]
	if first.Amount.Value.String() != "11.0" || first.Signed().String() != "-11.0" || !first.Booked() {
		t.Errorf("amount %s, signed %s", first.Amount.Value, first.Signed())
	}
	if last.Status != "XNEW" || last.Booked() || !slices.Equal(last.Remittance.Lines,
		[]string{"PAIEMENT"}) || last.ExpectedBookingDate == "" {
		t.Errorf("got %+v", last)
	}
	// A stream stops asking when its reader has had enough.
	asked = nil
	for _, err := range client.AIS.Transactions(t.Context(), tpp.SomeToken, someAccount, ais.TransactionQuery{}) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if len(asked) != 1 {
		t.Errorf("%d pages were read for one entry", len(asked))
	}
}

// TestTransactionCursor: parts of any size make the same whole.
func TestTransactionCursor(t *testing.T) {
	page := func(from, to int) string {
		var all []string
		for i := from; i < to; i++ {
			all = append(all, transaction(fmt.Sprint(i), "1", "BOOK"))
		}
		return strings.Join(all, ",")
	}
	var asked []url.URL
	client := tpp.Answering(t, paged(&asked, page(0, 5), page(5, 7), page(7, 10)))
	for limit := 1; limit <= 11; limit++ {
		var got []ais.Transaction
		query := ais.TransactionQuery{Limit: limit}
		for {
			list, err := client.AIS.TransactionList(t.Context(), tpp.SomeToken, someAccount, query)
			if err != nil || len(list.Transactions) > limit {
				t.Fatalf("%d of %d: %v", len(list.Transactions), limit, err)
			}
			got = append(got, list.Transactions...)
			if query.Cursor = list.Next; query.Cursor == "" {
				break
			}
		}
		if references(got) != "0 1 2 3 4 5 6 7 8 9" {
			t.Errorf("limit %d: %s", limit, references(got))
		}
	}
	for _, bad := range []string{"x", "eyJ1IjoiL3BzZDIveHMyYS9hY2NvdW50cy8yL3RyYW5zYWN0aW9ucyIsInMiOjB9"} {
		if _, err := client.AIS.TransactionList(t.Context(), tpp.SomeToken, someAccount,
			ais.TransactionQuery{Cursor: bad}); tpp.FaultCode(err) != "cursor_invalid" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestTransactionDates: what is too old is moved up before it is asked for, and
// by a day more, once, when the bank still finds it too old.
func TestTransactionDates(t *testing.T) {
	tests := []struct {
		name    string
		from    int // days before now
		refuses int
		want    []int // days before today of each request
		code    string
	}{
		{"recent", 30, 0, []int{30}, ""},
		{"too old", 400, 0, []int{180}, ""},
		{"too old by the bank's count", 400, 1, []int{180, 179}, ""},
		{"too old twice", 400, 9, []int{180, 179}, "request_refused"},
		{"recent and refused", 30, 9, []int{30}, "request_refused"},
	}
	paris := paris(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var days []int
			client := tpp.Answering(t, func(w http.ResponseWriter, r *http.Request) {
				text := r.URL.Query().Get("dateFrom")
				at, err := time.ParseInLocation("2006-01-02T15:04:05.000Z", text, paris)
				if err != nil {
					t.Error(err)
				}
				y, m, d := time.Now().In(paris).Date()
				days = append(days,
					int(time.Date(y, m, d, 12, 0, 0, 0, time.UTC).Sub(time.Date(at.Year(), at.Month(), at.Day(), 12, 0,
						0, 0, time.UTC))/(24*time.Hour)))
				if len(days) <= test.refuses {
					w.WriteHeader(http.StatusBadRequest)
					return
				}
				_, _ = io.WriteString(w, `{"transactions":[],"_links":{}}`)
			})
			list, err := client.AIS.TransactionList(t.Context(), tpp.SomeToken, someAccount,
				ais.TransactionQuery{From: calendar.Of(time.Now(), paris).AddDays(-test.from)})
			if tpp.FaultCode(err) != test.code || !slices.Equal(days, test.want) {
				t.Errorf("asked for %v, want %v, %v", days, test.want, err)
			}
			if err == nil && list.From.IsZero() {
				t.Error("it is not said from when on they are")
			}
		})
	}
}

// TestHistoryWithoutADay: the bank would answer as if the request were malformed.
func TestHistoryWithoutADay(t *testing.T) {
	client := tpp.Answering(t, func(http.ResponseWriter, *http.Request) { t.Error("the bank was asked") })
	today := calendar.Of(time.Now(), time.UTC)
	for name, query := range map[string]ais.TransactionQuery{
		"before all":  {To: today.AddDays(-2000)},
		"turned over": {From: today.AddDays(-1), To: today.AddDays(-3)},
		"no day":      {From: today.AddDays(-3), To: today.AddDays(-3)},
		"too old":     {From: today.AddDays(-730), To: today.AddDays(-365)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client.AIS.TransactionList(t.Context(), tpp.SomeToken, someAccount, query)
			if tpp.FaultCode(err) != "date_invalid" || !errors.Is(err, fault.Invalid) {
				t.Error(err)
			}
		})
	}
}

// TestEveryDayIsTheBanks: what was booked on the first day is given and what was booked on
// the day after the last is not, whatever the season and on the days the clock is changed.
func TestEveryDayIsTheBanks(t *testing.T) {
	for name, now := range map[string]time.Time{
		"summer":               time.Date(2026, 7, 15, 12, 0, 0, 0, time.UTC),
		"winter":               time.Date(2026, 2, 15, 12, 0, 0, 0, time.UTC),
		"summer time begins":   time.Date(2026, 4, 5, 12, 0, 0, 0, time.UTC),
		"summer time ends":     time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC),
		"tomorrow at the bank": time.Date(2026, 7, 15, 22, 30, 0, 0, time.UTC),
	} {
		t.Run(name, func(t *testing.T) {
			book, err := ledger.Open("pri", func() time.Time { return now })
			if err != nil {
				t.Fatal(err)
			}
			account := book.Choices()[0]
			whole, err := book.Transactions(account, url.Values{}, 1000)
			if err != nil {
				t.Fatal(err)
			}
			client := atLedger(t, book, account, now)
			today := calendar.Of(now, paris(t))
			for back := range 40 {
				from, to := today.AddDays(-back), today.AddDays(1-back/2)
				list, err := client.AIS.TransactionList(t.Context(), tpp.SomeToken, someAccount,
					ais.TransactionQuery{From: from, To: to})
				if err != nil || !list.From.Equal(from) || !list.To.Equal(to) {
					t.Fatalf("asked from %s to %s: from %s to %s, %v", from, to, list.From, list.To, err)
				}
				var want []string
				for _, booked := range whole.Transactions {
					// the dates are Paris's own, written with its offset
					if day := booked.TransactionDate[:10]; day >= from.String() && day < to.String() {
						want = append(want, booked.EntryReference)
					}
				}
				if got := references(list.Transactions); got != strings.Join(want, " ") {
					t.Errorf("from %s to %s: %q, want %q", from, to, got, want)
				}
			}
		})
	}
}

// atLedger is a client of a bank that has the accounts of a book, at a time.
func atLedger(t *testing.T, book *ledger.Book, account ledger.Account, now time.Time) *connector.Client {
	t.Helper()
	server := tpp.Server(t, func(s *httptest.Server) {
		s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			list, err := book.Transactions(account, r.URL.Query(), 1000)
			if err != nil {
				t.Error(err)
			}
			if len(list.Transactions) == 0 {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			if err := json.NewEncoder(w).Encode(list); err != nil {
				t.Error(err)
			}
		})
	})
	config := tpp.Config(t, server.URL)
	config.Now = func() time.Time { return now }
	return tpp.Client(t, config)
}

func paris(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestEndlessHistoryStops(t *testing.T) {
	pages := 0
	client := tpp.Answering(t, func(w http.ResponseWriter, _ *http.Request) {
		pages++
		_, _ = fmt.Fprintf(w, `{"transactions":[],"_links":{"next":{"href":"/accounts/1/transactions?page=%d"}}}`,
			pages)
	})
	_, err := client.AIS.TransactionList(t.Context(), tpp.SomeToken, someAccount, ais.TransactionQuery{})
	if tpp.WantFailure(t, err, "link_refused", failure.Operator); pages != 5 {
		t.Errorf("%d pages were read", pages)
	}
}
