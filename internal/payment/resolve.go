package payment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Approvals has a change carried out: at once, or when a second person has agreed.
type Approvals interface {
	RequestChange(
		ctx context.Context, caller access.Caller, p approval.NewRequest,
	) (r approval.Request, done bool, err error)
}

// Finding is what a person found out about an unclear payment.
type Finding struct {
	AtBank     bool   // the bank has it
	ResourceID string // then: the bank's name for it
	Reason     string // who was asked, and what they said
}

// Resolve ends the doubt about a payment on the word of a person. A payment the
// bank has is asked for first, so that a slip of the pen is noticed. That the bank has none
// lets it be sent again, so on live it takes two people: it is requested then.
func (s *Service) Resolve(ctx context.Context, caller access.Caller, id string, found Finding) (Payment, error) {
	if !found.AtBank {
		return s.askNotSent(ctx, caller, id, found)
	}
	var p Payment
	err := s.cfg.Audit.Do(ctx, caller, access.PaymentResolve, id, func() (_ note.Note, err error) {
		p, err = s.resolve(ctx, caller, id, found)
		return note.New("payment_became", "%s", p.State), err
	})
	return p, err
}

func (s *Service) resolve(ctx context.Context, caller access.Caller, id string, found Finding) (Payment, error) {
	p, err := s.unclear(ctx, id, found.Reason)
	if err != nil {
		return p, err
	}
	if err := pis.CheckResourceID(found.ResourceID); err != nil {
		return p, err
	}
	bank, err := s.cfg.Banks.Payments(ctx, caller, p.RegistrationID)
	if err != nil {
		return p, err
	}
	p.ResourceID = found.ResourceID
	report, err := bank.Client.PIS.Report(ctx, p.ResourceID, p.Order.ID)
	if err != nil {
		return p, err
	}
	p.State, p.FailureCode, p.Failure = Created, "", ""
	s.learn(&p, report)
	return p, s.save(ctx, &p)
}

// unclear returns a payment about which a person has found something out.
func (s *Service) unclear(ctx context.Context, id, reason string) (Payment, error) {
	p, err := s.cfg.Store.Payment(ctx, id)
	if err != nil {
		return p, err
	}
	if p.State != Unclear {
		return p, wrongState(p, "resolved")
	}
	if p.Note = strings.TrimSpace(reason); p.Note == "" {
		return p, fault.New(fault.Invalid, "reason_missing", "Say who at the bank was asked and what they said.")
	}
	return p, note.Bounded(p.Note)
}

func (s *Service) askNotSent(ctx context.Context, caller access.Caller, id string, found Finding) (Payment, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.PaymentResolve, id); err != nil {
		return Payment{}, err
	}
	p, err := s.unclear(ctx, id, found.Reason)
	if err != nil {
		return p, s.cfg.Audit.Finish(ctx, caller, access.PaymentResolve, id, note.Note{}, err)
	}
	live, err := s.cfg.Live(ctx, p.RegistrationID)
	if err != nil {
		return p, err
	}
	env := environment.Sandbox
	if live {
		env = environment.Live
	}
	r, done, err := s.cfg.Approvals.RequestChange(ctx, caller, approval.NewRequest{
		Handling:    s.Handling(),
		Object:      p.ID,
		ObjectName:  p.Order.ID,
		Environment: env,
		Reason:      p.Note,
	})
	if err == nil && !done {
		err = approval.Requested(r)
	}
	if err != nil {
		return p, err
	}
	return s.cfg.Store.Payment(ctx, id)
}

// notSent carries out access.PaymentNotSent.
type notSent struct{ s *Service }

// Handling is the change of payments that takes two people.
func (s *Service) Handling() approval.Handling {
	return approval.Handling{Kind: access.PaymentNotSent, Handler: notSent{s}}
}

// Describe implements approval.Handler.
func (h notSent) Describe(ctx context.Context, r approval.Request) ([]approval.Change, string, error) {
	p, err := h.s.unclear(ctx, r.Object, r.Reason)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", p.ID, p.Version))
	return []approval.Change{{
		Field:  "payment",
		Before: string(Unclear),
		After:  string(NotSent),
		Code:   "change.payment.not_sent",
		Consequence: "The same payment may be sent again; if the bank has the first one after all, the customer pays " +
			"twice.",
	}}, hex.EncodeToString(sum[:]), nil
}

// Apply implements approval.Handler.
func (h notSent) Apply(ctx context.Context, by access.Caller, r approval.Request) error {
	return h.s.cfg.Audit.Do(ctx, by, access.PaymentResolve, r.Object, func() (note.Note, error) {
		p, err := h.s.unclear(ctx, r.Object, r.Reason)
		if err == nil {
			p.State, p.FailureCode, p.Failure = NotSent, "", ""
			err = h.s.save(ctx, &p)
		}
		return r.Recorded(note.New("payment_became", "%s", p.State)), err
	})
}

// Applied implements approval.Witness.
func (h notSent) Applied(ctx context.Context, r approval.Request) (bool, error) {
	p, err := h.s.cfg.Store.Payment(ctx, r.Object)
	return p.State == NotSent, err
}
