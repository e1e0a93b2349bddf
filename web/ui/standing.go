package ui

import (
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

// standing is where a registration is, in the few words that lists have room for.
type standing struct {
	State       string         // of the set standing.*
	Severity    certs.Severity // "" is good
	Icon        string
	Done, Total int    // steps
	Step        string // title of the step it is at, or that waits
	Number      int    // of that step in the checklist, from 1
	Since       time.Time
	Blockers    int
	Active      int // version in use, 0 for none
	Draft       int // version being prepared, 0 for none
}

// standingOf is the progress of steps on their own.
func (w *words) standingOf(steps []checklist.Step) standing {
	return standing{Done: settled(steps), Total: len(steps)}
}

// standing judges in the order in which a person would want to know.
func (w *words) standing(v registration.View) standing {
	s := standing{Done: settled(v.Steps), Total: len(v.Steps), Blockers: len(v.Blockers)}
	waiting := slices.IndexFunc(v.Steps, func(step checklist.Step) bool {
		return step.State == checklist.Waiting
	})
	next := nextStep(v.Steps)
	draft := v.Draft()
	if active := v.Active(); active != nil {
		s.Active = active.Version
	}
	if draft != nil {
		s.Draft = draft.Version
	}
	switch {
	case v.Active() != nil && len(v.InUse) > 0:
		s.State, s.Severity, s.Icon, s.Blockers = "stopped", certs.SeverityError, "error", len(v.InUse)
	case v.Active() != nil:
		s.State, s.Icon = "ready", "check"
	case waiting >= 0:
		s.State, s.Severity, s.Icon, s.Since = "waiting", certs.SeverityNotice, "clock", v.Steps[waiting].Record.WaitingSince
		next = waiting
	case draft != nil && v.WaitingFor(draft.Version) != nil && len(v.Blockers) == 0:
		s.State, s.Severity, s.Icon = "approval", certs.SeverityWarning, "people"
	case draft != nil && len(v.Blockers) == 0:
		s.State, s.Severity, s.Icon = "activatable", certs.SeverityNotice, "arrow"
	case next >= 0:
		s.State, s.Severity, s.Icon = "underway", certs.SeverityNotice, "circle"
	default:
		s.State, s.Severity, s.Icon = "blocked", certs.SeverityWarning, "warning"
	}
	if next >= 0 {
		s.Step, s.Number = w.pick(v.Steps[next].Title), next+1
	}
	return s
}

// nextStep is the step to do next: the first that is neither settled nor locked nor waiting for the bank, or -1.
func nextStep(steps []checklist.Step) int {
	return slices.IndexFunc(steps, func(s checklist.Step) bool {
		return !s.Settled() && !s.Locked && s.State != checklist.Waiting && (!s.Optional ||
			s.State != checklist.NotNeeded)
	})
}

func settled(steps []checklist.Step) int {
	n := 0
	for _, s := range steps {
		if s.Settled() {
			n++
		}
	}
	return n
}
