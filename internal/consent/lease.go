package consent

import (
	"context"
	"errors"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/clock"
)

const (
	// leaseLife exceeds what one holder may take, so that nobody who still
	// works is taken for dead.
	leaseLife = 90 * time.Second
	workLife  = 60 * time.Second
	// leasePoll is how often it is looked whether another replica is done.
	leasePoll = 50 * time.Millisecond
)

// lease takes the consent, waiting while another holder has it.
func (s *Service) lease(ctx context.Context, id string) (c Consent, abandoned bool, err error) {
	for {
		now := s.cfg.Now()
		c, abandoned, err = s.cfg.Leases.LeaseConsent(ctx, id, now, now.Add(leaseLife))
		if !errors.Is(err, fault.Conflict) {
			return c, abandoned, err
		}
		if !clock.Pause(ctx, leasePoll) {
			return c, false, fault.Wrap(err, fault.Unavailable, "consent_busy",
				"This consent is being renewed elsewhere; try again.").RetryAfter(time.Second)
		}
	}
}
