package ledger_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank/ledger"
)

// noon is a day in summer time, past the middle of its month.
var noon = time.Date(2026, 7, 20, 10, 0, 0, 0, time.UTC)

func open(t *testing.T, segment string, now time.Time) *ledger.Book {
	t.Helper()
	book, err := ledger.Open(segment, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func pages(
	t *testing.T, b *ledger.Book, a ledger.Account, query url.Values, size int,
) (all []ledger.Transaction, count int) {
	t.Helper()
	for {
		list, err := b.Transactions(a, query, size)
		if err != nil {
			t.Fatal(err)
		}
		count++
		all = append(all, list.Transactions...)
		if _, ok := list.Links["last"]; !ok {
			t.Errorf("page %d has no last link", count)
		}
		next, ok := list.Links["next"]
		if !ok {
			if list.Links["self"].Href != list.Links["last"].Href {
				t.Errorf("the last page is %s, not %s", list.Links["self"].Href, list.Links["last"].Href)
			}
			return all, count
		}
		_, text, _ := strings.Cut(next.Href, "?")
		if query, err = url.ParseQuery(text); err != nil || query.Get("beforeEntryReference") == "" ||
			!strings.HasPrefix(next.Href, "/accounts/") {
			t.Fatalf("next is %q, %v", next.Href, err)
		}
	}
}

// TestPagesAreComplete: whatever the page size, following the links gives
// everything once, newest first, and two pages by default.
func TestPagesAreComplete(t *testing.T) {
	for _, segment := range []string{"pri", "pro", "ent"} {
		b := open(t, segment, noon)
		for _, account := range b.Choices() {
			whole, _ := pages(t, b, account, nil, 1000)
			for _, size := range []int{1, 7, len(whole), ledger.DefaultPage} {
				got, count := pages(t, b, account, nil, size)
				seen := map[string]bool{}
				for i, one := range got {
					if seen[one.EntryReference] || one.EntryReference != whole[i].EntryReference {
						t.Fatalf("%s, pages of %d: %s at %d", account.ResourceID, size, one.EntryReference, i)
					}
					seen[one.EntryReference] = true
				}
				if len(got) != len(whole) || (size == ledger.DefaultPage && count != 2) {
					t.Errorf("%s, pages of %d: %d of %d on %d pages", account.ResourceID, size, len(got), len(whole),
						count)
				}
			}
		}
	}
}

// TestHabits are those the sheet of facts has.
func TestHabits(t *testing.T) {
	b := open(t, "pri", noon)
	statuses := map[string]bool{}
	for _, account := range b.Choices() {
		all, _ := pages(t, b, account, nil, 1000)
		for _, one := range all {
			statuses[account.CashAccountType+" "+one.Status] = true
			text, err := json.Marshal(one)
			if err != nil {
				t.Fatal(err)
			}
			if one.ResourceID != account.ResourceID || !strings.HasSuffix(one.RemittanceInformation.Unstructured[0],
				"  ") || !strings.Contains(string(text), `"amount":"`) {
				t.Errorf("got %s", text)
			}
			if (one.Status == "BOOK") != (one.BookingDate != "") ||
				(one.Status == "BOOK") == (one.ExpectedBookingDate != "") {
				t.Errorf("%s with the dates %q and %q", one.Status, one.BookingDate, one.ExpectedBookingDate)
			}
		}
	}
	for _, want := range []string{"CACC BOOK", "CACC PDNG", "CARD OTHR", "CARD BOOK"} {
		if !statuses[want] {
			t.Errorf("there is no %s among %v", want, statuses)
		}
	}
}

// TestHistoryIsStable: a day later there is more, and the rest is as it was.
func TestHistoryIsStable(t *testing.T) {
	before, after := open(t, "pri", noon), open(t, "pri", noon.AddDate(0, 0, 1))
	old, _ := pages(t, before, before.Choices()[0], nil, 1000)
	now, _ := pages(t, after, after.Choices()[0], nil, 1000)
	known := map[string]string{}
	for _, one := range now {
		known[one.EntryReference] = one.TransactionDate
	}
	missing := 0
	for _, one := range old {
		if known[one.EntryReference] != one.TransactionDate {
			missing++
		}
	}
	if missing > 2 { // one fell out of the window, yesterday's may have been for that day only
		t.Errorf("%d of %d transactions are gone a day later", missing, len(old))
	}
}

func TestQuery(t *testing.T) {
	b := open(t, "pri", noon)
	account := b.Choices()[0]
	all, _ := pages(t, b, account, nil, 1000)
	middle := all[len(all)/2]
	tests := []struct {
		name  string
		query url.Values
		keep  func(ledger.Transaction) bool
		err   error
	}{
		{"from", url.Values{"dateFrom": {middle.TransactionDate}}, func(o ledger.Transaction) bool {
			return o.TransactionDate[:10] >= middle.TransactionDate[:10]
		}, nil},
		{"from, in Paris time with a Z", url.Values{"dateFrom": {middle.TransactionDate[:19] + ".000Z"}},
			func(o ledger.Transaction) bool {
				return o.TransactionDate[:10] >= middle.TransactionDate[:10]
			}, nil},
		{"to, exclusive", url.Values{"dateTo": {middle.TransactionDate}}, func(o ledger.Transaction) bool {
			return o.TransactionDate[:10] < middle.TransactionDate[:10]
		}, nil},
		{"after a reference", url.Values{"entryReferenceFrom": {middle.EntryReference}},
			func(o ledger.Transaction) bool {
				return o.EntryReference > middle.EntryReference
			}, nil},
		{"up to a reference", url.Values{"entryReferenceto": {middle.EntryReference}}, func(o ledger.Transaction) bool {
			return o.EntryReference <= middle.EntryReference
		}, nil},
		{"180 days back",
			url.Values{"dateFrom": {noon.AddDate(0, 0, -180).Format("2006-01-02T15:04:05.000Z")}},
			func(ledger.Transaction) bool {
				return true
			}, nil},
		{"181 days back",
			url.Values{"dateFrom": {noon.AddDate(0, 0, -181).Format("2006-01-02T15:04:05.000Z")}}, nil,
			ledger.ErrTooOld},
		{"no date-time", url.Values{"dateFrom": {"2026-07-01"}}, nil, ledger.ErrQuery},
		{"to before from", url.Values{
			"dateFrom": {"2026-07-10T00:00:00Z"},
			"dateTo":   {"2026-07-09T00:00:00Z"},
		}, nil, ledger.ErrQuery},
		{"page without its position", url.Values{"page": {"2"}}, nil, ledger.ErrQuery},
		{"page of letters", url.Values{"page": {"x"}}, nil, ledger.ErrQuery},
		{"unknown position", url.Values{"page": {"2"}, "beforeEntryReference": {"x"}}, nil, ledger.ErrQuery},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			list, err := b.Transactions(account, test.query, 1000)
			if !errors.Is(err, test.err) {
				t.Fatalf("got %v, want %v", err, test.err)
			}
			if err != nil {
				return
			}
			want := 0
			for _, one := range all {
				if test.keep(one) {
					want++
				}
			}
			for _, one := range list.Transactions {
				if !test.keep(one) {
					t.Errorf("%s of %s is there", one.EntryReference, one.TransactionDate)
				}
			}
			if len(list.Transactions) != want || want == 0 {
				t.Errorf("%d transactions, want %d", len(list.Transactions), want)
			}
		})
	}
}

