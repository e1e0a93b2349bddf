package registration

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// StepEdit is a change of a step; what is nil stays as it is.
type StepEdit struct {
	State    *StepState
	Note     *string
	Owner    *string
	DueAt    *time.Time // the zero time takes the day away
	RemindAt *time.Time
}

// defaultReminder is how many days a step waits for the bank before we are reminded, where the catalogue says nothing.
const defaultReminder = 7

// SetStep notes how far a step is. subject is the id of a registration or of an
// enrolment; a step of the enrolment counts for all its registrations.
func (s *Service) SetStep(
	ctx context.Context, caller access.Caller, subject, stepID string, state StepState, note string,
) error {
	return s.EditStep(ctx, caller, subject, stepID, StepEdit{State: &state, Note: &note})
}

// EditStep changes what is noted about a step. A locked step cannot be done before
// the steps it needs, and one that the program decides cannot be ticked at all.
func (s *Service) EditStep(ctx context.Context, caller access.Caller, subject, stepID string, edit StepEdit) error {
	detail := "step " + stepID
	if edit.State != nil {
		detail += ": " + string(*edit.State)
	}
	return s.write(ctx, caller, subject, detail, func() error {
		c, v, err := s.stepOf(ctx, subject, stepID)
		if err != nil {
			return err
		}
		if err := edit.validate(v); err != nil {
			return err
		}
		record, history := s.edited(caller, c, v, edit)
		if len(history) == 0 {
			return nil
		}
		return s.cfg.Checklist.SetSteps(ctx, v.Subject, []StepRecord{record}, history)
	})
}

func (e StepEdit) validate(v StepView) error {
	note := v.Record.Note
	if e.Note != nil {
		note = *e.Note
	}
	if err := lines(note); err != nil {
		return err
	}
	if e.Owner != nil {
		if err := text(*e.Owner); err != nil {
			return err
		}
	}
	if e.State == nil {
		return nil
	}
	return v.allows(*e.State, note)
}

// allows refuses what nobody may say about the step.
func (v StepView) allows(state StepState, note string) error {
	switch state {
	case Todo, InProgress, Waiting, StepDone, NotNeeded:
	default:
		return fault.New(fault.Invalid, "step_state_unknown",
			"A step is todo, in_progress, waiting, done or not_needed.")
	}
	switch {
	case v.Check == catalogue.CheckBankAnswer:
		return fault.New(fault.Conflict, "step_checked",
			"%q is done when the bank's answer is recorded; record that the e-mail was sent, then what the "+
				"bank answered.", v.Title.EN)
	case v.Checked():
		return fault.New(fault.Conflict, "step_checked", "%q is checked, not ticked. %s", v.Title.EN, v.How.EN)
	case state == NotNeeded && !v.Optional:
		return fault.New(fault.Invalid, "step_required",
			"%q is required; only optional steps can be marked as not needed.", v.Title.EN)
	case state == NotNeeded && strings.TrimSpace(note) == "":
		return fault.New(fault.Invalid, "reason_missing", "Say in the note why %q is not needed.", v.Title.EN)
	case v.Locked && state != Todo && state != NotNeeded:
		return fault.New(fault.Conflict, "step_locked", "%q comes after %s; finish that first.", v.Title.EN,
			strings.Join(v.LockedBy, ", "))
	case state == StepDone:
		for _, g := range v.Gates {
			if g.Level == GateError {
				return fault.New(fault.Conflict, g.Code, "%s", g.Message)
			}
		}
	}
	return nil
}

// edited is the record after the edit, and what changed.
func (s *Service) edited(caller access.Caller, c checklist, v StepView, e StepEdit) (StepRecord, []HistoryEntry) {
	r, now := v.Record, s.now()
	var history []HistoryEntry
	note := func(what, from, to, words string) {
		if from != to {
			history = append(history, s.entry(caller, v.Subject, v.ID, what, from, to, words))
		}
	}
	if e.Note != nil {
		note("note", r.Note, *e.Note, "")
		r.Note = *e.Note
	}
	if e.Owner != nil {
		note("owner", r.Owner, strings.TrimSpace(*e.Owner), "")
		r.Owner = strings.TrimSpace(*e.Owner)
	}
	if e.State != nil {
		note("state", string(r.State), string(*e.State), r.Note)
		if *e.State == Waiting && r.State != Waiting {
			r.WaitingSince, r.RemindAt = now, now.AddDate(0, 0, cmp.Or(v.Reminder, defaultReminder))
		} else if *e.State != Waiting {
			r.WaitingSince, r.RemindAt = time.Time{}, time.Time{}
		}
		if *e.State == StepDone {
			r.Told = c.told(*v.Step)
		}
		r.State = *e.State
	}
	for _, day := range []struct {
		what string
		new  *time.Time
		into *time.Time
	}{{"due", e.DueAt, &r.DueAt}, {"remind", e.RemindAt, &r.RemindAt}} {
		if day.new != nil {
			at := day.new.UTC().Truncate(time.Microsecond)
			if day.new.IsZero() {
				at = time.Time{}
			}
			note(day.what, written(*day.into), written(at), "")
			*day.into = at
		}
	}
	r.ChangedBy, r.ChangedAt = caller.ID, now
	return r, history
}

func written(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.RFC3339)
}

func (s *Service) entry(caller access.Caller, subject, step, what, from, to, note string) HistoryEntry {
	return HistoryEntry{
		Subject: subject,
		Step:    step,
		At:      s.now(),
		ByID:    caller.ID,
		ByName:  caller.Name,
		What:    what,
		From:    from,
		To:      to,
		Note:    note,
	}
}

// stepOf finds a step of a registration or an enrolment, with what it is judged by.
func (s *Service) stepOf(ctx context.Context, subject, stepID string) (checklist, StepView, error) {
	c, steps, err := s.checklistOf(ctx, subject)
	if err != nil {
		return c, StepView{Step: &catalogue.Step{}}, err
	}
	v, found := findStep(steps, stepID)
	if !found {
		return c, v, fault.New(fault.NotFound, "step_unknown", "The checklist has no step %q.", stepID)
	}
	return c, v, nil
}

// checklistOf reads the checklist of a registration or an enrolment.
func (s *Service) checklistOf(ctx context.Context, subject string) (checklist, []StepView, error) {
	if e, ok := parseEnrolmentID(subject); ok {
		return s.enrolmentChecklist(ctx, e)
	}
	r, err := s.registration(ctx, subject)
	if err != nil {
		return checklist{}, nil, err
	}
	k, err := s.about(ctx, r)
	if err != nil {
		return checklist{}, nil, err
	}
	v, err := s.assemble(ctx, r, k)
	return s.checklistFor(v, k), v.Steps, err
}
