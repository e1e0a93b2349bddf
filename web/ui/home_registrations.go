package ui

import (
	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

// place is a step and the registration on whose page it is.
type place struct {
	view   registration.View
	step   checklist.Step
	number int
}

// registrationTasks are what registrations need today: the steps that are this
// reader's, answers of banks that are waited for, and what stands in the way. A
// step that several registrations share is one thing to do.
func (w *words) registrationTasks(
	views []registration.View, today []registration.Task, findings map[string][]certs.Finding,
) []task {
	places := map[string]place{}
	var tasks []task
	waiting := map[string]bool{}
	for _, view := range views {
		for i, step := range view.Steps {
			key := step.Subject + "\n" + step.ID
			if _, known := places[key]; !known {
				places[key] = place{view, step, i + 1}
			}
			if step.State == checklist.Waiting && !step.Overdue && !waiting[key] {
				waiting[key] = true
				tasks = append(tasks, w.bankTask(places[key]))
			}
		}
		if t, needed := registrationTask(w, view, findings); needed {
			tasks = append(tasks, t)
		}
	}
	for _, one := range today {
		if p, known := places[one.Object+"\n"+one.Step]; known {
			if t, said := w.stepTask(one, p); said {
				tasks = append(tasks, t)
			}
		}
	}
	return tasks
}

func (w *words) bankTask(p place) task {
	return p.task(taskBank, w.own("home.bank", w.pick(p.step.Title), w.since(p.step.Record.WaitingSince)))
}

func (p place) task(group taskGroup, says sentence) task {
	return task{
		Group: group,
		What:  p.view.Institution.Name,
		Says:  says,
		URL:   pathOf("registrations", p.view.Registration.ID) + "#step-" + p.step.ID,
	}
}

// stepTask says a task about a step. The others are said with what they are about.
func (w *words) stepTask(one registration.Task, p place) (task, bool) {
	title := w.pick(p.step.Title)
	var t task
	switch one.Kind {
	case registration.BankSilent:
		t = p.task(taskDue, w.own("home.silent", title, w.since(p.step.Record.WaitingSince)))
	case registration.StepDue:
		t = p.task(taskDue, w.own("home.due", title, w.until(one.At)))
	case registration.StepNext:
		if draft := p.view.Draft(); draft != nil && p.step.Check == catalogue.CheckActivated &&
			p.view.WaitingFor(draft.Version) != nil {
			return t, false // the request is a task of its own
		}
		t = p.task(taskNext, w.own("home.next", p.number, len(p.view.Steps), title))
	default:
		return t, false
	}
	t.At = one.At
	return t, true
}

// registrationTask is what a registration itself needs, beyond its steps.
func registrationTask(w *words, view registration.View, findings map[string][]certs.Finding) (task, bool) {
	t := task{What: view.Institution.Name, URL: pathOf("registrations", view.Registration.ID)}
	first := func(group taskGroup, blockers []registration.Blocker) {
		b := w.blocker(view, blockers[0], findings)
		t.Group, t.Says, t.URL, t.More = group, b.Says, b.URL, len(blockers)-1
	}
	draft := view.Draft()
	switch {
	case len(view.InUse) > 0: // what is in use has stopped being usable, whatever the draft is
		first(taskStopped, view.InUse)
	case len(view.Blockers) > 0 && nextStep(view.Steps) < 0:
		first(taskBlocked, view.Blockers)
	case len(view.Blockers) == 0 && draft != nil && view.WaitingFor(draft.Version) == nil:
		t.Group, t.Says, t.URL = taskNext, w.own("home.activate"), t.URL+"#versions"
	default:
		return t, false
	}
	return t, true
}
