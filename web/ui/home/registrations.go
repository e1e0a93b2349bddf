package home

import (
	"context"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	onboarding "github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// registrations says what registrations need, and how far a newcomer without one is.
func (h *Handler) registrations(
	ctx context.Context, v session.Visit, tr *wording.Translator, data *homePage,
) error {
	if !v.Caller.May(access.RegistrationRead) {
		data.Start = nil
		return nil
	}
	views, err := h.Registrations.List(ctx, v.Caller)
	if err != nil {
		return err
	}
	data.views = views
	data.knowRegistrations(views)
	today, err := h.Registrations.Today(ctx, v.Caller)
	if err != nil {
		return err
	}
	findings, err := h.findings(ctx, v, views)
	if err != nil {
		return err
	}
	data.Tasks = append(data.Tasks, registrationTasks(tr, views, today, findings)...)
	if len(views) > 0 {
		data.Start = nil
		return nil
	}
	applications, err := h.Registrations.Applications(ctx, v.Caller)
	if data.Start != nil {
		data.Start.Firm = len(applications) > 0
	}
	return err
}

// findings are what is wrong with the certificates that block registrations.
func (h *Handler) findings(
	ctx context.Context, v session.Visit, views []registration.View,
) (map[string][]certs.Finding, error) {
	if !v.Caller.May(access.CertList) {
		return nil, nil
	}
	var ids []string
	for _, view := range views {
		for _, b := range slices.Concat(view.InUse, view.Blockers) {
			ids = append(ids, b.Object)
		}
	}
	named, err := h.Vault.Named(ctx, v.Caller, ids)
	return wording.WorstByID(named), err
}

// location is a step and the registration on whose page it is.
type location struct {
	view   registration.View
	step   onboarding.Step
	number int
}

// registrationTasks are what registrations need today: the steps that are this
// reader's, answers of banks that are waited for, and what stands in the way. A
// step that several registrations share is one thing to do.
func registrationTasks(
	tr *wording.Translator, views []registration.View, today []registration.Task,
	findings map[string][]certs.Finding,
) []task {
	locations := map[string]location{}
	var tasks []task
	waiting := map[string]bool{}
	for _, view := range views {
		for i, step := range view.Steps {
			key := step.Subject + "\n" + step.ID
			if _, known := locations[key]; !known {
				locations[key] = location{view, step, i + 1}
			}
			if step.State == onboarding.Waiting && !step.Overdue && !waiting[key] {
				waiting[key] = true
				tasks = append(tasks, bankTask(tr, locations[key]))
			}
		}
		if t, needed := registrationTask(tr, view, findings); needed {
			tasks = append(tasks, t)
		}
	}
	for _, one := range today {
		if t, is := plainTask(tr, one); is {
			tasks = append(tasks, t)
			continue
		}
		if at, known := locations[one.Object+"\n"+one.Step]; known {
			if t, needed := stepTask(tr, one, at); needed {
				tasks = append(tasks, t)
			}
		}
	}
	return tasks
}

// plainTask is one that is about no step of a registration.
func plainTask(tr *wording.Translator, one registration.Task) (task, bool) {
	if says, is := revokedTask[one.Kind]; is {
		args := []any{one.Args[0], one.Args[1], tr.Date(one.At)}
		for _, more := range one.Args[3:] {
			args = append(args, more)
		}
		return task{
			Group:    taskCertificate,
			Severity: certs.SeverityError,
			What:     one.Args[0],
			Says:     tr.Say(says, args...),
			URL:      link.Certificate(one.Object) + "#revocation",
		}, true
	}
	switch one.Kind {
	case registration.RefreshUnused:
		return task{
			Group:    taskConsent,
			Severity: certs.SeverityWarning,
			What:     one.Args[0],
			Says:     tr.Say("home.refresh_unused"),
			URL:      link.Institution(one.Object),
		}, true
	case registration.OldVersionUsed:
		return task{
			Group: taskServices,
			What:  one.Args[0],
			Says:  tr.Say("home.old_version", one.Args[1]),
			URL:   link.Registration(one.Object) + "#services",
			At:    one.At,
		}, true
	}
	return task{}, false
}

// revokedTask are the sentences about what is in use and was revoked.
var revokedTask = map[registration.TaskKind]string{
	registration.CertificateRevoked: "home.revoked",
	registration.IssuerRevoked:      "home.issuer_revoked",
}

func bankTask(tr *wording.Translator, at location) task {
	return at.task(taskBank, tr.Say("home.bank", tr.Pick(at.step.Title), tr.Since(at.waitingSince())))
}

// waitingSince is the day by the bank's clock.
func (at location) waitingSince() time.Time {
	return calendar.Noted(at.step.Record.WaitingSince, at.view.Institution.Zone()).UTC()
}

func (at location) task(group taskGroup, says wording.Sentence) task {
	return task{
		Group: group,
		What:  at.view.Institution.Name,
		Says:  says,
		URL:   link.Registration(at.view.Registration.ID) + "#step-" + at.step.ID,
	}
}

// stepTask says a task about a step. The others are said with what they are about.
func stepTask(tr *wording.Translator, one registration.Task, at location) (task, bool) {
	title := tr.Pick(at.step.Title)
	var t task
	switch one.Kind {
	case registration.BankSilent:
		t = at.task(taskDue, tr.Say("home.silent", title, tr.Since(at.waitingSince())))
	case registration.StepDue:
		t = at.task(taskDue, tr.Say("home.due", title, tr.Until(one.At)))
	case registration.StepNext:
		if draft := at.view.Draft(); draft != nil && at.step.Check == catalogue.CheckActivated &&
			at.view.WaitingFor(draft.Version) != nil {
			return t, false // the request is a task of its own
		}
		t = at.task(taskNext, tr.Say("home.next", at.number, len(at.view.Steps), title))
	default:
		return t, false
	}
	t.At = one.At
	return t, true
}

// registrationTask is what a registration itself needs, beyond its steps.
func registrationTask(
	tr *wording.Translator, view registration.View, findings map[string][]certs.Finding,
) (task, bool) {
	t := task{What: view.Institution.Name, URL: link.Registration(view.Registration.ID)}
	first := func(group taskGroup, blockers []registration.Blocker) {
		b := tr.Blocker(view, blockers[0], findings)
		t.Group, t.Says, t.URL, t.More = group, b.Says, b.URL, len(blockers)-1
	}
	draft := view.Draft()
	switch {
	case len(view.InUse) > 0: // what is in use has stopped being usable, whatever the draft is
		first(taskStopped, view.InUse)
	case len(view.Blockers) > 0 && checklist.Next(view.Steps) < 0:
		first(taskBlocked, view.Blockers)
	case len(view.Blockers) == 0 && draft != nil && view.WaitingFor(draft.Version) == nil:
		t.Group, t.Says, t.URL = taskNext, tr.Say("home.activate"), t.URL+"#versions"
	default:
		return t, false
	}
	return t, true
}
