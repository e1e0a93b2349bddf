package registration

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
)

// ChecklistView is the checklist of a registration or of an enrolment.
type ChecklistView struct {
	Steps    []checklist.Step
	Warnings []checklist.Gate
	Emails   []email.Email
}

// ChecklistOf returns the checklist of a registration, with its enrolment's part, or of an enrolment.
func (s *Service) ChecklistOf(ctx context.Context, caller access.Caller, subject string) (ChecklistView, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, subject); err != nil {
		return ChecklistView{}, err
	}
	v, _, err := s.subject(ctx, subject)
	return ChecklistView{Steps: v.Steps, Warnings: v.Warnings, Emails: v.Emails}, err
}

// SetStep notes how far a step is. subject is the id of a registration or of an
// enrolment; a step of the enrolment counts for all its registrations.
func (s *Service) SetStep(
	ctx context.Context, caller access.Caller, subject, stepID string, state checklist.State, words string,
) error {
	return s.EditStep(ctx, caller, subject, stepID, checklist.Edit{State: &state, Note: &words})
}

// EditStep changes what is noted about a step. A locked step cannot be done before
// the steps it needs, and one that the program decides cannot be ticked at all. The one that
// switches payments of a live registration in use on or off takes two people: it is requested then.
func (s *Service) EditStep(
	ctx context.Context, caller access.Caller, subject, stepID string, edit checklist.Edit,
) error {
	alone, requested, err := s.requestPaymentsSwitch(ctx, caller, subject, stepID, edit)
	if requested || err != nil {
		return err
	}
	return s.editStep(ctx, caller, subject, stepID, edit, alone)
}

// editStep does it; agreed is the request for it, where it took one.
func (s *Service) editStep(
	ctx context.Context, caller access.Caller, subject, stepID string, edit checklist.Edit, agreed *approval.Request,
) error {
	detail := note.New("step", "step %s", stepID)
	if edit.State != nil {
		detail = note.New("step_state", "step %s: %s", stepID, *edit.State)
	}
	return s.write(ctx, caller, subject, agreed.Recorded(detail), func() error {
		_, facts, step, err := s.stepOf(ctx, subject, stepID)
		if err != nil {
			return err
		}
		if err := validEdit(step, edit); err != nil {
			return err
		}
		record, changes := step.Apply(edit, facts.Told(step.Step), s.cfg.Now())
		if len(changes) == 0 {
			return nil
		}
		history := make([]HistoryEntry, len(changes))
		for i, c := range changes {
			history[i] = s.entry(caller, step.Subject, step.ID, c)
		}
		return s.setStep(ctx, caller, step.Subject, record, history)
	})
}

func validEdit(step checklist.Step, edit checklist.Edit) error {
	note := step.Record.Note
	if edit.Note != nil {
		note = *edit.Note
	}
	if err := checkLines(note); err != nil {
		return err
	}
	if edit.Owner != nil {
		if err := checkLine(*edit.Owner); err != nil {
			return err
		}
	}
	return step.Allows(edit)
}

// setStep writes the record of a step that the caller changed.
func (s *Service) setStep(
	ctx context.Context, caller access.Caller, subject string, r checklist.Record, history []HistoryEntry,
) error {
	r.ChangedBy, r.ChangedAt = caller.ID, s.cfg.Now()
	return s.cfg.Checklist.SetSteps(ctx, subject, []checklist.Record{r}, history)
}

// stepOf finds a step of a registration or an enrolment, with what it is judged by.
func (s *Service) stepOf(
	ctx context.Context, subject, stepID string,
) (View, checklist.Facts, checklist.Step, error) {
	v, facts, err := s.subject(ctx, subject)
	step, found := checklist.Find(v.Steps, stepID)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "step_unknown", "The checklist has no step %q.", stepID)
	}
	return v, facts, step, err
}

// subject reads a registration, or what a view has of an enrolment on its own, with the facts of its checklist.
func (s *Service) subject(ctx context.Context, id string) (View, checklist.Facts, error) {
	if e, ok := ParseEnrolmentID(id); ok {
		return s.enrolment(ctx, e)
	}
	r, err := s.registration(ctx, id)
	if err != nil {
		return View{}, checklist.Facts{}, err
	}
	all, err := s.recordsOf(ctx, r)
	if err != nil {
		return View{}, checklist.Facts{}, err
	}
	return s.assemble(ctx, r, all)
}

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

// HistoryOf is the History of a registration that has been read.
func (s *Service) HistoryOf(ctx context.Context, caller access.Caller, v View) ([]HistoryEntry, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, v.Registration.ID); err != nil {
		return nil, err
	}
	return s.cfg.Checklist.History(ctx, v.Registration.ID, v.Enrolment.ID)
}
