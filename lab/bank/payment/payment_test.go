package payment_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank/payment"
)

var owner = payment.Owner{ClientID: "tpp", Environment: "sandbox", Segment: "pri"}

const (
	debtor   = "FR7630003030000004512002584"
	creditor = "FR7630006000011234567890189"
)

type object = map[string]any

func transfer(id, date string) object {
	return object{
		"paymentId":              object{"instructionId": id, "endToEndId": id},
		"instructedAmount":       object{"amount": "10.00", "currency": "EUR"},
		"remittanceInformation":  object{"unstructured": []any{"Invoice"}},
		"requestedExecutionDate": date,
		"beneficiary": object{
			"creditor":        object{"name": "Merchant"},
			"creditorAccount": object{"iban": creditor},
		},
	}
}

func order(now time.Time, transfers ...object) object {
	list := make([]any, len(transfers))
	for i := range transfers {
		list[i] = transfers[i]
	}
	return object{
		"paymentInformationId":      "p-1",
		"creationDateTime":          now.Format(time.RFC3339),
		"numberOfTransactions":      len(transfers),
		"initiatingParty":           object{"name": "PISP"},
		"paymentTypeInformation":    object{"serviceLevel": "SEPA"},
		"debtorAccount":             object{"iban": debtor},
		"creditTransferTransaction": list,
		"supplementaryData": object{
			"acceptedAuthenticationApproach": []any{"REDIRECT"},
			"successfulReportUrl":            "https://tpp.example/cb",
		},
	}
}

func at(year int, month time.Month, day, hour, minute int) time.Time {
	return time.Date(year, month, day, hour, minute, 0, 0, payment.Paris)
}

func parsed(t *testing.T, o object) ([]byte, *payment.Request) {
	t.Helper()
	body, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	request, err := payment.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	return body, request
}

// desk is a book with a clock and one payment in it.
type desk struct {
	*payment.Book
	t   *testing.T
	now time.Time
	id  string
}

func newDesk(t *testing.T, now time.Time, rules payment.Rules, o object, outcomes ...payment.Outcome) *desk {
	t.Helper()
	d := &desk{t: t, now: now}
	rules.Now = func() time.Time { return d.now }
	d.Book = payment.NewBook(rules)
	d.Script(outcomes...)
	body, request := parsed(t, o)
	if err := request.Check(now); err != nil {
		t.Fatal(err)
	}
	p, err := d.Create(owner, body, request)
	if err != nil {
		t.Fatal(err)
	}
	d.id = p.ID
	return d
}

func (d *desk) approve() {
	d.t.Helper()
	if _, err := d.Approve(d.id, "", func(string) (payment.Debtor, bool) {
		return payment.Debtor{Payable: true, Available: 1_000_00}, true
	}); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) confirm() {
	d.t.Helper()
	if _, err := d.Confirm(owner, d.id); err != nil {
		d.t.Fatal(err)
	}
}

// want checks the payment and its transfers: "PART ACSC RJCT".
func (d *desk) want(statuses string) {
	d.t.Helper()
	p, err := d.Get(owner, d.id)
	if err != nil {
		d.t.Fatal(err)
	}
	resource := p.Resource()
	got := fmt.Sprint(resource["paymentInformationStatus"])
	for _, transfer := range resource["creditTransferTransaction"].([]any) {
		got += " " + fmt.Sprint(transfer.(object)["transactionStatus"])
	}
	if got != statuses {
		d.t.Errorf("at %s: %s, want %s", d.now.Format(time.DateTime), got, statuses)
	}
}

