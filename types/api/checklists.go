package api

import "time"

// Checklist is what has to be done at the bank, for an enrolment or for a registration with its enrolment.
type Checklist struct {
	Subject  string  `json:"subject"` // id of the registration or enrolment
	Steps    []Step  `json:"steps"`
	Warnings []Gate  `json:"warnings"`
	Emails   []Email `json:"emails"` // newest first
}

// Step is one step towards a working registration.
type Step struct {
	ID           string     `json:"id"`
	Scope        string     `json:"scope"`   // enrolment or registration
	Subject      string     `json:"subject"` // id of the enrolment or registration it belongs to
	Title        Text       `json:"title"`
	Why          Text       `json:"why"`
	How          Text       `json:"how"`
	Link         string     `json:"link"`
	Who          string     `json:"who"`   // role of the person who does it: compliance or engineer
	Needs        []string   `json:"needs"` // ids of steps that come first
	Role         string     `json:"role"`  // PSD2 role the certificates must carry for it
	State        StepState  `json:"state"`
	Checked      bool       `json:"checked"`   // facts decide it; it cannot be set
	HasEmail     bool       `json:"has_email"` // an e-mail to the bank can be prepared for it
	Locked       bool       `json:"locked"`    // a step it needs is not done
	LockedBy     []string   `json:"locked_by"`
	Optional     bool       `json:"optional"`
	Owner        string     `json:"owner"` // name of the person who takes care of it
	DueAt        *time.Time `json:"due_at"`
	WaitingSince *time.Time `json:"waiting_since"`
	RemindAt     *time.Time `json:"remind_at"` // when to ask the bank again
	Overdue      bool       `json:"overdue"`
	DoneBefore   *time.Time `json:"done_before"` // day on which it was done before the registration came in
	Note         string     `json:"note"`
	Gates        []Gate     `json:"gates"`
	Evidence     []Evidence `json:"evidence"`
	ChangedBy    string     `json:"changed_by"` // id of the caller
	ChangedAt    *time.Time `json:"changed_at"`
}

// StepState is the state of a step.
type StepState string

// The states of a step.
const (
	StepTodo       StepState = "todo"
	StepInProgress StepState = "in_progress"
	StepWaiting    StepState = "waiting" // for the bank
	StepDone       StepState = "done"
	StepNotNeeded  StepState = "not_needed" // for optional steps, with the reason in the note
)

// StepEdit changes a step; a nil field stays as it is.
type StepEdit struct {
	State    *StepState `json:"state,omitempty"`
	Note     *string    `json:"note,omitempty"`
	Owner    *string    `json:"owner,omitempty"`
	DueAt    *time.Time `json:"due_at,omitempty"` // the zero time removes the date
	RemindAt *time.Time `json:"remind_at,omitempty"`
}

// Gate is a condition that was checked.
type Gate struct {
	Code    string    `json:"code"`
	Level   GateLevel `json:"level"`
	Message string    `json:"message"`        // what is the case, and what to do
	Object  string    `json:"object"`         // id of what it is about
	Args    []string  `json:"args,omitempty"` // the values in Message, in order
}

// GateLevel is the result of a gate.
type GateLevel string

// The levels. Only an error blocks.
const (
	GateOK      GateLevel = "ok"
	GateUnknown GateLevel = "unknown" // not known yet
	GateWarning GateLevel = "warning"
	GateError   GateLevel = "error"
)

// Evidence is a file kept with a step.
type Evidence struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Type    string    `json:"type"` // media type
	Size    int       `json:"size"` // in bytes
	SHA256  string    `json:"sha256"`
	AddedBy string    `json:"added_by"` // id of the caller
	AddedAt time.Time `json:"added_at"`
}

// NewEmail says which e-mail to the bank to prepare.
type NewEmail struct {
	Language      string `json:"language"`                 // en or fr
	CertificateID string `json:"certificate_id,omitempty"` // empty: the QWAC in the bundle, or the newest
}

// EmailDraft is an e-mail to the bank, ready to be sent.
type EmailDraft struct {
	To            string   `json:"to"`
	From          string   `json:"from"`
	Subject       string   `json:"subject"`
	Body          string   `json:"body"`
	Language      string   `json:"language"`
	CertificateID string   `json:"certificate_id"`
	Attachments   []string `json:"attachments"` // names of the files
	EML           []byte   `json:"eml"`         // the complete unsent message (RFC 5322)
}

// EmailSent records that the e-mail to the bank was sent.
type EmailSent struct {
	At            time.Time `json:"at,omitzero"` // zero: now
	CertificateID string    `json:"certificate_id,omitempty"`
	Note          string    `json:"note,omitempty"`
}

// EmailAnswer records what the bank answered.
type EmailAnswer struct {
	At        time.Time `json:"at,omitzero"` // zero: now
	From      string    `json:"from"`        // who at the bank
	Confirmed bool      `json:"confirmed"`
	Note      string    `json:"note,omitempty"` // the reason of a refusal
}

// Email is an e-mail to the bank and its answer.
type Email struct {
	ID            string     `json:"id"`
	Step          string     `json:"step"`
	SentAt        time.Time  `json:"sent_at"`
	SentBy        string     `json:"sent_by"`        // id of the caller
	CertificateID string     `json:"certificate_id"` // the QWAC the bank was sent
	Note          string     `json:"note"`
	AnsweredAt    *time.Time `json:"answered_at"`
	AnsweredFrom  string     `json:"answered_from"` // who at the bank
	Confirmed     bool       `json:"confirmed"`
	AnswerNote    string     `json:"answer_note"`
}

// HistoryEntry is one change of a registration, enrolment, organization or application.
type HistoryEntry struct {
	Seq     int64     `json:"seq"`
	Subject string    `json:"subject"` // id of what was changed
	Step    string    `json:"step"`    // empty: the object itself
	At      time.Time `json:"at"`
	ByID    string    `json:"by_id"`
	By      string    `json:"by"`   // name of the caller
	What    string    `json:"what"` // state, owner, due, note, evidence, email, answer, reopened, or a field's name
	From    string    `json:"from"`
	To      string    `json:"to"`
	Note    string    `json:"note"`
}

// Today is what needs the caller: the first tasks of each kind, the most urgent first, and how many there are.
type Today struct {
	Tasks  []Task      `json:"tasks"`
	Counts []TaskCount `json:"counts"` // of each kind of which there is one, by the kind
}

// TaskCount is how many tasks of a kind there are.
type TaskCount struct {
	Kind      string `json:"kind"`
	Count     int    `json:"count"`
	CountOver bool   `json:"count_over"` // there are more than Count
}

// Task is one thing that needs attention today.
type Task struct {
	// step_due, bank_silent, bank_awaited, bank_to_tell, step_next, registration_blocked, activation_blocked,
	// activation_ready, certificate_expiring, approval_waiting, consent_expiring, refresh_tokens_unused, rule_ahead,
	// old_version_used, certificate_revoked or issuer_revoked
	Kind    string     `json:"kind"`
	Title   string     `json:"title"`  // one sentence
	Args    []string   `json:"args"`   // the values in Title, in order
	Who     string     `json:"who"`    // role of the person who does it; empty: anyone permitted
	Object  string     `json:"object"` // id of what it is about
	Step    string     `json:"step"`   // id of the step, if it is about one; code of the rule for rule_ahead
	At      *time.Time `json:"at"`
	Urgency string     `json:"urgency"` // overdue, soon or next
	// ids of the registrations that use the certificate, at most 100, for rule_ahead and what was revoked
	Registrations []string `json:"registrations"`
}
