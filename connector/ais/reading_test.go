package ais_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

const (
	goodEntry = `{"entryReference":"before","transactionAmount":{"amount":"1.00","currency":"EUR"},"status":"BOOK"}`
	lastEntry = `{"entryReference":"after","transactionAmount":{"amount":2,"currency":"EUR"},"status":"BOOK"}`
)

// TestOddEntries: one odd entry takes neither itself nor the others away. What was meant is read, what
// cannot be is named.
func TestOddEntries(t *testing.T) {
	sum := `"transactionAmount":{"amount":"12.50","currency":"EUR"}`
	for _, test := range []struct {
		name, entry string
		amount      string
		lines       string
		unread      string
	}{
		{"no amount", `{"entryReference":"x","status":"INFO"}`, "", "", "transactionAmount"},
		{"amount null", `{"entryReference":"x","transactionAmount":{"amount":null}}`, "", "", "transactionAmount"},
		{"sum null", `{"entryReference":"x","transactionAmount":null}`, "", "", "transactionAmount"},
		{"amount empty", `{"entryReference":"x","transactionAmount":{"amount":""}}`, "", "", "transactionAmount"},
		{"amount no number", `{"entryReference":"x","transactionAmount":{"amount":"12,50"}}`, "", "",
			"transactionAmount.amount"},
		{"plus", `{"entryReference":"x","transactionAmount":{"amount":"+12.50"}}`, "12.50", "", ""},
		{"blanks", `{"entryReference":"x","transactionAmount":{"amount":" 12.50 "}}`, "12.50", "", ""},
		{"remittance a text", `{"entryReference":"x",` + sum + `,"remittanceInformation":" VIR "}`, "12.50", "VIR", ""},
		{"lines a text", `{"entryReference":"x",` + sum + `,"remittanceInformation":{"unstructured":"VIR"}}`, "12.50",
			"VIR", ""},
		{"lines of numbers", `{"entryReference":"x",` + sum + `,"remittanceInformation":{"unstructured":[1,"VIR"]}}`,
			"12.50", "1 VIR", ""},
		{"remittance of lists", `{"entryReference":"x",` + sum + `,"remittanceInformation":[["VIR"]]}`, "12.50", "",
			"remittanceInformation"},
		{"reference a number", `{"entryReference":10,` + sum + `}`, "12.50", "", ""},
		{"code a number", `{"entryReference":"x",` + sum + `,"bankTransactionCode":{"code":105}}`, "12.50", "", ""},
		{"parties a text", `{"entryReference":"x",` + sum + `,"relatedParties":"EDF"}`, "12.50", "", "relatedParties"},
		{"a date that is an object", `{"entryReference":"x",` + sum + `,"bookingDate":{}}`, "12.50", "", "bookingDate"},
		{"dates null", `{"entryReference":"x",` + sum + `,"bookingDate":null,"valueDate":null}`, "12.50", "", ""},
		{"null", `null`, "", "", "transactionAmount"},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := tpp.Answering(t, tpp.Saying(200, "",
				`{"transactions":[`+goodEntry+`,`+test.entry+`,`+lastEntry+`],"_links":{"next":null}}`))
			list, err := client.AIS.TransactionList(t.Context(), tpp.SomeToken, someAccount, ais.TransactionQuery{})
			if err != nil || len(list.Transactions) != 3 {
				t.Fatalf("%d entries, %v", len(list.Transactions), err)
			}
			for i, want := range map[int]string{0: "before 1.00", 2: "after 2"} {
				if got := list.Transactions[i]; got.EntryReference+" "+got.Amount.Value.String() != want ||
					got.Status != "BOOK" || got.Unreadable != nil {
					t.Errorf("its neighbour: %+v", got)
				}
			}
			odd := list.Transactions[1]
			got := []string{odd.Amount.Value.String(), strings.Join(odd.Remittance.Lines, " "),
				strings.Join(odd.Unreadable, " ")}
			if diff := cmp.Diff([]string{test.amount, test.lines, test.unread}, got); diff != "" {
				t.Error(diff)
			}
			if test.name != "null" && odd.EntryReference != "x" && odd.EntryReference != "10" {
				t.Errorf("its reference is %q", odd.EntryReference)
			}
		})
	}
}