// TestCalendar: when what was confirmed is executed, by TARGET days and the
// cut-off of 17:30 in Paris.
func TestCalendar(t *testing.T) {
	tests := []struct {
		name              string
		confirmed, wanted time.Time
		instant, late     bool
		status            string // after the confirmation
		executed          string
	}{
		{"in time", at(2026, 3, 4, 17, 29), at(2026, 3, 4, 18, 0), false, false, "ACSP", "2026-03-04"},
		{"too late", at(2026, 3, 4, 17, 31), at(2026, 3, 4, 18, 0), false, false, "ACWC", "2026-03-05"},
		{"too late, refused", at(2026, 3, 4, 17, 31), at(2026, 3, 4, 18, 0), false, true, "RJCT", ""},
		{"too late for an instant transfer", at(2026, 3, 4, 23, 0), at(2026, 3, 4, 23, 5), true, false,
			"ACSC", "2026-03-04"},
		{"Saturday", at(2026, 3, 7, 10, 0), at(2026, 3, 7, 11, 0), false, false, "ACWC", "2026-03-09"},
		{"Friday evening", at(2026, 3, 6, 20, 0), at(2026, 3, 6, 21, 0), false, false, "ACWC", "2026-03-09"},
		{"Good Friday to after Easter Monday", at(2026, 4, 3, 10, 0), at(2026, 4, 3, 11, 0), false, false,
			"ACWC", "2026-04-07"},
		{"Christmas", at(2026, 12, 24, 18, 0), at(2026, 12, 24, 19, 0), false, false, "ACWC", "2026-12-28"},
		{"for a Sunday", at(2026, 3, 4, 10, 0), at(2026, 3, 8, 8, 0), false, false, "ACWC", "2026-03-09"},
		{"for a Monday, in the evening", at(2026, 3, 4, 22, 0), at(2026, 3, 9, 8, 0), false, true, "ACSP",
			"2026-03-09"},
		{"before summer time", at(2026, 3, 27, 18, 0), at(2026, 3, 27, 19, 0), false, false, "ACWC", "2026-03-30"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := order(test.confirmed.Add(-5*time.Minute), transfer("a", test.wanted.Format(time.RFC3339)))
			if test.instant {
				o["paymentTypeInformation"].(object)["localInstrument"] = "INST"
			}
			d := newDesk(t, test.confirmed.Add(-time.Minute), payment.Rules{Calendar: true, LateRefused: test.late}, o)
			d.approve()
			d.now = test.confirmed
			p, err := d.Confirm(owner, d.id)
			if err != nil || string(p.Status) != test.status {
				t.Fatalf("%v %v", p.Status, err)
			}
			if test.executed == "" {
				return
			}
			if got := p.Executes(0).In(payment.Paris).Format(time.DateOnly); got != test.executed {
				t.Errorf("executed on %s", got)
			}
			day, err := time.ParseInLocation(time.DateOnly, test.executed, payment.Paris)
			if err != nil {
				t.Fatal(err)
			}
			if before := day.Add(-time.Minute); before.After(d.now) {
				d.now = before
				if p, err := d.Get(owner, d.id); err != nil || p.Status == payment.ACSC {
					t.Errorf("the evening before: %v, %v", p.Status, err)
				}
			}
			d.now = day.Add(20 * time.Hour)
			d.want("ACSC ACSC")
		})
	}
}

func TestSeveralTransfers(t *testing.T) {
	now := at(2026, 3, 4, 10, 0)
	today, friday := at(2026, 3, 4, 11, 0).Format(time.RFC3339), at(2026, 3, 6, 8, 0).Format(time.RFC3339)
	t.Run("on two days", func(t *testing.T) {
		d := newDesk(t, now, payment.Rules{}, order(now, transfer("a", today), transfer("b", friday)))
		d.approve()
		d.want("ACCP ACTC ACTC")
		d.confirm()
		d.want("ACSP ACSC ACTC")
		d.now = at(2026, 3, 6, 9, 0)
		d.want("ACSC ACSC ACSC")
	})
	t.Run("one refused", func(t *testing.T) {
		d := newDesk(t, now, payment.Rules{}, order(now, transfer("a", today), transfer("b", today)), payment.Outcome{
			Reason: "AC04",
			Part:   true,
		})
		d.approve()
		d.confirm()
		d.want("PART ACSC RJCT")
	})
	t.Run("all refused", func(t *testing.T) {
		d := newDesk(t, now, payment.Rules{}, order(now, transfer("a", today), transfer("b", today)),
			payment.Outcome{Reason: "FRAD"})
		d.approve()
		d.confirm()
		d.want("RJCT RJCT RJCT")
	})
	t.Run("one cancelled", func(t *testing.T) {
		o := order(now, transfer("a", today), transfer("b", friday))
		d := newDesk(t, now, payment.Rules{}, o)
		d.approve()
		d.confirm()
		second := o["creditTransferTransaction"].([]any)[1].(object)
		second["transactionStatus"], second["statusReasonInformation"] = "CANC", "DUPL"
		body, request := parsed(t, o)
		if _, _, err := d.Cancel(owner, d.id, body, request); err != nil {
			t.Fatal(err)
		}
		d.now = at(2026, 3, 6, 9, 0)
		d.want("ACSC ACSC CANC")
	})
	t.Run("two signatories", func(t *testing.T) {
		d := newDesk(t, now, payment.Rules{Signatories: 2}, order(now, transfer("a", today)))
		d.approve()
		d.want("PATC PDNG")
		if _, err := d.Confirm(owner, d.id); !errors.Is(err, payment.ErrNotAuthenticated) {
			t.Errorf("confirmed with one signature: %v", err)
		}
		d.approve()
		d.want("ACCP ACTC")
	})
	t.Run("slow settlement", func(t *testing.T) {
		d := newDesk(t, now, payment.Rules{SettleAfter: time.Hour}, order(now, transfer("a", today)))
		d.approve()
		d.confirm()
		d.now = now.Add(59 * time.Minute)
		d.want("ACSP ACSP")
		d.now = now.Add(time.Hour)
		d.want("ACSC ACSC")
	})
	t.Run("never confirmed", func(t *testing.T) {
		d := newDesk(t, now, payment.Rules{}, order(now, transfer("a", today)))
		d.approve()
		d.now = now.Add(25 * time.Hour)
		d.want("RJCT RJCT")
	})
	t.Run("another client", func(t *testing.T) {
		d := newDesk(t, now, payment.Rules{}, order(now, transfer("a", today)))
		for _, other := range []payment.Owner{{ClientID: "x", Environment: "sandbox", Segment: "pri"}, {
			ClientID:    "tpp",
			Environment: "live",
			Segment:     "pri",
		}, {ClientID: "tpp", Environment: "sandbox", Segment: "ent"}} {
			if _, err := d.Get(other, d.id); !errors.Is(err, payment.ErrUnknown) {
				t.Errorf("%+v: %v", other, err)
			}
		}
	})
}

