package checklist

import (
	"cmp"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// Edit is a change of what is noted about a step; what is nil stays as it is.
type Edit struct {
	State    *State
	Note     *string
	Owner    *string
	DueAt    *time.Time // the zero time takes the day away
	RemindAt *time.Time
}

// Change is one thing that an edit makes different.
type Change struct{ What, From, To, Note string }

// defaultReminder is how many days a step waits for the bank before we are reminded, where the catalogue says nothing.
const defaultReminder = 7

// Allows refuses an edit that nobody may make.
func (s Step) Allows(e Edit) error {
	if e.State == nil {
		return nil
	}
	note := s.Record.Note
	if e.Note != nil {
		note = *e.Note
	}
	return s.allowsState(*e.State, note)
}

// allowsState refuses what nobody may say about the step.
func (s Step) allowsState(state State, note string) error {
	switch state {
	case Todo, InProgress, Waiting, Done, NotNeeded:
	default:
		return fault.New(fault.Invalid, "step_state_unknown",
			"A step is todo, in_progress, waiting, done or not_needed.")
	}
	switch {
	case s.Check == catalogue.CheckBankAnswer:
		return fault.New(fault.Conflict, "step_checked",
			"%q is done when the bank's answer is recorded; record that the e-mail was sent, then what the "+
				"bank answered.", s.Title.EN)
	case s.Checked():
		return fault.New(fault.Conflict, "step_checked", "%q is checked, not ticked. %s", s.Title.EN, s.How.EN)
	case state == NotNeeded && !s.Optional:
		return fault.New(fault.Invalid, "step_required",
			"%q is required; only optional steps can be marked as not needed.", s.Title.EN)
	case state == NotNeeded && strings.TrimSpace(note) == "":
		return fault.New(fault.Invalid, "reason_missing", "Say in the note why %q is not needed.", s.Title.EN)
	case s.Locked && state != Todo && state != NotNeeded:
		return s.locked()
	case state == Done:
		for _, g := range s.Gates {
			if g.Level == GateError {
				return fault.New(fault.Conflict, g.Code, "%s", g.Message)
			}
		}
	}
	return nil
}

// Apply returns the record after an edit, and what is different in it. told is what
// the bank is told by the step, kept when it is done.
func (s Step) Apply(e Edit, told map[string]string, now time.Time) (Record, []Change) {
	r := s.Record
	var changes []Change
	note := func(what, from, to, why string) {
		if from != to {
			changes = append(changes, Change{what, from, to, why})
		}
	}
	if e.Note != nil {
		note("note", r.Note, *e.Note, "")
		r.Note = *e.Note
	}
	if e.Owner != nil {
		owner := strings.TrimSpace(*e.Owner)
		note("owner", r.Owner, owner, "")
		r.Owner = owner
	}
	if e.State != nil {
		note("state", string(r.State), string(*e.State), r.Note)
		switch {
		case *e.State != Waiting:
			r.WaitingSince, r.RemindAt = time.Time{}, time.Time{}
		case r.State != Waiting:
			r.WaitingSince, r.RemindAt = now, now.AddDate(0, 0, cmp.Or(s.Reminder, defaultReminder))
		}
		if *e.State == Done {
			r.Told = told
		}
		r.State, r.DoneBefore = *e.State, time.Time{}
	}
	if e.DueAt != nil {
		due := wholeMicroseconds(*e.DueAt)
		note("due", written(r.DueAt), written(due), "")
		r.DueAt = due
	}
	if e.RemindAt != nil {
		remind := wholeMicroseconds(*e.RemindAt)
		note("remind", written(r.RemindAt), written(remind), "")
		r.RemindAt = remind
	}
	return r, changes
}

// wholeMicroseconds is a time as databases keep it.
func wholeMicroseconds(at time.Time) time.Time {
	if at.IsZero() {
		return time.Time{}
	}
	return at.UTC().Truncate(time.Microsecond)
}

func written(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.RFC3339)
}

// Reopen returns the record of a step that was done and is to be done again, for the reason in the gate.
func (s Step) Reopen(why Gate) (Record, Change) {
	r := s.Record
	change := Change{"reopened", string(r.State), string(InProgress), why.Message}
	r.State, r.DoneBefore = InProgress, time.Time{}
	return r, change
}
