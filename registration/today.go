package registration

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

// Task is one thing that needs somebody today.
type Task struct {
	Kind    TaskKind
	Title   string   // one sentence
	Args    []string // the values in Title, for translations
	Who     string   // role that does it; empty: anybody who may
	Object  string   // id of the registration, enrolment, certificate, approval or consent it is about
	Step    string   // id of the step, if it is about one
	At      time.Time
	Urgency Urgency
}

// TaskKind says what a task is about.
type TaskKind string

// The kinds of task.
const (
	StepDue           TaskKind = "step_due"             // its day has come, or comes within a week
	BankSilent        TaskKind = "bank_silent"          // the reminder's day has come and the bank has not answered
	StepNext          TaskKind = "step_next"            // the next thing to do for a registration that is not ready
	InUseBlocked      TaskKind = "registration_blocked" // something stands in the way of the version in use
	CertificateEnding TaskKind = "certificate_expiring" // a certificate in use ends within 90 days
	ApprovalWaiting   TaskKind = "approval_waiting"     // a change waits for a second person
	ConsentEnding     TaskKind = "consent_expiring"     // customers' consents end soon
)

// Urgency orders tasks.
type Urgency int

// The urgencies, the most urgent first.
const (
	Overdue Urgency = iota
	Soon
	Next
)

// Ending is something that ends by itself: a consent, for which package registration has no other word.
type Ending struct {
	ID            string
	Name          string
	InstitutionID string
	At            time.Time
}

// Endings knows what ends until a day.
type Endings interface {
	Endings(ctx context.Context, until time.Time) ([]Ending, error)
}

// soon is how many days ahead Today looks for days people have set.
const soon = 7

// Today returns what needs the caller, the most urgent first.
func (s *Service) Today(ctx context.Context, caller access.Caller) ([]Task, error) {
	views, err := s.List(ctx, caller)
	if err != nil {
		return nil, err
	}
	t := tasks{now: s.now(), seen: map[string]bool{}}
	for _, v := range views {
		t.registration(v)
		for _, r := range v.Requests {
			if r.RequestedBy != caller.ID && caller.May(access.ApprovalDecide) {
				t.add(Task{
					Kind:    ApprovalWaiting,
					Object:  r.ID,
					At:      r.ExpiresAt,
					Urgency: Soon,
					Args:    []string{r.RequestedByName, v.Institution.Name},
					Title: fmt.Sprintf("%s asks for a change at %s that takes a second person.", r.RequestedByName,
						v.Institution.Name),
				})
			}
		}
	}
	if s.cfg.Consents != nil {
		ending, err := s.cfg.Consents.Endings(ctx, t.now.AddDate(0, 0, soon))
		if err != nil {
			return nil, err
		}
		for _, e := range ending {
			on := dayOf(e.At, s.zone(e.InstitutionID)).Format(day)
			t.add(Task{
				Kind:    ConsentEnding,
				Object:  e.ID,
				At:      e.At,
				Urgency: Soon,
				Args:    []string{e.Name, on},
				Title:   fmt.Sprintf("The consent %s ends on %s.", e.Name, on),
			})
		}
	}
	return t.of(caller), nil
}

// zone is that of an institution's clock.
func (s *Service) zone(institutionID string) *time.Location {
	in, _ := s.cfg.Catalogue.Institution(institutionID)
	return in.Zone()
}

// tasks collects tasks, each once: what is shared by registrations is one thing to do.
type tasks struct {
	now  time.Time
	seen map[string]bool
	all  []Task
}

func (t *tasks) add(task Task) {
	key := string(task.Kind) + "\n" + task.Object + "\n" + task.Step
	if !t.seen[key] {
		t.seen[key] = true
		t.all = append(t.all, task)
	}
}

