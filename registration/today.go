package registration

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

// Task is one thing that needs somebody today.
type Task struct {
	Kind    TaskKind
	Title   string   // one sentence
	Args    []string // the values in Title, for translations
	Who     string   // role that does it; empty: anybody who may
	Object  string   // id of the registration, enrolment, certificate, approval or consent it is about
	Step    string   // id of the step, if it is about one; code of the rule for RuleAhead
	At      time.Time
	Urgency Urgency

	Registrations []string // ids of the first that use the certificate, for RuleAhead and what was revoked
	Registration  string   // id of one that it was found at; empty: it is about none
}

// TaskKind says what a task is about.
type TaskKind string

// The kinds of task.
const (
	StepDue            TaskKind = "step_due"              // its day has come, or comes within a week
	BankSilent         TaskKind = "bank_silent"           // the reminder's day has come and the bank has not answered
	BankToTell         TaskKind = "bank_to_tell"          // what a bank was told is no longer so
	StepNext           TaskKind = "step_next"             // the next thing to do for a registration that is not ready
	BankAwaited        TaskKind = "bank_awaited"          // the bank's answer is waited for, and is not late
	InUseBlocked       TaskKind = "registration_blocked"  // something blocks it of the version in use
	DraftBlocked       TaskKind = "activation_blocked"    // every step is done, and something else blocks it
	DraftReady         TaskKind = "activation_ready"      // a version can be taken into use
	CertificateEnding  TaskKind = "certificate_expiring"  // a certificate in use ends within 90 days
	ApprovalWaiting    TaskKind = "approval_waiting"      // a change waits for a second person
	ConsentEnding      TaskKind = "consent_expiring"      // customers' consents end soon
	RefreshUnused      TaskKind = "refresh_tokens_unused" // a bank sends refresh tokens that are not used
	RuleAhead          TaskKind = "rule_ahead"            // a rule by date touches a certificate in use
	CertificateRevoked TaskKind = "certificate_revoked"   // its issuer has revoked a certificate in use
	IssuerRevoked      TaskKind = "issuer_revoked"        // an issuing certificate of one in use was revoked
	OldVersionUsed     TaskKind = "old_version_used"      // a service does not use the version in use
)

// Urgency orders tasks.
type Urgency int

// The urgencies, the most urgent first.
const (
	Overdue Urgency = iota
	Soon
	Next
)

// Expiry is the end of something that ends by itself: a consent, of which package registration knows no more.
type Expiry struct {
	ID            string
	Name          string
	InstitutionID string
	At            time.Time
}

// Consents knows what ends by itself until a day, and what banks have begun to do.
type Consents interface {
	Expiries(ctx context.Context, reach access.Reach, until time.Time) ([]Expiry, error)
	// UnusedRefreshTokens returns the ids of institutions that have sent refresh tokens which are not used.
	UnusedRefreshTokens(ctx context.Context, since time.Time) ([]string, error)
}

// soon is how many days ahead Today looks for days people have set.
const soon = 7

// taskList collects tasks, each once: what is shared by registrations is one thing to do.
type taskList struct {
	now   time.Time
	added map[string]bool
	all   []Task
}

func newTaskList(now time.Time) *taskList { return &taskList{now: now, added: map[string]bool{}} }

func (t Task) key() string { return string(t.Kind) + "\n" + t.Object + "\n" + t.Step }

func (t *taskList) add(task Task) {
	if key := task.key(); !t.added[key] {
		t.added[key] = true
		t.all = append(t.all, task)
	}
}

func (t *taskList) registration(v View) {
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
	t.standing(v)
	if active := v.Active(); active != nil {
		t.toTell(v)
		for _, id := range []string{active.QWACID, active.QSealCID} {
			if ends, held := v.ends[id]; held {
				t.certificate(v, id, ends)
			}
		}
	}
}

// toTell is what the bank of a registration in use has to be told: a name or an address that it knows has changed.
func (t *taskList) toTell(v View) {
	for i := range v.Steps {
		step := &v.Steps[i]
		if _, otherwise := step.ToldOtherwise(); otherwise {
			t.add(Task{
				Kind:    BankToTell,
				Object:  step.Subject,
				Step:    step.ID,
				Who:     step.Who,
				Urgency: Soon,
				Args:    []string{v.Institution.Name, step.Title.EN},
				Title: fmt.Sprintf("%s knows something else than is so now: tell the bank what has changed at the "+
					"step %q.", v.Institution.Name, step.Title.EN),
			})
		}
	}
}

// standing is what the registration itself needs, beyond its steps. What is in use and has stopped being usable comes
// first, whatever the draft is.
func (t *taskList) standing(v View) {
	task := Task{Object: v.Registration.ID}
	name, draft := v.Institution.Name, v.Draft()
	switch {
	case len(v.InUse) > 0:
		task.Kind, task.Urgency = InUseBlocked, Overdue
		task.Args = []string{name, v.InUse[0].Message}
		task.Title = fmt.Sprintf("%s cannot be reached: %s", name, v.InUse[0].Message)
	case len(v.Blockers) > 0 && v.Next() == nil:
		task.Kind, task.Urgency = DraftBlocked, Next
		task.Args = []string{name, v.Blockers[0].Message}
		task.Title = fmt.Sprintf("%s: nothing can be taken into use: %s", name, v.Blockers[0].Message)
	case len(v.Blockers) == 0 && draft != nil && v.WaitingFor(draft.Version) == nil:
		task.Kind, task.Urgency = DraftReady, Next
		task.Args = []string{name, strconv.Itoa(draft.Version)}
		task.Title = fmt.Sprintf("%s: version %d can be taken into use.", name, draft.Version)
	default:
		return
	}
	t.add(task)
}

