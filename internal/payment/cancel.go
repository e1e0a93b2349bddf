package payment

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Cancel asks the bank not to execute a payment. At some banks the customer has
// to approve this: then the payment's CancelURL is where.
func (s *Service) Cancel(
	ctx context.Context, caller access.Caller, id string, reason pis.Reason,
) (Payment, error) {
	var p Payment
	err := s.cfg.Audit.Do(ctx, caller, access.PaymentCancel, id, func() (_ note.Note, err error) {
		p, err = s.cancel(ctx, caller, id, reason)
		return note.New("payment_reason", "%s", reason), err
	})
	return p, err
}

func (s *Service) cancel(
	ctx context.Context, caller access.Caller, id string, reason pis.Reason,
) (Payment, error) {
	if err := reason.CheckCancels(); err != nil {
		return Payment{}, err
	}
	p, err := s.payment(ctx, caller, id)
	if err != nil || p.State == Cancelled {
		return p, err
	}
	if !p.State.Open() || p.ResourceID == "" {
		return p, wrongState(p, "cancelled")
	}
	bank, err := s.cfg.Banks.Payments(ctx, caller, p.RegistrationID)
	if err != nil {
		return p, err
	}
	// The customer who approves the cancellation returns with a state of its own.
	state := rand.Text()
	order := p.Order
	order.SuccessURL, order.FailureURL = returnAddresses(p.RedirectURI, state)
	if err := s.save(ctx, &p); err != nil { // claims it: who confirms it at the same time finds it changed
		return p, err
	}
	ctx = context.WithoutCancel(ctx)
	page, err := bank.Client.PIS.Cancel(ctx, p.ResourceID, order, reason)
	if err == nil {
		// Only now: a customer whose payment is not cancelled still has to come back from approving it.
		p.CancelURL, p.ReturnHash, p.ReturnFor = page, stateHash(state), ToCancel
	}
	return p, s.cancelled(ctx, bank, &p, err)
}

// cancelled lets the status say what became of a cancellation.
func (s *Service) cancelled(ctx context.Context, bank issuer.PaymentAccess, p *Payment, cause error) error {
	if _, neverLeft := errors.AsType[*pis.NotSentError](cause); neverLeft {
		return cause
	}
	report, err := bank.Client.PIS.Report(ctx, p.ResourceID, p.Order.ID)
	if err == nil {
		s.learn(p, report)
	}
	if saved := s.save(ctx, p); saved != nil {
		return saved
	}
	if p.State == Cancelled {
		return nil
	}
	if cause == nil {
		return err
	}
	return cause
}
