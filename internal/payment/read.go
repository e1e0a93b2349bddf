package payment

import (
	"context"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Get returns a payment as the bank sees it now. When the bank cannot be asked,
// the payment is as it was known last, and its failure says why.
func (s *Service) Get(ctx context.Context, caller access.Caller, id string) (Payment, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.PaymentRead, id); err != nil {
		return Payment{}, err
	}
	p, err := s.payment(ctx, caller, id)
	if err != nil || !p.State.Open() {
		return p, err
	}
	if err := s.cfg.Audit.Authorize(ctx, caller, access.PaymentRead, id); err != nil {
		return Payment{}, err
	}
	asked := s.ask(ctx, caller, &p)
	if err := s.cfg.Audit.Finish(ctx, caller, access.PaymentRead, id, note.Note{}, asked); asked == nil {
		return p, err
	}
	_, p.FailureCode, p.Failure = fault.Public(asked)
	return p, nil
}

// Page returns a page of the list Listed: payments as they were known last. A service account has its own.
func (s *Service) Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[Payment], error) {
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.PaymentRead)
	if err != nil {
		return listing.Page[Payment]{}, err
	}
	of := ""
	if caller.OwnOnly() {
		of = caller.ID
	}
	found, err := s.cfg.Store.PaymentPage(ctx, reach, q, of)
	found.Items = slices.DeleteFunc(found.Items, func(p Payment) bool { return !p.mayBeKnownTo(caller) })
	return found, err
}

// payment returns a payment the caller may know of.
func (s *Service) payment(ctx context.Context, caller access.Caller, id string) (Payment, error) {
	p, err := s.cfg.Store.Payment(ctx, id)
	if err == nil && !p.mayBeKnownTo(caller) {
		return Payment{}, fault.New(fault.NotFound, "not_found", "There is no such payment.")
	}
	return p, err
}

func (p Payment) mayBeKnownTo(caller access.Caller) bool {
	return caller.Knows(p.RegistrationID) && (p.CallerID == caller.ID || !caller.OwnOnly())
}

// ask brings a payment up to date.
func (s *Service) ask(ctx context.Context, caller access.Caller, p *Payment) error {
	bank, err := s.cfg.Banks.Payments(ctx, caller, p.RegistrationID)
	if err != nil {
		return err
	}
	return s.refresh(ctx, bank, p)
}

// refresh asks the bank for the status and draws the conclusions.
func (s *Service) refresh(ctx context.Context, bank issuer.PaymentAccess, p *Payment) error {
	report, err := bank.Client.PIS.Report(ctx, p.ResourceID, p.Order.ID)
	if err != nil {
		return err
	}
	s.learn(p, report)
	return s.save(ctx, p)
}

// confirmingFor is how long an unclear confirmation may still arrive at the
// bank. A payment that waits for one after that may be confirmed again; should the
// first arrive all the same, the bank refuses the second: it confirms a payment once.
const confirmingFor = 2 * time.Minute

// learn takes the bank's word.
func (s *Service) learn(p *Payment, report pis.Report) {
	before := p.State
	p.Status, p.Reason, p.CheckedAt = report.Status, report.Reason, s.cfg.Now()
	switch {
	case report.Status == pis.StatusCANC:
		p.State = Cancelled
	case report.Status.Negative():
		p.State = Rejected
	case report.Status.Final():
		p.State = Completed
	case report.Status.Positive():
		p.State = Confirmed
	case p.State == Confirming && (report.Status == pis.StatusACWC || report.Status == pis.StatusPART):
		p.State = Confirmed
	case p.State == Confirming && s.cfg.Now().Sub(p.SentAt) >= confirmingFor:
		p.State = Created
	}
	if p.State != before {
		p.Checks = 0
		p.FailureCode, p.Failure = "", ""
	}
	if p.State == Confirmed && p.ConfirmedAt.IsZero() {
		p.ConfirmedAt = s.cfg.Now()
	}
	s.checkLater(p)
}
