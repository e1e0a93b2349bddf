package pis_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/duration"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/bank/customer"
	"github.com/sealkeeper/sealkeeper/lab/bank/mishap"
	"github.com/sealkeeper/sealkeeper/lab/bank/stetspec"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

// payer makes payments at a simulated bank.
type payer struct {
	*tpp.TPP
	t      *testing.T
	client *connector.Client
}

func newPayer(t *testing.T, segment string, sim func(*bank.Config), change ...func(*connector.Profile)) *payer {
	t.Helper()
	p := &payer{
		TPP: tpp.New(t, segment, func(c *bank.Config) {
			if sim != nil {
				sim(c)
			}
		}),
		t: t,
	}
	for _, f := range change {
		f(&p.Config.Profile)
	}
	p.client = p.Client(t)
	return p
}

// plan plans a payment under an id of its own.
func (p *payer) plan(id string, kind pis.Kind) pis.Plan {
	p.t.Helper()
	payment := transfer(p.t, kind)
	payment.ID = id
	planned, err := p.client.PIS.Plan(payment)
	if err != nil {
		p.t.Fatal(err)
	}
	return planned
}

func (p *payer) create(planned pis.Plan) pis.Creation {
	p.t.Helper()
	created, err := p.client.PIS.Create(p.t.Context(), planned)
	if err != nil {
		p.t.Fatal(err)
	}
	return created
}

func (p *payer) approve(created pis.Creation) pis.Approval {
	p.t.Helper()
	back, err := customer.Approve(p.t.Context(), created.ConsentURL, "55000001", "111111")
	if err != nil {
		p.t.Fatal(err)
	}
	query := back.Query()
	code := query.Get("code")
	query.Del("code")
	back.RawQuery = query.Encode()
	return pis.Approval{Code: code, RedirectURI: back.String()}
}

// TestPaymentsAreAsSTETHasThem holds every call of a payment's life, in each
// dialect, to STET's contract.
func TestPaymentsAreAsSTETHasThem(t *testing.T) {
	contract, err := stetspec.Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, dialect := range map[string]struct {
		bank    func(*bank.Config)
		profile func(*connector.Profile)
	}{
		"Societe Generale": {nil, func(*connector.Profile) {}},
		"STET 1.5": {nil, func(p *connector.Profile) {
			p.Payments.Layout, p.Payments.ConfirmationBody = pis.LayoutTransaction, true
		}},
		"amounts as text, confirmed with a code": {func(c *bank.Config) {
			c.OConfirmation = true
		}, func(p *connector.Profile) {
			p.Payments.AmountForm, p.Payments.Confirmation = pis.AmountString, pis.ConfirmOAuth
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var seen []stetspec.Exchange
			p := newPayer(t, "pri", func(c *bank.Config) {
				if dialect.bank != nil {
					dialect.bank(c)
				}
				c.Wrap = stetspec.Watch(func(e stetspec.Exchange) {
					mu.Lock()
					defer mu.Unlock()
					seen = append(seen, e)
				})
			}, dialect.profile)
			p.life()
			mu.Lock()
			defer mu.Unlock()
			if len(seen) != 8 {
				t.Errorf("%d exchanges were seen", len(seen))
			}
			for _, e := range seen {
				if err := contract.Check(e); err != nil {
					t.Errorf("%s %s, %d: %v", e.Request.Method, e.Request.URL.Path, e.Status, err)
				}
			}
		})
	}
}

// life pays one payment and cancels another.
func (p *payer) life() {
	t, ctx := p.t, p.t.Context()
	t.Helper()
	paid := p.plan("paid", pis.Instant)
	created := p.create(paid)
	approval := p.approve(created)
	if report, err := p.client.PIS.Report(ctx, created.ResourceID, paid.ID); err != nil ||
		!p.client.PIS.AwaitsConfirmation(report.Status) {
		t.Fatalf("approved: %+v, %v", report, err)
	}
	if _, err := p.client.PIS.Confirm(ctx, created.ResourceID, paid.ID, approval); err != nil {
		t.Fatal(err)
	}
	if report, err := p.client.PIS.Report(ctx, created.ResourceID, paid.ID); err != nil ||
		report.Status != pis.StatusACSC {
		t.Errorf("confirmed: %+v, %v", report, err)
	}
	dropped := p.plan("dropped", pis.Single)
	created = p.create(dropped)
	if _, err := p.client.PIS.Report(ctx, created.ResourceID, dropped.ID); err != nil {
		t.Error(err)
	}
	if _, err := p.client.PIS.Cancel(ctx, created.ResourceID, dropped, pis.ReasonTECH); err != nil {
		t.Error(err)
	}
	if report, err := p.client.PIS.Report(ctx, created.ResourceID, dropped.ID); err != nil ||
		report != (pis.Report{
			Status: "CANC",
			Reason: "TECH",
		}) {
		t.Errorf("cancelled: %+v, %v", report, err)
	}
}

