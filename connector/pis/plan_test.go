package pis_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/connector/money"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

// planner is a client that plans at a moment, with a profile a test may change.
func planner(t *testing.T, now string, change ...func(*pis.Settings)) *connector.Client {
	t.Helper()
	at, err := time.Parse(time.RFC3339, now)
	if err != nil {
		t.Fatal(err)
	}
	config := tpp.Config(t, "https://bank.example")
	config.Now = func() time.Time { return at }
	for _, f := range change {
		f(&config.Profile.Payments)
	}
	return tpp.Client(t, config)
}

func decimal(t testing.TB, s string) money.Decimal {
	t.Helper()
	d, err := money.ParseDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func transfer(t testing.TB, kind pis.Kind) pis.Payment {
	t.Helper()
	return pis.Payment{
		ID:           "0f6b2a1c-8f0d-4b0e-9a53-5c1f0e6a2b11",
		Kind:         kind,
		Amount:       decimal(t, "124.35"),
		Currency:     "EUR",
		Initiator:    "Exemple Paiement SAS",
		CreditorName: "Example Merchant",
		CreditorIBAN: "FR76 3000 6000 0112 3456 7890 189",
		Remittance:   "Invoice 42",
		SuccessURL:   tpp.RedirectURI + "?state=S",
		FailureURL:   tpp.RedirectURI + "?state=S&error=1",
	}
}

// executionDays is when a payment made now is executed, in Paris.
var executionDays = []struct {
	name, now string
	kind      pis.Kind
	day       string
	executeAt string // RFC 3339, or part of the refusal
	confirmBy string
	moved     bool
}{
	{"at once", "2026-11-23T10:00:00+01:00", "single", "", "2026-11-23T10:05:00+01:00",
		"2026-11-23T17:30:00+01:00", false},
	{"just before the margin", "2026-11-23T17:14:59+01:00", "single", "", "2026-11-23T17:19:59+01:00",
		"2026-11-23T17:30:00+01:00", false},
	{"in the margin", "2026-11-23T17:15:00+01:00", "single", "", "2026-11-24T08:00:00+01:00",
		"2026-11-24T17:30:00+01:00", true},
	{"on Friday evening", "2026-11-20T18:00:00+01:00", "single", "", "2026-11-23T08:00:00+01:00",
		"2026-11-23T17:30:00+01:00", true},
	{"on Saturday", "2026-11-21T09:00:00+01:00", "single", "", "2026-11-23T08:00:00+01:00",
		"2026-11-23T17:30:00+01:00", true},
	{"before Easter", "2026-04-02T20:00:00+02:00", "single", "", "2026-04-07T08:00:00+02:00",
		"2026-04-07T17:30:00+02:00", true},
	{"near midnight elsewhere", "2026-11-22T23:30:00Z", "single", "", "2026-11-23T00:35:00+01:00",
		"2026-11-23T17:30:00+01:00", false},
	{"in summer", "2026-07-01T15:20:00Z", "single", "", "2026-07-02T08:00:00+02:00",
		"2026-07-02T17:30:00+02:00", true},
	{"today said", "2026-11-23T10:00:00+01:00", "single", "2026-11-23", "2026-11-23T10:05:00+01:00",
		"2026-11-23T17:30:00+01:00", false},
	{"another day said", "2026-11-23T10:00:00+01:00", "single", "2026-11-24", "choose the kind future", "", false},
	{"instant at night on Sunday", "2026-11-22T03:00:00+01:00", "instant", "",
		"2026-11-22T03:05:00+01:00", "", false},
	{"instant on a day", "2026-11-22T03:00:00+01:00", "instant", "2026-11-23", "leave the day out", "", false},
	{"future", "2026-11-23T10:00:00+01:00", "future", "2026-11-26", "2026-11-26T08:00:00+01:00",
		"2026-11-26T17:30:00+01:00", false},
	{"future over the change of clocks", "2026-11-23T10:00:00+01:00", "future", "2027-03-30",
		"2027-03-30T08:00:00+02:00", "2027-03-30T17:30:00+02:00", false},
	{"future on Christmas", "2026-11-23T10:00:00+01:00", "future", "2026-12-25",
		"2026-12-28T08:00:00+01:00", "2026-12-28T17:30:00+01:00", true},
	{"future without a day", "2026-11-23T10:00:00+01:00", "future", "",
		"needs a day after today, 2026-11-23", "", false},
	{"future today", "2026-11-23T10:00:00+01:00", "future", "2026-11-23", "needs a day after today", "", false},
	{"too far", "2026-11-23T10:00:00+01:00", "future", "2027-11-24", "choose a day no later than 2027-11-23", "",
		false},
}

func TestExecutionDays(t *testing.T) {
	for _, test := range executionDays {
		t.Run(test.name, func(t *testing.T) {
			payment := transfer(t, test.kind)
			if test.day != "" {
				payment.ExecutionDate, _ = calendar.Parse(test.day)
			}
			planned, err := planner(t, test.now).PIS.Plan(payment)
			if err != nil {
				if _, code, message := fault.Public(err); code != "execution_date_invalid" || !strings.Contains(message,
					test.executeAt) {
					t.Fatalf("%s: %s", code, message)
				}
				return
			}
			confirmBy := ""
			if !planned.ConfirmBy.IsZero() {
				confirmBy = planned.ConfirmBy.Format(time.RFC3339)
			}
			if got := planned.ExecuteAt.Format(time.RFC3339); got != test.executeAt || confirmBy != test.confirmBy ||
				planned.Moved != test.moved {
				t.Errorf("executed at %s, moved %v, confirm by %s", got, planned.Moved, confirmBy)
			}
			if planned.ExecuteAt.Equal(planned.CreatedAt) {
				t.Error("creation and execution are the same moment")
			}
		})
	}
}

// checkedPayments are changes of a payment that is in order, and the code of the refusal.
var checkedPayments = []struct {
	name, code string
	change     func(*pis.Payment)
}{
	{"as it is", "", func(*pis.Payment) {}},
	{"a cent", "", amountOf("0.01")},
	{"a zero too many", "", amountOf("12.500")},
	{"the largest amount", "", amountOf("999999999.99")},
	{"with debtor and BIC", "", func(p *pis.Payment) {
		p.DebtorIBAN, p.CreditorBIC = "DE89370400440532013000", "sogefrpp"
	}},
	{"no amount", "amount_invalid", func(p *pis.Payment) { p.Amount = money.Decimal{} }},
	{"nothing", "amount_invalid", amountOf("0")},
	{"less than nothing", "amount_invalid", amountOf("-1")},
	{"half a cent", "amount_invalid", amountOf("1.005")},
	{"more than SEPA carries", "amount_invalid", amountOf("1000000000")},
	{"far more than SEPA carries", "amount_invalid", amountOf("1e30")},
	{"dollars", "currency_invalid", func(p *pis.Payment) { p.Currency = "USD" }},
	{"no currency", "currency_invalid", func(p *pis.Payment) { p.Currency = "" }},
	{"kind", "payment_kind_unknown", func(p *pis.Payment) { p.Kind = "weekly" }},
	{"no id", "payment_id_invalid", func(p *pis.Payment) { p.ID = "" }},
	{"long id", "payment_id_invalid", func(p *pis.Payment) { p.ID = strings.Repeat("x", 37) }},
	{"underscore", "reference_invalid", func(p *pis.Payment) { p.Reference = "a_b" }},
	{"no text", "remittance_invalid", func(p *pis.Payment) { p.Remittance = "" }},
	{"two lines", "remittance_invalid", func(p *pis.Payment) { p.Remittance = "x\ny" }},
	{"accent", "name_invalid", func(p *pis.Payment) { p.CreditorName = "Café" }},
	{"check digits", "iban_invalid", func(p *pis.Payment) { p.CreditorIBAN = "FR7630006000011234567890188" }},
	{"short IBAN", "iban_invalid", func(p *pis.Payment) { p.DebtorIBAN = "FR76" }},
	{"one account", "iban_invalid", func(p *pis.Payment) { p.DebtorIBAN = "FR7630006000011234567890189" }},
	{"short BIC", "bic_invalid", func(p *pis.Payment) { p.CreditorBIC = "SOGE" }},
}

// amountOf changes the amount.
func amountOf(text string) func(*pis.Payment) {
	return func(p *pis.Payment) {
		var err error
		if p.Amount, err = money.ParseDecimal(text); err != nil {
			panic(err)
		}
	}
}

func TestPaymentsAreChecked(t *testing.T) {
	for _, test := range checkedPayments {
		t.Run(test.name, func(t *testing.T) {
			payment := transfer(t, pis.Single)
			test.change(&payment)
			_, err := planner(t, "2026-11-23T10:00:00+01:00").PIS.Plan(payment)
			if tpp.FaultCode(err) != test.code {
				t.Errorf("code %q, want %q (%v)", tpp.FaultCode(err), test.code, err)
			}
		})
	}
}

// TestPaymentsAreCheckedAgainstTheBank: one that takes instant transfers from 150 euro up.
func TestPaymentsAreCheckedAgainstTheBank(t *testing.T) {
	small := planner(t, "2026-11-23T10:00:00+01:00", func(p *pis.Settings) {
		p.MinAmount, p.Kinds = "150", []pis.Kind{pis.Instant}
	})
	t.Run("below the minimum", func(t *testing.T) {
		_, err := small.PIS.Plan(transfer(t, pis.Instant))
		if tpp.FaultCode(err) != "amount_invalid" || !strings.Contains(err.Error(), "150.00") {
			t.Error(err)
		}
	})
	t.Run("a kind the bank does not take", func(t *testing.T) {
		if _, err := small.PIS.Plan(transfer(t, pis.Single)); tpp.FaultCode(err) != "payment_kind_unknown" {
			t.Error(err)
		}
	})
}

func TestStatusesAndReasons(t *testing.T) {
	for status, want := range map[pis.Status]string{
		"RCVD": "",
		"PDNG": "",
		"ACTC": "",
		"ACCP": "",
		"ACWC": "",
		"PATC": "",
		"PART": "",
		"ACSP": "positive",
		"ACWP": "positive",
		"ACSC": "final positive",
		"CANC": "final negative",
		"RJCT": "final negative",
	} {
		t.Run(string(status), func(t *testing.T) {
			var got []string
			for word, is := range map[string]bool{
				"final":    status.Final(),
				"positive": status.Positive(),
				"negative": status.Negative(),
			} {
				if is != strings.Contains(want, word) {
					got = append(got, word)
				}
			}
			if got != nil || !status.Known() || !strings.HasSuffix(status.Sentence(), ".") {
				t.Errorf("%s is not %q: %v", status, want, got)
			}
		})
	}
	for reason := range strings.FieldsSeq("AC01 AC04 AC06 AG01 AM18 CH03 CUST DS02 DUPL FF01 FRAD MS03 NOAS RR01 " +
		"RR03 RR04 RR12 TECH") {
		t.Run(reason, func(t *testing.T) {
			r := pis.Reason(reason)
			if !r.Known() || !strings.HasSuffix(r.Sentence(), ".") ||
				(r.CheckCancels() == nil) != strings.Contains("DS02 DUPL FRAD TECH", reason) {
				t.Errorf("%s: %q", r, r.Sentence())
			}
		})
	}
	if s := pis.Status("XXXX"); s.Known() || s.Final() || s.Positive() || s.Negative() ||
		s.Sentence() == "" {
		t.Error("an unknown status is judged")
	}
	if r := pis.Reason("XXXX"); r.Known() || r.Sentence() == "" ||
		pis.Reason("").Sentence() != "" {
		t.Error("an unknown reason is judged")
	}
}
