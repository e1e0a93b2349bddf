package payment

import (
	"context"
	"errors"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
)

// Waits between two looks at a payment: doubled each time, within bounds.
const (
	firstWait = 30 * time.Second
	longWait  = 6 * time.Hour
	// askFor is how long banks keep a status (STET: at least 30 calendar days).
	askFor = 30 * 24 * time.Hour
	// batch is how many payments one run of Poll looks at.
	batch = 100
)

// checkLater says when to look at the payment again.
func (s *Service) checkLater(p *Payment) {
	p.NextCheck = time.Time{}
	if p.State.Open() {
		p.NextCheck = s.cfg.Now().Add(min(longWait, firstWait<<min(p.Checks, 16)))
	}
}

// Poll looks at the payments that are due: it asks the bank for those that are
// open, and gives up those whose request was cut short. Replicas may do it at once. It
// returns how many it looked at.
func (s *Service) Poll(ctx context.Context) (int, error) {
	due, err := s.cfg.Store.Payments(ctx, Filter{DueAt: s.cfg.Now(), Limit: batch})
	if err != nil {
		return 0, err
	}
	var failed []error
	for i := range due {
		err := s.look(ctx, &due[i])
		if err != nil && fault.Code(err) != "changed_meanwhile" { // another replica was faster
			failed = append(failed, err)
		}
	}
	return len(due), errors.Join(failed...)
}

func (s *Service) look(ctx context.Context, p *Payment) error {
	p.Checks++
	s.checkLater(p)
	switch {
	case p.State == Creating:
		// The program ended between intent and answer.
		p.State = Unclear
		_, p.FailureCode, p.Failure = fault.Public(unclear())
		return s.save(ctx, p)
	case !p.State.Open():
		return s.save(ctx, p)
	case s.cfg.Now().Sub(latest(p.CreatedAt, p.Order.ExecuteAt)) > askFor:
		p.State, p.NextCheck = Expired, time.Time{}
		return s.save(ctx, p)
	}
	if err := s.save(ctx, p); err != nil { // claims it
		return err
	}
	return s.ask(ctx, access.PaymentWatcher(), p)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
