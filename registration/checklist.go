package registration

import (
	"time"

	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// StepState is how far a step is.
type StepState string

// The states of a step.
const (
	Todo       StepState = "todo"
	InProgress StepState = "in_progress"
	Waiting    StepState = "waiting" // for the bank
	StepDone   StepState = "done"
	NotNeeded  StepState = "not_needed" // with the reason in the note
)

// StepRecord is what was noted about one step.
type StepRecord struct {
	Step         string
	State        StepState
	Note         string
	Owner        string            // name of the person who takes care of it
	DueAt        time.Time         // zero: no day was set
	WaitingSince time.Time         // when it began to wait for the bank; zero: it does not
	RemindAt     time.Time         // when to ask the bank again
	Told         map[string]string // what the bank was told by it, by the names in Step.Tells
	ChangedBy    string
	ChangedAt    time.Time
}

// StepView is a step and how far it is.
type StepView struct {
	*catalogue.Step        // of the catalogue; shared, so not to be changed
	Subject         string // id of the enrolment or registration it belongs to
	Record          StepRecord
	State           StepState // what counts: of a checked step what the facts say, of one whose need was reopened todo
	Locked          bool      // a step it needs is not settled
	LockedBy        []string  // those steps
	Gates           []Gate    // what was checked about it
	Evidence        []Evidence
	Overdue         bool // its due day is over, or the day to remind the bank has come
}

// Checked reports whether the program decides the step, so that nobody can tick it.
func (v StepView) Checked() bool { return v.Check != "" }

// Settled reports whether nothing more is to be done for the step.
func (v StepView) Settled() bool {
	return v.State == StepDone || (v.Optional && v.State == NotNeeded)
}

// Relocked reports whether the step was done, and waits again for one that was reopened.
func (v StepView) Relocked() bool {
	return v.Locked && !v.Checked() && v.Record.State != Todo && v.State == Todo
}

// Gate is one thing that was checked.
type Gate struct {
	Code    string   `json:"code"`
	Level   Level    `json:"level"`
	Message string   `json:"message"` // what is, and what to do
	Object  string   `json:"object"`  // id of the certificate, application or step it is about
	Args    []string `json:"args,omitempty"`
}

// Level is how a gate stands.
type Level string

// The levels. Only an error stands in the way.
const (
	GateOK      Level = "ok"
	GateUnknown Level = "unknown" // cannot be told yet
	GateWarning Level = "warning"
	GateError   Level = "error"
)

// HistoryEntry is one change of a step or an object. Entries are never changed.
type HistoryEntry struct {
	Seq     int64
	Subject string // id of the enrolment, registration, organization or application
	Step    string // empty: the object itself
	At      time.Time
	ByID    string
	ByName  string
	What    string // state, owner, due, note, remind, reopened, evidence, letter, answer, or the name of a field
	From    string
	To      string
	Note    string
}