// TestCheck spoils one field at a time.
func TestCheck(t *testing.T) {
	now := at(2026, 3, 4, 10, 0)
	today := at(2026, 3, 4, 11, 0).Format(time.RFC3339)
	first := func(o object) object { return o["creditTransferTransaction"].([]any)[0].(object) }
	tests := []struct {
		field  string
		change func(object)
	}{
		{"", func(object) {}},
		{"", func(o object) { o["unknown"] = 1 }},
		{"", func(o object) { first(o)["instructedAmount"] = object{"amount": 12.3, "currency": "EUR"} }},
		{"", func(o object) { o["supplementaryData"].(object)["successfulReportUrl"] = "http://127.0.0.1:1/cb" }},
		{"paymentInformationId", func(o object) { delete(o, "paymentInformationId") }},
		{"paymentInformationId", func(o object) { o["paymentInformationId"] = strings.Repeat("a", 37) }},
		{"paymentInformationId", func(o object) { o["paymentInformationId"] = "a_b" }},
		{"creationDateTime", func(o object) { o["creationDateTime"] = "2026-03-04" }},
		{"creditTransferTransaction", func(o object) {
			o["creditTransferTransaction"], o["numberOfTransactions"] = []any{}, 0
		}},
		{"numberOfTransactions", func(o object) { o["numberOfTransactions"] = 2 }},
		{"initiatingParty", func(o object) { delete(o, "initiatingParty") }},
		{"initiatingParty.name", func(o object) { o["initiatingParty"] = object{} }},
		{"paymentTypeInformation", func(o object) { delete(o, "paymentTypeInformation") }},
		{"paymentTypeInformation.serviceLevel", func(o object) {
			o["paymentTypeInformation"] = object{"serviceLevel": "URGP"}
		}},
		{"debtorAccount.iban", func(o object) { o["debtorAccount"] = object{"iban": "FR7630003030000004512002585"} }},
		{"debtorAgent.bicFi", func(o object) { o["debtorAgent"] = object{"bicFi": "X"} }},
		{"chargeBearer", func(o object) { o["chargeBearer"] = "SHAR" }},
		{"supplementaryData", func(o object) { delete(o, "supplementaryData") }},
		{"acceptedAuthenticationApproach", func(o object) {
			o["supplementaryData"].(object)["acceptedAuthenticationApproach"] = []any{"DECOUPLED"}
		}},
		{"successfulReportUrl", func(o object) {
			o["supplementaryData"].(object)["successfulReportUrl"] = "http://tpp.example/"
		}},
		{"unsuccessfulReportUrl", func(o object) { o["supplementaryData"].(object)["unsuccessfulReportUrl"] = "x" }},
		{"paymentInformationStatus", func(o object) { o["paymentInformationStatus"] = "RCVD" }},
		{"paymentInformationStatus", func(o object) { o["resourceId"] = "x" }},
		{"[0] is null", func(o object) { o["creditTransferTransaction"] = []any{nil} }},
		{"instructionId", func(o object) { delete(first(o), "paymentId") }},
		{"endToEndId", func(o object) { first(o)["paymentId"] = object{"instructionId": "a"} }},
		{"instructedAmount.amount", func(o object) {
			first(o)["instructedAmount"] = object{"amount": 0, "currency": "EUR"}
		}},
		{"instructedAmount.amount", func(o object) {
			first(o)["instructedAmount"] = object{"amount": -1, "currency": "EUR"}
		}},
		{"instructedAmount.amount", func(o object) {
			first(o)["instructedAmount"] = object{"amount": 1.005, "currency": "EUR"}
		}},
		{"instructedAmount.amount", func(o object) {
			first(o)["instructedAmount"] = object{"amount": "1e3", "currency": "EUR"}
		}},
		{"instructedAmount.currency", func(o object) {
			first(o)["instructedAmount"] = object{"amount": 1, "currency": "USD"}
		}},
		{"unstructured", func(o object) {
			first(o)["remittanceInformation"] = object{"unstructured": []any{"a", "b"}}
		}},
		{"unstructured", func(o object) {
			first(o)["remittanceInformation"] = object{"unstructured": []any{strings.Repeat("é", 141)}}
		}},
		{"frequency", func(o object) { first(o)["frequency"] = "MNTH" }},
		{"beneficiary.creditor", func(o object) { delete(first(o), "beneficiary") }},
		{"creditorAccount.iban", func(o object) { first(o)["beneficiary"] = object{"creditor": object{"name": "M"}} }},
		{"addressLine", func(o object) {
			first(o)["beneficiary"].(object)["creditor"] = object{
				"name":          "M",
				"postalAddress": object{"country": "FR", "addressLine": []any{"1", "2", "3"}},
			}
		}},
		{"must not equal creationDateTime", func(o object) {
			first(o)["requestedExecutionDate"] = o["creationDateTime"]
		}},
		{"in the past", func(o object) { first(o)["requestedExecutionDate"] = "2026-03-03T12:00:00+01:00" }},
		{"requestedExecutionDate", func(o object) { delete(first(o), "requestedExecutionDate") }},
		{"comes twice", func(o object) {
			o["creditTransferTransaction"], o["numberOfTransactions"] = []any{first(o), first(o)}, 2
		}},
	}
	for _, test := range tests {
		t.Run(test.field, func(t *testing.T) {
			o := order(now, transfer("a", today))
			test.change(o)
			_, request := parsed(t, o)
			err := request.Check(now)
			if (err == nil) != (test.field == "") || (err != nil && !strings.Contains(err.Error(), test.field)) {
				t.Errorf("%s: %v", test.field, err)
			}
		})
	}
}