// TestOddAccounts: the same is so of accounts, their balances and beneficiaries.
func TestOddAccounts(t *testing.T) {
	const accounts = `{"accounts":[
		{"resourceId":1,"name":"A","balances":[
			{"balanceType":"CLBD","balanceAmount":{"currency":"EUR"}},
			{"balanceType":"XPCD","balanceAmount":{"amount":"+3","currency":"EUR"}}],"_links":{"balances":{"href":7}}},
		{"resourceId":"2","accountId":"FR76","_links":null},
		{"resourceId":"3","balances":{}}
	]}`
	client := tpp.Answering(t, func(w http.ResponseWriter, r *http.Request) {
		body := accounts
		if strings.HasSuffix(r.URL.Path, "beneficiaries") {
			body = `{"beneficiaries":[{"id":1,"creditor":{"name":"EDF"}},{"id":"2","isTrusted":"perhaps"}]}`
		}
		_, _ = io.WriteString(w, body)
	})
	got, err := client.AIS.Accounts(t.Context(), tpp.SomeToken)
	if err != nil || len(got) != 3 {
		t.Fatal(got, err)
	}
	first := got[0]
	if first.ResourceID != "1" || first.Links["balances"].Href != "7" || first.Unreadable != nil ||
		!cmp.Equal(first.Balances[0].Unreadable, []string{"balanceAmount"}) ||
		first.Balances[1].Amount.Value.String() != "3" || first.Balances[1].Unreadable != nil {
		t.Errorf("%+v", first)
	}
	if !cmp.Equal(got[1].Unreadable, []string{"accountId"}) || !cmp.Equal(got[2].Unreadable, []string{"balances"}) {
		t.Errorf("%+v", got[1:])
	}
	beneficiaries, err := client.AIS.Beneficiaries(t.Context(), tpp.SomeToken)
	if err != nil || len(beneficiaries) != 2 || beneficiaries[0].Name != "EDF" ||
		!cmp.Equal(beneficiaries[1].Unreadable, []string{"isTrusted"}) {
		t.Errorf("%+v, %v", beneficiaries, err)
	}
}

// TestNullIsAnEmptyList: HSBC writes it so.
func TestNullIsAnEmptyList(t *testing.T) {
	client := tpp.Answering(t, tpp.Saying(200, "",
		`{"accounts":null,"balances":null,"transactions":null,"beneficiaries":null}`))
	ctx := t.Context()
	accounts, first := client.AIS.Accounts(ctx, tpp.SomeToken)
	balances, second := client.AIS.Balances(ctx, tpp.SomeToken, someAccount)
	list, third := client.AIS.TransactionList(ctx, tpp.SomeToken, someAccount, ais.TransactionQuery{})
	beneficiaries, fourth := client.AIS.Beneficiaries(ctx, tpp.SomeToken)
	for i, err := range []error{first, second, third, fourth} {
		if err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	if n := len(accounts) + len(balances) + len(list.Transactions) + len(beneficiaries); n != 0 {
		t.Errorf("%d entries", n)
	}
}

// TestAnswersThatCannotBeRead: nobody is told to ask again, and the log is told where, not what.
func TestAnswersThatCannotBeRead(t *testing.T) {
	for body, where := range map[string]string{
		`{"transactions":[{"entryReference":"s3cret"`: "no JSON from byte 43 on",
		`s3cret`:                    "no JSON from byte 1 on",
		`["s3cret"]`:                "no JSON object",
		`{"accounts":["s3cret"]}`:   "the member transactions is missing",
		`{"transactions":"s3cret"}`: "the member transactions is of another type",
		`{"transactions":[],"_links":{"next":"s3cret"}}`:            "the member _links.next is of another type",
		`{"transactions":[],"_links":{"next":{"href":["s3cret"]}}}`: "the member _links.next.href is of another type",
		`{"transactions":[],"_links":["s3cret"]}`:                   "the member _links is of another type",
	} {
		t.Run(body, func(t *testing.T) {
			client := tpp.Answering(t, tpp.Saying(200, "", body))
			_, err := client.AIS.TransactionList(t.Context(), tpp.SomeToken, someAccount, ais.TransactionQuery{})
			tpp.WantFailure(t, err, "answer_unreadable", failure.Operator)
			if err == nil || !strings.Contains(err.Error(), where) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the log is told %v", err)
			}
		})
	}
}
