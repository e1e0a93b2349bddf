package checklist

import (
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// Standing is where a registration is, in the few words that lists have room for.
type Standing struct {
	State       string         // of the set standing.*
	Severity    rules.Severity // "" is good
	Icon        string
	Done, Total int    // steps
	Step        string // title of the step it is at, or that waits
	Number      int    // of that step in the checklist, from 1
	Since       time.Time
	Blockers    int
	Active      int // version in use, 0 for none
	Draft       int // version being prepared, 0 for none
}

// Registration is a registration with where it is.
type Registration struct {
	registration.View
	Standing Standing
}

// Registrations says of each registration that is wanted where it is.
func Registrations(
	tr *wording.Translator, views []registration.View, wanted func(v registration.View) bool,
) []Registration {
	var all []Registration
	for _, v := range views {
		if wanted(v) {
			all = append(all, Registration{View: v, Standing: StandingOf(tr, v)})
		}
	}
	return all
}

// Progress is how far steps are on their own.
func Progress(steps []checklist.Step) Standing {
	done := 0
	for _, s := range steps {
		if s.Settled() {
			done++
		}
	}
	return Standing{Done: done, Total: len(steps)}
}

// StandingOf judges a registration in the order in which a person would want to know.
func StandingOf(tr *wording.Translator, v registration.View) Standing {
	s := Progress(v.Steps)
	s.Blockers = len(v.Blockers)
	waiting := slices.IndexFunc(v.Steps, func(step checklist.Step) bool {
		return step.State == checklist.Waiting
	})
	next := Next(v.Steps)
	active, draft := v.Active(), v.Draft()
	if active != nil {
		s.Active = active.Version
	}
	if draft != nil {
		s.Draft = draft.Version
	}
	switch {
	case active != nil && len(v.InUse) > 0:
		s.State, s.Severity, s.Icon, s.Blockers = "stopped", rules.SeverityError, "error", len(v.InUse)
	case active != nil:
		s.State, s.Icon = "ready", "check"
	case waiting >= 0:
		s.State, s.Severity, s.Icon = "waiting", rules.SeverityNotice, "clock"
		s.Since, next = calendar.Noted(v.Steps[waiting].Record.WaitingSince, v.Institution.Zone()).UTC(), waiting
	case draft != nil && v.WaitingFor(draft.Version) != nil && len(v.Blockers) == 0:
		s.State, s.Severity, s.Icon = "approval", rules.SeverityWarning, "people"
	case draft != nil && len(v.Blockers) == 0:
		s.State, s.Severity, s.Icon = "activatable", rules.SeverityNotice, "arrow"
	case next >= 0:
		s.State, s.Severity, s.Icon = "underway", rules.SeverityNotice, "circle"
	default:
		s.State, s.Severity, s.Icon = "blocked", rules.SeverityWarning, "warning"
	}
	if next >= 0 {
		s.Step, s.Number = tr.Pick(v.Steps[next].Title), next+1
	}
	return s
}

// Next is the step to do next: the first that is neither settled nor locked nor waiting for the bank, or -1.
func Next(steps []checklist.Step) int {
	return slices.IndexFunc(steps, func(s checklist.Step) bool {
		leftOut := s.Optional && s.State == checklist.NotNeeded
		return !s.Settled() && !s.Locked && s.State != checklist.Waiting && !leftOut
	})
}
