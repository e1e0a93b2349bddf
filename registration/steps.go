package registration

import (
	"context"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/fault"
)

// StepView is a step of the bank's procedure and how far it is.
type StepView struct {
	Step
	Record StepRecord
	Locked bool // a step it needs is not done
}

// Settled reports whether nothing more is to be done for the step.
func (v StepView) Settled() bool {
	return v.Record.State == StepDone || (v.Optional && v.Record.State == NotNeeded)
}

func stepViews(steps []Step, records []StepRecord) []StepView {
	views := make([]StepView, len(steps))
	settled := map[string]bool{}
	for i, step := range steps {
		v := StepView{Step: step, Record: StepRecord{Step: step.ID, State: Todo}}
		if j := slices.IndexFunc(records, func(r StepRecord) bool { return r.Step == step.ID }); j >= 0 {
			v.Record = records[j]
		}
		v.Locked = slices.ContainsFunc(step.Needs, func(need string) bool { return !settled[need] })
		settled[step.ID] = v.Settled()
		views[i] = v
	}
	return views
}

// SetStep notes how far a step is. A locked step cannot be done before the steps it needs.
func (s *Service) SetStep(ctx context.Context, caller access.Caller, registrationID, stepID string, state StepState, note string) error {
	return s.write(ctx, caller, registrationID, "step "+stepID+": "+string(state), func() error {
		v, err := s.view(ctx, registrationID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(v.Steps, func(step StepView) bool { return step.ID == stepID })
		if i < 0 {
			return fault.New(fault.NotFound, "step_unknown", "The checklist has no step %q.", stepID)
		}
		if err := v.Steps[i].allows(state, note); err != nil {
			return err
		}
		return s.cfg.Registrations.SetStep(ctx, registrationID, StepRecord{Step: stepID, State: state, Note: note, ChangedBy: caller.ID, ChangedAt: s.now()})
	})
}

func (v StepView) allows(state StepState, note string) error {
	switch state {
	case Todo:
	case Waiting, StepDone:
		if v.Locked {
			return fault.New(fault.Conflict, "step_locked", "%q comes after %s; finish that first.", v.Title.EN, strings.Join(v.Needs, ", "))
		}
	case NotNeeded:
		if !v.Optional {
			return fault.New(fault.Invalid, "step_required", "%q is required; only optional steps can be marked as not needed.", v.Title.EN)
		}
		if strings.TrimSpace(note) == "" {
			return fault.New(fault.Invalid, "reason_missing", "Say in the note why %q is not needed.", v.Title.EN)
		}
	default:
		return fault.New(fault.Invalid, "step_state_unknown", "A step is todo, waiting, done or not_needed.")
	}
	return nil
}
