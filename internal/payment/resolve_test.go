package payment_test

import (
	"context"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// On live nobody alone says that the bank has none: the payment could be sent again.
func TestThatTheBankHasNoneTakesTwoPeopleOnLive(t *testing.T) {
	f := newFirm(t, stack.Institution)
	ctx := t.Context()
	f.through(failing(500))
	p, err := f.Payments.Create(ctx, stack.Connector, f.input("unclear"))
	if fault.Code(err) != "outcome_unknown" {
		t.Fatal(err)
	}
	f.through(nil)
	live := payment.New(payment.Config{ // the simulated bank's sandbox, taken for live
		Store:     f.DB,
		Sealer:    f.Vault,
		Banks:     f.Issuer,
		Approvals: f.Approvals,
		Live:      func(context.Context, string) (bool, error) { return true, nil },
		Audit:     f.Audit,
		Now:       func() time.Time { return f.Now },
	})
	found := payment.Finding{Reason: "Support of the bank, ticket 7: no such payment"}
	if _, err := live.Resolve(ctx, stack.Connector, p.ID, found); fault.Code(err) != "not_permitted" {
		t.Errorf("a program asked: %v", err)
	}
	if _, err := live.Resolve(ctx, stack.Engineer, p.ID, payment.Finding{}); fault.Code(err) != "reason_missing" {
		t.Errorf("asked without a reason: %v", err)
	}
	if _, err := live.Resolve(ctx, stack.Engineer, p.ID, found); fault.Code(err) != "change_requested" {
		t.Fatalf("one person resolved it: %v", err)
	}
	if _, err := f.Payments.Create(ctx, stack.Connector, f.input("unclear")); fault.Code(err) != "payment_unclear" {
		t.Errorf("sent again while it waits: %v", err)
	}
	open, err := f.Approvals.List(ctx, stack.Auditor, approval.Filter{Kind: access.PaymentNotSent})
	check(t, err)
	if len(open) != 1 || open[0].Reason != found.Reason || open[0].Changes[0].After != string(payment.NotSent) {
		t.Fatalf("what waits is %+v", open)
	}
	if _, err := f.Approvals.Approve(ctx, stack.Engineer, open[0].ID, ""); fault.Code(err) != "second_person_needed" {
		t.Errorf("whoever asked approved: %v", err)
	}
	second := stack.Engineer
	second.ID = "u-second"
	_, err = f.Approvals.Approve(ctx, second, open[0].ID, "")
	check(t, err)
	p, err = live.Get(ctx, stack.Engineer, p.ID)
	if err != nil || p.State != payment.NotSent || p.Note != found.Reason {
		t.Errorf("got %+v, %v", p, err)
	}
	all, err := f.Audit.Latest(ctx, stack.Auditor, 10)
	check(t, err)
	if all[0].Detail != "not_sent; two people" && all[1].Detail != "not_sent; two people" {
		t.Errorf("the audit log has %+v", all[:2])
	}
}
