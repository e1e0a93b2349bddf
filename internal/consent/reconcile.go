package consent

import (
	"context"
	"errors"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
)

// dueAtOnce bounds one round of Reconcile.
const dueAtOnce = 200

// Reconcile looks after consents that nobody else does: those whose customer did not come back, those whose time is
// over, and those whose tokens a crash or an outage has left in custody. It finishes a consent whose tokens arrived and
// whose row did not hear of it.
func (s *Service) Reconcile(ctx context.Context) (settled int, err error) {
	due, err := s.cfg.Leases.DueConsents(ctx, s.cfg.Now(), dueAtOnce)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, c := range due {
		switch err := s.settle(ctx, c.ID); {
		case err == nil:
			settled++
		case !errors.Is(err, fault.Conflict): // else somebody is at work on it
			errs = append(errs, err)
		}
	}
	return settled, errors.Join(errs...)
}

func (s *Service) settle(ctx context.Context, id string) error {
	caller := access.SystemCaller("consents")
	now := s.cfg.Now()
	c, _, err := s.cfg.Leases.LeaseConsent(ctx, id, now, now.Add(leaseLife))
	if err != nil {
		return err
	}
	switch {
	case c.State == Pending && !now.Before(c.AnswerBy):
		err = s.settleUnanswered(ctx, caller, &c)
	case c.State == Active && !now.Before(c.ExpiresAt):
		c.end(Expired, c.endReason())
	}
	_, saved := s.finish(ctx, caller, c)
	return errors.Join(err, saved)
}

// settleUnanswered gives up a consent nobody answered. One whose tokens are in
// custody was answered: the process that had them died before it could say so. What the
// catalogue knew of their life is lost with it, so they count as what they are.
func (s *Service) settleUnanswered(ctx context.Context, caller access.Caller, c *Consent) error {
	tokens, err := s.cfg.Custody.Tokens(ctx, caller, c.ID)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return err
	}
	if tokens.Access.Empty() {
		c.end(Expired, ReasonUnanswered)
		return nil
	}
	life := time.Duration(0)
	if !tokens.RefreshExpiresAt.IsZero() {
		life = tokens.RefreshExpiresAt.Sub(c.AnswerBy)
	}
	Policy{Refresh: true, RefreshLife: life}.begin(c, tokens, s.cfg.Now())
	return nil
}