func TestMoney(t *testing.T) {
	tests := []struct {
		money ledger.Money
		want  string
	}{
		{ledger.Money{Cents: 1100}, "11"}, {ledger.Money{Cents: 1150}, "11.5"}, {
			ledger.Money{Cents: 1155},
			"11.55",
		}, {ledger.Money{Cents: 100000}, "1000"},
		{ledger.Money{Cents: 1100, Style: ledger.Text}, `"11.00"`}, {ledger.Money{
			Cents: -5,
			Style: ledger.Text,
		}, `"-0.05"`},
		{ledger.Money{Cents: 1100, Style: ledger.Short}, `"11.0"`}, {ledger.Money{
			Cents: 1125,
			Style: ledger.Short,
		}, `"11.25"`},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			text, err := json.Marshal(test.money)
			if err != nil || string(text) != test.want {
				t.Errorf("%+v is %s, want %s (%v)", test.money, text, test.want, err)
			}
			var back ledger.Money
			if err := json.Unmarshal(text, &back); err != nil || back.Cents != test.money.Cents {
				t.Errorf("%s is %+v (%v)", text, back, err)
			}
		})
	}
}

func TestChosenAccountsOnly(t *testing.T) {
	b := open(t, "pri", noon)
	one := b.Choices()[1].ResourceID
	list, ok := b.Accounts([]string{one}, "")
	if !ok || len(list.Accounts) != 1 || list.Accounts[0].ResourceID != one {
		t.Errorf("got %+v", list)
	}
	if _, ok := b.Find([]string{one}, b.Choices()[0].ResourceID); ok {
		t.Error("an account that was not chosen is found")
	}
	if list, ok := open(t, "ent", noon).Beneficiaries(""); !ok || len(list.Beneficiaries) != 0 {
		t.Errorf("got %+v", list)
	}
	if first, ok := b.Beneficiaries(""); !ok || first.Links["next"].Href != "/trusted-beneficiaries?page=2" {
		t.Errorf("got %+v", first)
	}
	if _, ok := b.Beneficiaries("3"); ok {
		t.Error("there is a third page")
	}
}