// TestPaymentFailuresOfTheBank switches each known failure on at the bank.
func TestPaymentFailuresOfTheBank(t *testing.T) {
	for _, test := range []struct {
		failure mishap.Switch
		call    string
		code    string
		action  failure.Action
		after   pis.Status // what the bank says of the payment then; after a 19 it has done its work
	}{
		{mishap.Switch{Case: "13"}, "create", "signature_refused", failure.Operator, ""},
		{mishap.Switch{Case: "14"}, "create", "payment_refused_as_invalid", failure.Bug, ""},
		{mishap.Switch{Case: "15"}, "confirm", "confirmation_refused", failure.CheckStatus, "ACCP"},
		{mishap.Switch{Case: "16"}, "cancel", "payment_change_refused", failure.CheckStatus, "RCVD"},
		{mishap.Switch{Case: "18"}, "create", "payment_creation_unusable", failure.CheckStatus, ""},
		{mishap.Switch{Case: "19"}, "create", "outcome_unknown", failure.CheckStatus, ""},
		{mishap.Switch{Case: "19"}, "confirm", "outcome_unknown", failure.CheckStatus, "ACSP"},
		{mishap.Switch{Case: "19"}, "cancel", "outcome_unknown", failure.CheckStatus, "CANC"},
		{mishap.Switch{Case: "2"}, "create", "outcome_unknown", failure.CheckStatus, ""},
		{mishap.Switch{Case: "reset"}, "create", "outcome_unknown", failure.CheckStatus, ""},
		{mishap.Switch{Case: "cut"}, "create", "outcome_unknown", failure.CheckStatus, ""},
		{mishap.Switch{Case: "not_json"}, "confirm", "outcome_unknown", failure.CheckStatus, "ACCP"},
		{mishap.Switch{Case: "23", Detail: "AC04"}, "create", "account_unusable", failure.Terminal, ""},
		{mishap.Switch{Case: "23", Detail: "BE05"}, "create", "client_refused", failure.Operator, ""},
		{mishap.Switch{Case: "23", Detail: "BADS"}, "create", "scope_refused", failure.Operator, ""},
		{mishap.Switch{Case: "12"}, "create", "daily_quota_reached", failure.RetryLater, ""},
		{mishap.Switch{Case: "9"}, "confirm", "confirmation_refused", failure.CheckStatus, "ACCP"},
	} {
		t.Run(test.failure.Case+test.failure.Detail+" on "+test.call, func(t *testing.T) {
			// Whether today is a day of execution or the next one, it is not over yet.
			p := newPayer(t, "pro", func(c *bank.Config) { c.Payments.SettleAfter = time.Hour })
			planned := p.plan("pay-1", pis.Single)
			var created pis.Creation
			if test.call != "create" {
				created = p.create(planned)
			}
			if test.call == "confirm" {
				p.approve(created)
			}
			test.failure.Count, test.failure.Product = 1, "pis"
			if err := p.Bank.Arm(test.failure); err != nil {
				t.Fatal(err)
			}
			err := p.try(test.call, created.ResourceID, planned)
			cause, ok := errors.AsType[*failure.Failure](err)
			if !ok || tpp.FaultCode(err) != test.code || cause.Action != test.action {
				t.Fatalf("code %q, %+v (%v)", tpp.FaultCode(err), cause, err)
			}
			if test.after == "" {
				return
			}
			report, err := p.client.PIS.Report(t.Context(), created.ResourceID, planned.ID)
			if err != nil || report.Status != test.after {
				t.Errorf("then the bank says %+v, %v", report, err)
			}
		})
	}
}

func (p *payer) try(call, id string, planned pis.Plan) (err error) {
	switch call {
	case "create":
		_, err = p.client.PIS.Create(p.t.Context(), planned)
	case "confirm":
		_, err = p.client.PIS.Confirm(p.t.Context(), id, planned.ID, pis.Approval{})
	case "cancel":
		_, err = p.client.PIS.Cancel(p.t.Context(), id, planned, pis.ReasonDUPL)
	}
	return err
}

// TestRejectionInsideASuccess is case 17: the refusal is a status, with a reason.
func TestRejectionInsideASuccess(t *testing.T) {
	for reason := range strings.FieldsSeq("CUST NOAS AC01 AC06 FRAD MS03") {
		t.Run(reason, func(t *testing.T) {
			p := newPayer(t, "ent", nil)
			planned := p.plan("pay-1", pis.Single)
			created := p.create(planned)
			if err := p.Bank.Arm(mishap.Switch{Case: "17", Count: 1, Detail: reason, Product: "pis"}); err != nil {
				t.Fatal(err)
			}
			report, err := p.client.PIS.Report(t.Context(), created.ResourceID, planned.ID)
			if err != nil || report.Status != pis.StatusRJCT || report.Reason != pis.Reason(reason) ||
				!report.Reason.Known() {
				t.Errorf("%s: %+v, %v", reason, report, err)
			}
		})
	}
}

// TestSlowBankLeavesThePaymentUnclear: the answer comes after we stopped waiting.
func TestSlowBankLeavesThePaymentUnclear(t *testing.T) {
	p := newPayer(t, "pri", func(c *bank.Config) { c.SlowFor = 3 * time.Second },
		func(p *connector.Profile) { p.Connection.RequestTimeout = duration.Duration(500 * time.Millisecond) })
	planned := p.plan("pay-1", pis.Single)
	if err := p.Bank.Arm(mishap.Switch{Case: "slow", Count: 1, Product: "pis"}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.client.PIS.Create(t.Context(), planned); !pis.Unclear(err) || isNotSent(err) {
		t.Errorf("%v", err)
	}
}
