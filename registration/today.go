package registration

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

// Task is one thing that needs somebody today.
type Task struct {
	Kind    string    // step_due, bank_silent, step_next, certificate_expiring, registration_blocked, approval, consent_expiring
	Code    string    // what exactly, for translations
	Title   string    // one sentence
	Args    []string  // the values in Title
	Who     string    // role that does it; empty: anybody who may
	Object  string    // id of the registration, enrolment, certificate or approval it is about
	Step    string    // id of the step, if it is about one
	At      time.Time // when it is due, or ends
	Urgency Urgency
}

// Urgency orders tasks.
type Urgency int

// The urgencies, the most urgent first.
const (
	Overdue Urgency = iota
	Soon
	Next
)

// Today returns what needs the caller, the most urgent first.
func (s *Service) Today(ctx context.Context, caller access.Caller) ([]Task, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, ""); err != nil {
		return nil, err
	}
	return nil, nil
}