func (t *tasks) registration(v View) {
	for i := range v.Steps {
		t.step(v, v.Steps[i])
	}
	if next := v.Next(); next != nil && !v.Ready() {
		t.add(Task{
			Kind:    StepNext,
			Object:  next.Subject,
			Step:    next.ID,
			Who:     next.Who,
			Urgency: Next,
			Args:    []string{next.Title.EN, v.Institution.Name},
			Title:   fmt.Sprintf("%s: the next step is %q.", v.Institution.Name, next.Title.EN),
		})
	}
	active := v.Active()
	if active == nil {
		return
	}
	if len(v.InUse) > 0 {
		t.add(Task{
			Kind:    InUseBlocked,
			Object:  v.Registration.ID,
			Urgency: Overdue,
			Args:    []string{v.Institution.Name, v.InUse[0].Message},
			Title:   fmt.Sprintf("%s cannot be reached: %s", v.Institution.Name, v.InUse[0].Message),
		})
	}
	for _, id := range []string{active.QWACID, active.QSealCID} {
		if c, known := v.read.all[id]; known && c.leaf != nil {
			t.certificate(v, id, c.leaf.NotAfter)
		}
	}
}

func (t *tasks) step(v View, step StepView) {
	task := Task{
		Object: step.Subject,
		Step:   step.ID,
		Who:    step.Who,
		Args:   []string{v.Institution.Group.Name, step.Title.EN},
	}
	zone := v.Institution.Zone()
	since := dayOf(step.Record.WaitingSince, zone).Format(day)
	switch due := step.Record.DueAt; {
	case step.Settled():
		return
	case step.State == Waiting && came(step.Record.RemindAt, t.now, zone):
		task.Kind, task.At, task.Urgency = BankSilent, step.Record.RemindAt, Overdue
		task.Args = append(task.Args, since)
		task.Title = fmt.Sprintf("%s has not answered since %s: ask again about %q.", v.Institution.Group.Name,
			since, step.Title.EN)
	case !due.IsZero() && due.Before(t.now.AddDate(0, 0, soon)):
		task.Kind, task.At, task.Urgency = StepDue, due, Soon
		if passed(due, t.now, zone) {
			task.Urgency = Overdue
		}
		task.Args = append(task.Args, due.Format(day))
		task.Title = fmt.Sprintf("%s: %q is due on %s.", v.Institution.Group.Name, step.Title.EN, due.Format(day))
	default:
		return
	}
	t.add(task)
}

// certificate warns 90, 60, 30 and 7 days ahead, louder each time.
func (t *tasks) certificate(v View, id string, ends time.Time) {
	left := int(ends.Sub(t.now).Hours() / 24)
	i := slices.IndexFunc([]int{7, 30, 60, 90}, func(days int) bool { return left < days })
	if i < 0 || !ends.After(t.now) { // one that has ended is a blocker
		return
	}
	t.add(Task{
		Kind:    CertificateEnding,
		Object:  id,
		At:      ends,
		Urgency: []Urgency{Overdue, Soon, Next, Next}[i],
		Args:    []string{v.Institution.Name, fmt.Sprint(left), ends.Format(day)},
		Title: fmt.Sprintf("A certificate used at %s ends in %d days, on %s.", v.Institution.Name, left,
			ends.Format(day)),
	})
}

// of returns the tasks that are the caller's, in order. Who may only read sees all of them.
func (t *tasks) of(caller access.Caller) []Task {
	mine := slices.DeleteFunc(t.all, func(task Task) bool {
		return task.Who != "" && caller.May(access.RegistrationWrite) && !slices.Contains(caller.Roles,
			access.Role(task.Who)) && !slices.Contains(caller.Roles, access.Admin)
	})
	slices.SortStableFunc(mine, func(a, b Task) int {
		return cmp.Or(int(a.Urgency)-int(b.Urgency), later(a.At).Compare(later(b.At)),
			strings.Compare(a.Title, b.Title))
	})
	return mine
}

// later puts what has no day behind what has one.
func later(at time.Time) time.Time {
	if at.IsZero() {
		return time.Unix(1<<40, 0)
	}
	return at
}
