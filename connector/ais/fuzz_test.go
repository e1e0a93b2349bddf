package ais

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/connector/money"
)

// These decoders are not exported, hence a test inside the package.

func FuzzAccounts(f *testing.F) {
	f.Add([]byte(`{
		"accounts": [{
			"resourceId": "1", "name": "x", "cashAccountType": "CACC", "_links": {},
			"balances": [{"name": "b", "balanceType": "XPCD", "balanceAmount": {"currency": "EUR", "amount": 344.5}}]
		}],
		"_links": {"next": {"href": "/accounts?page=2"}}
	}`))
	f.Add([]byte(`{"accounts":[{"balances":[{"balanceAmount":{"amount":"-11.0"}}]}]}`))
	f.Add([]byte(`{"accounts":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		page, err := decodeAccounts(body)
		if err != nil {
			return
		}
		for _, account := range page.items {
			for _, balance := range account.Balances {
				checkSum(t, balance.Amount.Value, balance.Unreadable)
			}
		}
	})
}

// checkSum: a sum is a number, or named among what could not be read.
func checkSum(t *testing.T, sum money.Decimal, unread []string) {
	t.Helper()
	if sum.Valid() && !json.Valid([]byte(sum.String())) || !sum.Valid() && len(unread) == 0 {
		t.Fatalf("amount %q, not read: %q", sum, unread)
	}
}

func FuzzResolve(f *testing.F) {
	for _, href := range []string{
		"/accounts?page=2", "//elsewhere.example/", "https://bank.example@elsewhere.example/", "..", "?x",
		"\\\\elsewhere.example", "https:/elsewhere.example",
	} {
		f.Add(href, true)
		f.Add(href, false)
	}
	f.Fuzz(func(t *testing.T, href string, appended bool) {
		c := New(Config{BaseURL: "https://bank.example/psd2", HrefMode: HrefRFC3986})
		if appended {
			c.cfg.HrefMode = HrefAppend
		}
		got, err := c.resolve("https://bank.example/psd2/accounts", href)
		if err == nil && !strings.HasPrefix(got, "https://bank.example/") && got != "https://bank.example" &&
			!strings.HasPrefix(got, "https://bank.example?") && !strings.HasPrefix(got, "https://bank.example#") {
			t.Fatalf("%q leads to %q", href, got)
		}
	})
}

func FuzzTransactions(f *testing.F) {
	f.Add([]byte(`{
		"transactions": [{
			"entryReference": "1", "creditDebitIndicator": "DBIT", "status": "BOOK",
			"transactionAmount": {"amount": "11.0", "currency": "EUR"},
			"remittanceInformation": {"unstructured": ["  VIR   "]}
		}],
		"_links": {"next": {"href": "/x?page=2"}}
	}`))
	f.Add([]byte(`{"transactions":[{"transactionAmount":{"amount":1e2},"remittanceInformation":["old", "shape"]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		page, err := decodeTransactions(body)
		if err != nil {
			return
		}
		for _, transaction := range page.items {
			checkSum(t, transaction.Signed(), transaction.Unreadable)
			for _, line := range transaction.Remittance.Lines {
				if line == "" || line != strings.TrimSpace(line) {
					t.Fatalf("line %q", line)
				}
			}
		}
	})
}

func FuzzBalances(f *testing.F) {
	f.Add([]byte(`{"balances":[{"name":"b","balanceType":"XPCD","balanceAmount":{"currency":"EUR","amount":344.5}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		balances, err := decodeBalances(body)
		for _, b := range balances {
			if err == nil {
				checkSum(t, b.Amount.Value, b.Unreadable)
			}
		}
	})
}

func FuzzIdentity(f *testing.F) {
	f.Add([]byte(`{"connectedPsu":"Mme Jeanne Exemple","connectedPsuNamePrefix":"MADM"}`))
	f.Add([]byte(`{"identity":{"fullName":"Jeanne Exemple"}}`))
	f.Fuzz(func(_ *testing.T, body []byte) { _, _ = decodeIdentity(body) })
}

func FuzzBeneficiaries(f *testing.F) {
	f.Add([]byte(`{
		"beneficiaries": [{
			"id": "1", "isTrusted": true, "creditor": {"name": "EDF"}, "creditorAccount": {"iban": "FR76"}
		}],
		"_links": {"next": {"href": "x"}}
	}`))
	f.Fuzz(func(_ *testing.T, body []byte) { _, _ = decodeBeneficiaries(body) })
}

// FuzzCursor: whatever comes back as a cursor, the request stays in the account's history.
func FuzzCursor(f *testing.F) {
	f.Add(cursor{URL: "/psd2/accounts/1/transactions?page=2", Skip: 3}.String())
	f.Add(cursor{URL: "/psd2/accounts/2/transactions"}.String())
	f.Add(cursor{URL: "/psd2/accounts/1/transactions/../../2/transactions"}.String())
	c := New(Config{BaseURL: "https://bank.example/psd2"})
	const base = "https://bank.example/psd2/accounts/1/transactions"
	f.Fuzz(func(t *testing.T, text string) {
		if got, err := c.resume(base, text); err == nil && (!strings.HasPrefix(got, base) ||
			strings.Contains(strings.SplitN(got, "?", 2)[0], "..")) {
			t.Fatalf("%q leads to %q", text, got)
		}
	})
}
