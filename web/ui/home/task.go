package home

import (
	"cmp"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// task is something that needs somebody today: one sentence, one link.
type task struct {
	Group    taskGroup
	Severity rules.Severity // "" is that of the group
	What     string         // the certificate, bank or registration
	Says     wording.Sentence
	URL      string
	More     int       // further things about the same
	At       time.Time // when it is due or ends; zero: no day
}

// taskGroup is what kind of thing it is. The page goes by their order.
type taskGroup string

const (
	taskAlert       taskGroup = "alert"   // somebody came in by a link made on the server
	taskStopped     taskGroup = "stopped" // what is in use no longer works
	taskApproval    taskGroup = "approval"
	taskDue         taskGroup = "due"
	taskBank        taskGroup = "bank" // an answer of the bank is waited for
	taskCertificate taskGroup = "certificate"
	taskServices    taskGroup = "services" // an old certificate is still in use
	taskBlocked     taskGroup = "blocked"
	taskConsent     taskGroup = "consent"
	taskNext        taskGroup = "next"
	taskGrant       taskGroup = "grant"   // what somebody may ends
	taskWaiting     taskGroup = "waiting" // for somebody else
)

// taskGroups are all groups, the most urgent first, each with how it looks.
var taskGroups = []struct {
	group    taskGroup
	severity rules.Severity
	icon     string
}{
	{taskAlert, rules.SeverityWarning, "key"},
	{taskStopped, rules.SeverityError, "error"},
	{taskApproval, rules.SeverityWarning, "people"},
	{taskDue, rules.SeverityWarning, "clock"},
	{taskBank, rules.SeverityNotice, "clock"},
	{taskCertificate, rules.SeverityWarning, "seal"},
	{taskServices, rules.SeverityWarning, "plug"},
	{taskBlocked, rules.SeverityWarning, "warning"},
	{taskConsent, rules.SeverityNotice, "key"},
	{taskNext, rules.SeverityNotice, "arrow"},
	{taskGrant, rules.SeverityNotice, "key"},
	{taskWaiting, rules.SeverityNotice, "clock"},
}

func (t task) rank() int {
	for i, g := range taskGroups {
		if g.group == t.Group {
			return i
		}
	}
	return len(taskGroups)
}

// Icon is the group's.
func (t task) Icon() string { return taskGroups[t.rank()].icon }

// Look is how serious the task looks.
func (t task) Look() rules.Severity { return cmp.Or(t.Severity, taskGroups[t.rank()].severity) }

// sortTasks puts first what cannot wait: errors, then by kind, then by day.
func sortTasks(tasks []task) {
	serious := func(t task) int {
		if t.Look() == rules.SeverityError {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(tasks, func(a, b task) int {
		return cmp.Or(serious(a)-serious(b), a.rank()-b.rank(), a.At.Compare(b.At))
	})
}
