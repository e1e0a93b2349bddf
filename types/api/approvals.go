package api

import "time"

// Approval is a request for a change that takes two people.
type Approval struct {
	ID string `json:"id"`
	// bundle.activate, bundle.rollback, bundle.retire, cert.retire, cert.destroy, cert.chain, key.allow_export,
	// policy.change, application.change, payments.switch, bank.answer, campaign.approve, registration.import,
	// incident.withdraw, catalogue.take, bank_fact.record, payment.not_sent or service.change
	Kind            string            `json:"kind"`
	Object          string            `json:"object"` // id of what changes, or name of the setting
	ObjectName      string            `json:"object_name"`
	Environment     string            `json:"environment"` // sandbox or live; empty for what belongs to none
	Reason          string            `json:"reason"`
	Payload         map[string]string `json:"payload"` // details, such as the bundle's version
	Changes         []Change          `json:"changes"`
	State           ApprovalState     `json:"state"`
	MayDecide       bool              `json:"may_decide"` // the person could approve or reject it now, in the console
	RequestedBy     string            `json:"requested_by"`
	RequestedByName string            `json:"requested_by_name"`
	RequestedAt     time.Time         `json:"requested_at"`
	ExpiresAt       time.Time         `json:"expires_at"`
	DecidedBy       string            `json:"decided_by"`
	DecidedByName   string            `json:"decided_by_name"`
	DecidedAt       *time.Time        `json:"decided_at"`
	Note            string            `json:"note"`
	// what is compromised was replaced without waiting, or one person who is on call went back alone: somebody else
	// reviews it. Of an open request: it is carried out so if whoever approves it has the role Emergency
	Emergency      bool       `json:"emergency"`
	ReviewedBy     string     `json:"reviewed_by"` // empty: nobody has
	ReviewedByName string     `json:"reviewed_by_name"`
	ReviewedAt     *time.Time `json:"reviewed_at"`
	Review         string     `json:"review"` // what they found
}

// ApprovalState is the state of a change request.
type ApprovalState string

// The states of a change request. It is decided once.
const (
	ApprovalOpen      ApprovalState = "open"
	ApprovalApplying  ApprovalState = "applying" // approved, being carried out
	ApprovalApproved  ApprovalState = "approved" // and carried out
	ApprovalRejected  ApprovalState = "rejected"
	ApprovalWithdrawn ApprovalState = "withdrawn"
	ApprovalExpired   ApprovalState = "expired"
	ApprovalFailed    ApprovalState = "failed" // the note says why
)

// Change is one line of what the approver sees.
type Change struct {
	Field       string   `json:"field"`
	Before      string   `json:"before"`
	After       string   `json:"after"`
	Consequence string   `json:"consequence"` // one sentence for people
	Code        string   `json:"code"`        // of the sentence, stable
	Args        []string `json:"args"`        // the values in the sentence, in order
	// the certificates that Before and After name, if they do
	BeforeCertificate *NamedCertificate `json:"before_certificate"`
	AfterCertificate  *NamedCertificate `json:"after_certificate"`
}

// NamedCertificate identifies a certificate to people.
type NamedCertificate struct {
	Subject  string    `json:"subject"` // as its issuer wrote it; it may imitate another
	SHA256   string    `json:"sha256"`
	NotAfter time.Time `json:"not_after"`
}

// ReviewApproval says what somebody found who looked at an emergency afterwards.
type ReviewApproval struct {
	Review string `json:"review"`
}

// Note accompanies a decision.
type Note struct {
	Note string `json:"note,omitempty"` // for the other person
}
