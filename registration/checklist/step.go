// Package checklist says how far each step on the way to a bank is, given the
// facts. It is pure: facts in, steps out, and nothing is read or written.
package checklist

import (
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
)

// State is how far a step is.
type State string

// The states of a step.
const (
	Todo       State = "todo"
	InProgress State = "in_progress"
	Waiting    State = "waiting" // for the bank
	Done       State = "done"
	NotNeeded  State = "not_needed" // with the reason in the note
)

// Record is what was noted about one step.
type Record struct {
	Step         string
	State        State
	Note         string
	Owner        string            // name of the person who takes care of it
	DueAt        time.Time         // zero: no day was set
	WaitingSince time.Time         // when it began to wait for the bank; zero: it does not
	RemindAt     time.Time         // when to ask the bank again
	Told         map[string]string // what the bank was told by it, by the names in Step.Tells
	// DoneBefore is the day, at midnight UTC, on which the step was done before this program kept the registration.
	// Zero: it was done here, or is not done.
	DoneBefore time.Time
	ChangedBy  string
	ChangedAt  time.Time
}

// CameDone reports whether the step was done before this program kept the registration: nothing is asked for it again.
func (r Record) CameDone() bool { return r.State == Done && !r.DoneBefore.IsZero() }

// Step is a step of the catalogue and how far it is.
type Step struct {
	*catalogue.Step        // shared, so not to be changed
	Subject         string // id of the enrolment or registration it belongs to
	Record          Record
	State           State    // what counts: of a checked step what the facts say, of one whose need was reopened todo
	Locked          bool     // a step it needs is not settled
	LockedBy        []string // those steps
	Gates           []Gate   // what was checked about it
	Evidence        []evidence.File
	Overdue         bool // the day it is due, or the one to remind the bank, has come
}

// Checked reports whether the program decides the step, so that nobody can tick it.
func (s Step) Checked() bool { return s.Check != "" }

// Settled reports whether nothing more is to be done for the step.
func (s Step) Settled() bool {
	return s.State == Done || (s.Optional && s.State == NotNeeded)
}

// Relocked reports whether the step was done, and waits again for one that was reopened.
func (s Step) Relocked() bool {
	return s.Locked && !s.Checked() && s.Record.State != Todo && s.State == Todo
}

// Subscribed reports whether one of the bank's APIs was subscribed to by the step.
func (s Step) Subscribed() bool { return s.Role != "" && s.Record.State == Done }

// Due reports whether the day it is due has come, by the bank's clock.
func (s Step) Due(today calendar.Date, zone *time.Location) bool {
	return came(s.Record.DueAt, today, zone)
}

// Reminds reports whether it waits for the bank and the day to ask again has come.
func (s Step) Reminds(today calendar.Date, zone *time.Location) bool {
	return s.State == Waiting && came(s.Record.RemindAt, today, zone)
}

func came(day time.Time, today calendar.Date, zone *time.Location) bool {
	return !day.IsZero() && !today.Before(calendar.Noted(day, zone))
}

// Find returns the step with the id.
func Find(steps []Step, id string) (Step, bool) {
	i := slices.IndexFunc(steps, func(s Step) bool { return s.ID == id })
	if i < 0 {
		return Step{Step: &catalogue.Step{}}, false
	}
	return steps[i], true
}

// Next returns the step to do next: the first that is neither settled nor
// locked nor waiting for the bank; nil when there is none.
func Next(steps []Step) *Step {
	i := slices.IndexFunc(steps, func(s Step) bool {
		return !s.Settled() && !s.Locked && s.State != Waiting && !s.Optional
	})
	if i < 0 {
		return nil
	}
	return &steps[i]
}
