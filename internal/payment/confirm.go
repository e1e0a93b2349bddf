package payment

import (
	"context"
	"errors"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Return is what the customer's browser brought back from the bank.
type Return struct {
	State string
	Code  string // at banks that confirm with one
	Error string // not empty: the customer did not approve
}

// Complete takes the customer's return: it asks the bank for the status and, if
// the customer has approved the payment, confirms it.
//
// A state works for whoever made the payment, until what the customer was sent to the
// bank for is done. While the bank is down it is not: repeat the call. That a
// payment is confirmed once is not the state's doing but that of confirm.
func (s *Service) Complete(ctx context.Context, caller access.Caller, back Return) (Payment, error) {
	if err := s.cfg.Audit.PermitSomewhere(ctx, caller, access.PaymentConfirm, ""); err != nil {
		return Payment{}, err
	}
	p, err := s.awaited(ctx, caller, back.State)
	if err != nil {
		return Payment{}, err
	}
	err = s.cfg.Audit.Do(ctx, caller, access.PaymentConfirm, p.ID, func() (note.Note, error) {
		return note.New("customer_returned", "the customer came back"), s.complete(ctx, caller, &p, back)
	})
	return p, err
}

// awaited finds the caller's payment that waits for this return.
func (s *Service) awaited(ctx context.Context, caller access.Caller, state string) (Payment, error) {
	unknown := fault.New(fault.Invalid, "state_unknown",
		"This return from the bank was already used, or was started by somebody else; look at the payment.")
	if state == "" {
		return Payment{}, unknown
	}
	found, err := s.cfg.Store.Payments(ctx, Filter{ReturnHash: stateHash(state), Limit: 1})
	if err != nil {
		return Payment{}, err
	}
	if len(found) == 0 {
		return Payment{}, unknown
	}
	// A cancellation may be somebody else's than the payment, and its return has nothing confirmed.
	p := found[0]
	mine := p.CallerID == caller.ID || p.ReturnFor == ToCancel
	if !mine || !p.mayBeKnownTo(caller) {
		return Payment{}, unknown
	}
	return p, nil
}

func (s *Service) complete(ctx context.Context, caller access.Caller, p *Payment, back Return) error {
	bank, err := s.cfg.Banks.Payments(ctx, caller, p.RegistrationID)
	if err != nil {
		return err
	}
	if p.ResourceID == "" || !p.State.Open() {
		return s.returned(ctx, p)
	}
	if err := s.refresh(ctx, bank, p); err != nil {
		return err
	}
	switch {
	case p.ReturnFor == ToCancel:
		return s.returned(ctx, p)
	case p.State == Confirming:
		return confirmationInProgress()
	case p.State != Created:
		return s.returned(ctx, p)
	case back.Error != "" && bank.Client.PIS.AwaitsConfirmation(p.Status):
		// The bank was asked just now; what the browser carries anybody can write.
		_, p.FailureCode, p.Failure = fault.Public(fault.New(fault.Conflict, "return_contradicts_bank",
			"The customer came back as if the payment had been refused, and the bank says that it was approved; ask "+
				"the customer, then confirm or cancel it."))
		return s.returned(ctx, p)
	case back.Error != "":
		p.State = Declined
		_, p.FailureCode, p.Failure = fault.Public(fault.New(fault.Conflict, "payment_declined",
			"The customer came back from the bank without approving the payment; nothing is paid."))
		return s.returned(ctx, p)
	case !bank.Client.PIS.AwaitsConfirmation(p.Status):
		return nil // more signatures are needed, or the bank is still checking
	}
	// A code is redeemed with the address it came to.
	address, _ := returnAddresses(p.RedirectURI, back.State)
	if err := s.confirm(ctx, bank, p, pis.Approval{Code: back.Code, RedirectURI: address}); err != nil {
		return err
	}
	if err := s.returned(ctx, p); !errors.Is(err, fault.Conflict) {
		return err
	}
	return nil // it is confirmed, and somebody else has looked at it since
}

// returned uses the state up. Should that fail, the state works once more and finds nothing left to do.
func (s *Service) returned(ctx context.Context, p *Payment) error {
	p.ReturnHash = ""
	return s.save(ctx, p)
}

func confirmationInProgress() error {
	return fault.New(fault.Conflict, "confirmation_in_progress",
		"A confirmation is on its way to the bank; look at the payment again in a few minutes.")
}

// Confirm has the bank execute a payment that the customer has approved.
func (s *Service) Confirm(ctx context.Context, caller access.Caller, id string) (Payment, error) {
	var p Payment
	err := s.cfg.Audit.Do(ctx, caller, access.PaymentConfirm, id, func() (_ note.Note, err error) {
		p, err = s.confirmKnown(ctx, caller, id)
		return note.Note{}, err
	})
	return p, err
}

func (s *Service) confirmKnown(ctx context.Context, caller access.Caller, id string) (Payment, error) {
	p, err := s.payment(ctx, caller, id)
	if err != nil || p.State == Confirmed || p.State == Completed {
		return p, err // confirmed already: the same answer again
	}
	if p.State != Created && p.State != Confirming {
		return p, wrongState(p, "confirmed")
	}
	bank, err := s.cfg.Banks.Payments(ctx, caller, p.RegistrationID)
	if err != nil {
		return p, err
	}
	if err := s.refresh(ctx, bank, &p); err != nil {
		return p, err
	}
	switch {
	case p.State == Confirmed || p.State == Completed:
		return p, nil
	case p.State == Confirming:
		return p, confirmationInProgress()
	case p.State != Created:
		return p, wrongState(p, "confirmed")
	case !bank.Client.PIS.AwaitsConfirmation(p.Status):
		return p, fault.New(fault.Conflict, "payment_not_approved",
			"The bank says %s: the customer has not approved the payment; send the customer to the bank's page.",
			p.Status)
	}
	return p, s.confirm(ctx, bank, &p, pis.Approval{})
}

// sendingTakes is how long before the cut-off a confirmation is not sent any more.
const sendingTakes = 30 * time.Second

// confirm sends the confirmation, once: who finds the payment confirming leaves it alone.
func (s *Service) confirm(
	ctx context.Context, bank issuer.PaymentAccess, p *Payment, approval pis.Approval,
) error {
	if by := p.Order.ConfirmBy; !by.IsZero() && !s.cfg.Now().Before(by.Add(-sendingTakes)) {
		return fault.New(fault.Conflict, "cut_off_passed",
			"The bank's cut-off for this payment was %s; create a new one, which goes on the next business day.",
			bank.Client.PIS.BankTime(by).Format("2006-01-02 15:04 MST"))
	}
	p.State, p.SentAt, p.Checks = Confirming, s.cfg.Now(), 0
	p.FailureCode, p.Failure = "", ""
	s.checkLater(p)
	if err := s.save(ctx, p); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	report, err := bank.Client.PIS.Confirm(ctx, p.ResourceID, p.Order.ID, approval)
	if err == nil {
		p.ConfirmedAt = s.cfg.Now()
		p.State = Confirmed
		s.learn(p, report)
		return s.save(ctx, p)
	}
	return s.confirmFailed(ctx, bank, p, err)
}

// confirmFailed lets the status decide what became of a confirmation that was
// refused or whose outcome nobody knows.
func (s *Service) confirmFailed(ctx context.Context, bank issuer.PaymentAccess, p *Payment, cause error) error {
	_, neverLeft := errors.AsType[*pis.NotSentError](cause)
	if neverLeft || !pis.Unclear(cause) {
		p.State = Created // the bank did not take it; the status may say more
	}
	_, p.FailureCode, p.Failure = fault.Public(cause)
	if !neverLeft {
		if report, err := bank.Client.PIS.Report(ctx, p.ResourceID, p.Order.ID); err == nil {
			s.learn(p, report)
		}
	}
	if err := s.save(ctx, p); err != nil {
		return err
	}
	if p.State == Confirmed || p.State == Completed {
		return nil // it was confirmed after all
	}
	return cause
}

func wrongState(p Payment, done string) error {
	return fault.New(fault.Conflict, "payment_state", "The payment is %s and cannot be %s; look at its status.",
		p.State, done)
}