func TestParse(t *testing.T) {
	for _, bad := range []string{
		"", "null", "[]", "1", `{"numberOfTransactions":"1"}`, `{} {}`, `{"creditTransferTransaction":{}}`,
	} {
		t.Run(bad, func(t *testing.T) {
			if _, err := payment.Parse([]byte(bad)); err == nil {
				t.Errorf("%s was taken", bad)
			}
		})
	}
}

// FuzzBody: no body makes the bank panic, and what is taken can be shown,
// read back and cancelled.
func FuzzBody(f *testing.F) {
	now := at(2026, 3, 4, 10, 0)
	good, err := json.Marshal(order(now, transfer("a", at(2026, 3, 4, 11, 0).Format(time.RFC3339))))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"creditTransferTransaction":[null],"supplementaryData":null}`))
	f.Add([]byte(`{"numberOfTransactions":1,"creditTransferTransaction":[{"instructedAmount":{"amount":"1"}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		request, err := payment.Parse(body)
		if err != nil || request.Check(now) != nil {
			return
		}
		book := payment.NewBook(payment.Rules{Now: func() time.Time { return now }})
		p, err := book.Create(owner, body, request)
		if err != nil {
			return
		}
		again, err := book.Create(owner, body, request)
		if err != nil || again.ID != p.ID {
			t.Fatalf("the same request is another payment: %v", err)
		}
		shown := p.Resource()
		shown["paymentInformationStatus"], shown["statusReasonInformation"] = "CANC", "TECH"
		text, err := json.Marshal(shown)
		if err != nil {
			t.Fatal(err)
		}
		back, err := payment.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := book.Cancel(owner, p.ID, text, back); err != nil {
			t.Fatalf("what was read back cannot be cancelled: %v\n%s", err, text)
		}
	})
}
