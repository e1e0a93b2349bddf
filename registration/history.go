package registration

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

// HistoryEntry is one change of a step or an object. Entries are never changed.
type HistoryEntry struct {
	Seq     int64
	Subject string // id of the enrolment, registration, organization or application
	Step    string // empty: the object itself
	At      time.Time
	ByID    string
	ByName  string
	What    string // state, owner, due, note, remind, reopened, evidence, email, answer, or the name of a field
	From    string
	To      string
	Note    string
}

// entry is the history entry of a change that the caller makes.
func (s *Service) entry(caller access.Caller, subject, step string, c checklist.Change) HistoryEntry {
	return HistoryEntry{
		Subject: subject,
		Step:    step,
		At:      s.cfg.Now(),
		ByID:    caller.ID,
		ByName:  caller.Name,
		What:    c.What,
		From:    c.From,
		To:      c.To,
		Note:    c.Note,
	}
}

// History returns who changed what, the newest first. subject is the id of an
// organization, an application, an enrolment or a registration; that of a
// registration comes with its enrolment's.
func (s *Service) History(ctx context.Context, caller access.Caller, subject string) ([]HistoryEntry, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, subject); err != nil {
		return nil, err
	}
	subjects := []string{subject}
	if v, err := s.view(ctx, subject); err == nil {
		subjects = append(subjects, v.Enrolment.ID)
	} else if kind, _, _ := fault.Public(err); kind != fault.NotFound {
		return nil, err
	}
	return s.cfg.Checklist.History(ctx, subjects...)
}