// requestsRead is how many of the requests that wait are looked through for those of registrations.
const requestsRead = 200

// requests are the changes of registrations that wait for the caller to be the second person.
func (s *Service) requests(
	ctx context.Context, caller access.Caller, reach access.Reach, t *taskList,
) error {
	if !caller.MaySomewhere(access.ApprovalDecide) {
		return nil
	}
	waiting, err := s.cfg.Approvals.Waiting(ctx, "")
	if err != nil {
		return err
	}
	waiting = slices.DeleteFunc(waiting, func(r approval.Request) bool { return r.RequestedBy == caller.ID })
	slices.SortFunc(waiting, func(a, b approval.Request) int { return a.ExpiresAt.Compare(b.ExpiresAt) })
	waiting = waiting[:min(len(waiting), requestsRead)]
	objects := make([]string, len(waiting))
	for i, r := range waiting {
		objects[i] = r.Object
	}
	registrations, err := s.reached(ctx, reach, objects)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, r := range registrations {
		names[r.ID] = s.nameAt(r.InstitutionID)
	}
	for _, r := range waiting {
		if name := names[r.Object]; name != "" {
			t.add(Task{
				Kind:    ApprovalWaiting,
				Object:  r.ID,
				At:      r.ExpiresAt,
				Urgency: Soon,
				Args:    []string{r.RequestedByName, name},
				Title: fmt.Sprintf("%s requests a change at %s that takes a second person.", r.RequestedByName,
					name),
			})
		}
	}
	return nil
}

func (s *Service) consents(t *taskList, expiries []Expiry) {
	for _, e := range expiries {
		in, _ := s.cfg.Catalogue.Institution(e.InstitutionID)
		on := calendar.Of(e.At, in.Zone()).String()
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

// refreshTokens are institutions whose announced token rules are in force, and not recorded as that.
func (s *Service) refreshTokens(t *taskList, institutions []string) {
	for _, id := range institutions {
		in, known := s.cfg.Catalogue.Institution(id)
		if !known || in.AnnouncedInForce() {
			continue
		}
		t.add(Task{
			Kind:    RefreshUnused,
			Object:  id,
			Urgency: Soon,
			Args:    []string{in.Name},
			Title: fmt.Sprintf("%s sends refresh tokens, and consents end without them: confirm the rule with the "+
				"bank, and record on the institution's page that it is in force.", in.Name),
		})
	}
}

func (t *taskList) step(v View, step checklist.Step) {
	task := Task{
		Object: step.Subject,
		Step:   step.ID,
		Who:    step.Who,
		Args:   []string{v.Institution.Group.Name, step.Title.EN},
	}
	zone := v.Institution.Zone()
	today, since := calendar.Of(t.now, zone), calendar.Noted(step.Record.WaitingSince, zone).String()
	switch due := calendar.Noted(step.Record.DueAt, zone); {
	case step.Settled():
		return
	case step.Reminds(today, zone):
		task.Kind, task.At, task.Urgency = BankSilent, step.Record.RemindAt, Overdue
		task.Args = append(task.Args, since)
		task.Title = fmt.Sprintf("%s has not answered since %s: ask again about %q.", v.Institution.Group.Name,
			since, step.Title.EN)
	case !due.IsZero() && !today.AddDays(soon).Before(due):
		task.Kind, task.At, task.Urgency = StepDue, step.Record.DueAt, Soon
		if step.Due(today, zone) {
			task.Urgency = Overdue
		}
		task.Args = append(task.Args, due.String())
		task.Title = fmt.Sprintf("%s: %q is due on %s.", v.Institution.Group.Name, step.Title.EN, due)
	case step.State == checklist.Waiting && !step.Overdue:
		task.Kind, task.At, task.Urgency = BankAwaited, step.Record.WaitingSince, Next
		task.Who = "" // nobody does anything until the bank does
		task.Args = append(task.Args, since)
		task.Title = fmt.Sprintf("%s has been asked about %q since %s.", v.Institution.Group.Name, step.Title.EN, since)
	default:
		return
	}
	t.add(task)
}

// certificate warns 90, 60, 30 and 7 days ahead, louder each time.
func (t *taskList) certificate(v View, id string, ends time.Time) {
	on := certs.Day(ends)
	left := certs.Days(calendar.Of(t.now, v.Institution.Zone()).UTC(), on)
	i := slices.IndexFunc([]int{7, 30, 60, 90}, func(days int) bool { return left < days })
	if i < 0 || !ends.After(t.now) { // one that has ended is a blocker
		return
	}
	t.add(Task{
		Kind:    CertificateEnding,
		Object:  id,
		At:      ends,
		Urgency: []Urgency{Overdue, Soon, Next, Next}[i],
		Args:    []string{v.Institution.Name, fmt.Sprint(left), on.Format(day)},
		Title: fmt.Sprintf("A certificate used at %s ends in %d days, on %s.", v.Institution.Name, left,
			on.Format(day)),
	})
}

// later puts what has no day behind what has one.
func later(at time.Time) time.Time {
	if at.IsZero() {
		return time.Unix(1<<40, 0)
	}
	return at
}
