package policy

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
)

// Watch has this process follow the policy that is in force, and records it where its
// configuration says otherwise: once, and again when something else differs. It is for a
// job that runs every second or so, and for the start of every process.
func (s *Service) Watch(ctx context.Context, by access.Caller) error {
	if s.cfg.Corrected != nil {
		if err := s.cfg.Corrected(ctx); err != nil {
			return err
		}
	}
	found, err := s.cfg.InForce.Differences(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Equal(found, s.differs) {
		return nil
	}
	if len(found) > 0 {
		details := make([]string, len(found))
		for i, d := range found {
			details[i] = d.recorded()
		}
		said := strings.Join(details, "; ")
		s.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "the configuration differs from the policy in force, which decides",
			slog.String("differences", said))
		if err := s.cfg.Audit.Record(ctx, by, access.PolicyDiffers, names(found), audit.Done, said); err != nil {
			return err
		}
	}
	s.differs = found
	return nil
}

// Warning says that the configuration of this process differed when Watch looked last.
func (s *Service) Warning() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.differs) == 0 {
		return nil
	}
	return differs(s.differs)
}
