package home

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	onboarding "github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// registrations says what registrations need, and how far a newcomer without one is.
func (h *Handler) registrations(
	ctx context.Context, v session.Visit, tr *wording.Translator, data *homePage,
) ([]task, error) {
	if !v.Caller.MaySomewhere(access.RegistrationRead) {
		return nil, nil
	}
	today, err := h.Registrations.Today(ctx, v.Caller)
	if err != nil {
		return nil, err
	}
	findings, err := h.findings(ctx, v, today.Views)
	if err != nil {
		return nil, err
	}
	tasks := registrationTasks(tr, today, findings)
	if !v.Caller.MaySomewhere(access.CertList) {
		return tasks, nil
	}
	all, err := h.Registrations.Count(ctx, v.Caller, registration.Listed.Query())
	if err != nil || all.N > 0 {
		return tasks, err
	}
	applications, err := h.Registrations.ApplicationPage(ctx, v.Caller, registration.Applications.Query())
	data.Start = &firstSteps{Firm: applications.Count.N > 0}
	return tasks, err
}

// findings are what is wrong with the certificates that block registrations.
func (h *Handler) findings(
	ctx context.Context, v session.Visit, views map[string]registration.View,
) (map[string][]rules.Finding, error) {
	if !v.Caller.MaySomewhere(access.CertList) {
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

// groups are the groups of what registrations need.
var groups = map[registration.TaskKind]taskGroup{
	registration.BankAwaited:        taskBank,
	registration.BankSilent:         taskDue,
	registration.StepDue:            taskDue,
	registration.BankToTell:         taskDue,
	registration.StepNext:           taskNext,
	registration.InUseBlocked:       taskStopped,
	registration.DraftBlocked:       taskBlocked,
	registration.DraftReady:         taskNext,
	registration.CertificateRevoked: taskCertificate,
	registration.IssuerRevoked:      taskCertificate,
}

// registrationTasks are what registrations need today: the steps that are this reader's, answers of banks that are
// waited for, and what stands in the way. Of each kind the first are said, and where the others are.
func registrationTasks(
	tr *wording.Translator, today registration.Agenda, findings map[string][]rules.Finding,
) []task {
	var tasks []task
	said := map[registration.TaskKind]int{}
	for _, one := range today.Tasks {
		said[one.Kind]++
		if t, is := plainTask(tr, one); is {
			tasks = append(tasks, t)
			continue
		}
		view, there := today.Views[one.Registration]
		if !there {
			continue
		}
		if t, needed := taskAt(tr, one, view, findings); needed {
			tasks = append(tasks, t)
		}
	}
	for kind, group := range groups {
		left := today.Counts[kind].N - said[kind]
		if left <= 0 {
			continue
		}
		says := tr.Say("home.left", left)
		if today.Counts[kind].Over {
			says = tr.Say("home.left_over")
		}
		tasks = append(tasks, task{
			Group: group,
			What:  tr.Enum("filter_"+registration.FilterTask, kind),
			Says:  says,
			URL:   "/registrations?" + url.Values{registration.FilterTask: {string(kind)}}.Encode(),
			At:    endOfList,
		})
	}
	return tasks
}

// taskAt says a task about a registration or one of its steps; the others have places of their own on the page.
func taskAt(
	tr *wording.Translator, one registration.Task, view registration.View, findings map[string][]rules.Finding,
) (task, bool) {
	switch one.Kind {
	case registration.InUseBlocked:
		return blockedTask(tr, one.Kind, view, view.InUse, findings), true
	case registration.DraftBlocked:
		return blockedTask(tr, one.Kind, view, view.Blockers, findings), true
	case registration.DraftReady:
		return task{
			Group: groups[one.Kind],
			What:  view.Institution.Name,
			Says:  tr.Say("home.activate"),
			URL:   link.Registration(view.Registration.ID) + "#versions",
		}, true
	}
	i := slices.IndexFunc(view.Steps, func(s onboarding.Step) bool {
		return s.Subject == one.Object && s.ID == one.Step
	})
	if i < 0 {
		return task{}, false
	}
	return stepTask(tr, one, location{view, view.Steps[i], i + 1})
}

func blockedTask(
	tr *wording.Translator, kind registration.TaskKind, view registration.View, blockers []registration.Blocker,
	findings map[string][]rules.Finding,
) task {
	b := tr.Blocker(view, blockers[0], findings)
	return task{
		Group: groups[kind],
		What:  view.Institution.Name,
		Says:  b.Says,
		URL:   b.URL,
		More:  len(blockers) - 1,
	}
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
			Severity: rules.SeverityError,
			What:     one.Args[0],
			Says:     tr.Say(says, args...),
			URL:      link.Certificate(one.Object) + "#revocation",
		}, true
	}
	switch one.Kind {
	case registration.RefreshUnused:
		return task{
			Group:    taskConsent,
			Severity: rules.SeverityWarning,
			What:     one.Args[0],
			Says:     tr.Say("home.refresh_unused"),
			URL:      link.Institution(one.Object),
		}, true
	case registration.OldVersionUsed:
		says := "home.old_version"
		if len(one.Args) > 2 {
			says = "home.mismatched"
		}
		return task{
			Group: taskServices,
			What:  one.Args[0],
			Says:  tr.Say(says, one.Args[1]),
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
	case registration.BankAwaited:
		return at.task(taskBank, tr.Say("home.bank", title, tr.Since(at.waitingSince()))), true
	case registration.BankSilent:
		t = at.task(taskDue, tr.Say("home.silent", title, tr.Since(at.waitingSince())))
	case registration.BankToTell:
		t = at.task(taskDue, tr.Say("home.to_tell", title))
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
