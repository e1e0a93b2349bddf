package policy

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Approvals has a change carried out: at once, or when a second person has agreed.
type Approvals interface {
	RequestChange(
		ctx context.Context, caller access.Caller, p approval.NewRequest,
	) (r approval.Request, done bool, err error)
}

// Config is what a Service is made of. Every field is required, but for breaking glass
// and beginning neither Approvals nor Profile nor Corrected is.
type Config struct {
	InForce   *InForce
	Approvals Approvals
	Audit     *audit.Log
	Logger    *slog.Logger
	Now       func() time.Time
	// Profile says why the profile of an institution cannot be corrected like that.
	Profile func(institutionID string, profile map[string]any) error
	// Corrected has this process follow the corrections that are in force.
	Corrected func(ctx context.Context) error
}

// Service changes the policy, and watches whether this process agrees with it. It is safe for concurrent use.
type Service struct {
	cfg Config

	mu      sync.Mutex
	differs []Difference // that were recorded last
	broken  []string     // settings that were changed without a second person, when Watch looked last
}

// New returns a Service.
func New(cfg Config) *Service {
	cfg.Now = clock.Micros(cfg.Now)
	return &Service{cfg: cfg}
}

// Settings returns what is in force.
func (s *Service) Settings(ctx context.Context, caller access.Caller) ([]Setting, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.PolicyRead, ""); err != nil {
		return nil, err
	}
	return s.cfg.InForce.Settings(ctx)
}

// Differences returns where the configuration of this process disagrees.
func (s *Service) Differences(ctx context.Context, caller access.Caller) ([]Difference, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.PolicyRead, ""); err != nil {
		return nil, err
	}
	return s.cfg.InForce.Differences(ctx)
}

// Change requests another value of a setting. It takes two people as long as
// anything does; done is false when a second person has to agree first.
func (s *Service) Change(
	ctx context.Context, caller access.Caller, name, value, reason string,
) (r approval.Request, done bool, err error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.PolicyChange, name); err != nil {
		return r, false, err
	}
	value, err = checked(name, value, s.cfg.Profile)
	if err == nil {
		err = reasonGiven(reason)
	}
	if err != nil {
		return r, false, err
	}
	return s.cfg.Approvals.RequestChange(ctx, caller, approval.NewRequest{
		Handling:    s.Handling(),
		Object:      name,
		ObjectName:  name,
		Environment: approval.Everywhere,
		Reason:      strings.TrimSpace(reason),
		Payload:     map[string]string{"value": value},
	})
}

func reasonGiven(reason string) error {
	if strings.TrimSpace(reason) == "" {
		return fault.New(fault.Invalid, "policy_reason", "Say why the policy should change; an auditor will ask.")
	}
	return note.Bounded(reason)
}

// Begin records the values of the configuration in a database that has no policy.
func (s *Service) Begin(ctx context.Context, by access.Caller, values Values) error {
	decided, err := s.cfg.InForce.store.PolicySettings(ctx)
	if err != nil || len(decided) > 0 {
		return err
	}
	var settings []Setting
	var detail []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		settings = append(settings, s.version(Setting{Name: name}, values[name], FirstStart, "", by))
		if strings.HasPrefix(name, institutions) {
			detail = append(detail, name)
		} else {
			detail = append(detail, name+" "+values[name])
		}
	}
	return s.cfg.Audit.Do(ctx, by, access.PolicyBegin, "", func() (note.Note, error) {
		return note.New("policy_began", "%s", strings.Join(detail, ", ")),
			s.cfg.InForce.store.AddPolicySettings(ctx, settings)
	})
}

// BeginStrictly records the defaults, as Begin does, where records were restored and what was
// decided of them is lost: the configuration may be a weaker one than two people agreed to.
func (s *Service) BeginStrictly(ctx context.Context, by access.Caller) error {
	return s.Begin(ctx, by, defaults)
}

// BreakGlass changes a setting on the word of whoever operates the server, for a firm
// that cannot bring two people together. It is never quiet: the log, the audit log and the
// page of the policy name it until two people have decided the setting again.
func (s *Service) BreakGlass(ctx context.Context, by access.Caller, name, value, reason string) error {
	return s.cfg.Audit.Do(ctx, by, access.PolicyBreakGlass, name, func() (note.Note, error) {
		return s.breakGlass(ctx, by, name, value, strings.TrimSpace(reason))
	})
}

func (s *Service) breakGlass(ctx context.Context, by access.Caller, name, value, reason string) (note.Note, error) {
	value, err := checked(name, value, s.cfg.Profile)
	if err == nil {
		err = reasonGiven(reason)
	}
	if err != nil {
		return note.Note{}, err
	}
	now, err := s.cfg.InForce.setting(ctx, name)
	if err != nil {
		return note.Note{}, err
	}
	detail := note.New("policy_broken", "%[1]s to %[2]s; without a second person: %[3]s", now.Value, value,
		reason, name)
	if strings.HasPrefix(name, institutions) {
		detail = note.New("correction_broken", "another correction; without a second person: %s", reason)
	}
	return detail, s.cfg.InForce.store.AddPolicySettings(ctx, []Setting{s.version(now, value, BreakGlass, reason, by)})
}

// version is the setting that follows now.
func (s *Service) version(now Setting, value string, way Way, reason string, by access.Caller) Setting {
	return Setting{
		Name:          now.Name,
		Version:       now.Version + 1,
		Value:         value,
		Way:           way,
		Reason:        reason,
		ChangedBy:     by.ID,
		ChangedByName: by.Name,
		ChangedAt:     s.cfg.Now(),
	}
}

// from says a change for the audit log; a correction is too long to be repeated.
func from(now Setting, value string) note.Note {
	if strings.HasPrefix(now.Name, institutions) {
		return note.New("correction_changed", "another correction")
	}
	return note.New("policy_changed", "%[1]s to %[2]s", now.Value, value, now.Name)
}
