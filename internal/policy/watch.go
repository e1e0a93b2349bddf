package policy

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
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
	broken, err := s.brokenGlass(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(broken) > 0 && !slices.Equal(broken, s.broken) {
		s.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "the policy was changed without a second person",
			slog.String("settings", strings.Join(broken, ", ")))
	}
	s.broken = broken
	if slices.Equal(found, s.differs) {
		return nil
	}
	if len(found) > 0 {
		details := make([]string, len(found))
		for i, d := range found {
			details[i] = d.recorded()
		}
		said := strings.Join(details, "; ")
		detail := note.New("configuration_differs", "in force, where the configuration differs: %s", said)
		s.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "the configuration differs from the policy in force, which decides",
			slog.String("differences", said))
		if err := s.cfg.Audit.Record(ctx, by, access.PolicyDiffers, names(found), audit.Done, detail); err != nil {
			return err
		}
	}
	s.differs = found
	return nil
}

// brokenGlass returns the settings that are in force without a second person.
func (s *Service) brokenGlass(ctx context.Context) ([]string, error) {
	settings, err := s.cfg.InForce.Settings(ctx)
	var broken []string
	for _, setting := range settings {
		if setting.Way == BreakGlass {
			broken = append(broken, setting.Name)
		}
	}
	return broken, err
}

// Warning says what was not as it should be when Watch looked last: the configuration
// of this process differs, or the policy was changed without a second person.
func (s *Service) Warning() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case len(s.differs) > 0:
		return differs(s.differs)
	case len(s.broken) > 0:
		return fault.New(fault.Conflict, "policy_broken_glass",
			"The policy was changed on the server without a second person (%s); have two people decide it again.",
			strings.Join(s.broken, ", "))
	}
	return nil
}
