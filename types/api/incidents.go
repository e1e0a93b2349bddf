package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
)

// NewIncident declares a certificate compromised, which freezes it.
type NewIncident struct {
	CertificateID string        `json:"certificate_id"`
	Reason        string        `json:"reason"` // RFC 5280, 5.3.1; keyCompromise: every certificate of the key
	What          string        `json:"what"`
	HappenedOn    calendar.Date `json:"happened_on"` // or noticed
}

// IncidentRow is what a list says of an incident.
type IncidentRow struct {
	ID              string        `json:"id"`
	CertificateID   string        `json:"certificate_id"`
	CertificateName string        `json:"certificate_name"`
	SHA256          string        `json:"sha256"`
	WholeKey        bool          `json:"whole_key"` // every certificate of the key is frozen
	Reason          string        `json:"reason"`
	What            string        `json:"what"`
	HappenedOn      calendar.Date `json:"happened_on"`
	DeclaredBy      string        `json:"declared_by"` // caller id
	DeclaredAt      time.Time     `json:"declared_at"`
	QTSPToldAt      *time.Time    `json:"qtsp_told_at"`
	WithdrawnBy     string        `json:"withdrawn_by"` // caller id; empty: it stands
	WithdrawnWhy    string        `json:"withdrawn_why"`
	WithdrawnAt     *time.Time    `json:"withdrawn_at"`
	Uses            int           `json:"uses"`             // registrations that used it when it was declared
	InUse           int           `json:"in_use"`           // that do still
	Untold          int           `json:"untold"`           // whose bank was not told
	InUseElsewhere  bool          `json:"in_use_elsewhere"` // registrations that the caller may not see use it still
}

// Incident is one with the facts that decide how far the way out is.
type Incident struct {
	IncidentRow
	Revocation       string     `json:"revocation"` // by our own check: good, revoked, unknown ...
	RevokedAt        *time.Time `json:"revoked_at"`
	CertificateState string     `json:"certificate_state"`
	Over             bool       `json:"over"`        // withdrawn; or revoked, replaced everywhere and retired
	ApprovalID       string     `json:"approval_id"` // of the request to withdraw it; empty: none
	Key              KeyCopies  `json:"key"`         // where copies of its key may be
}

// IncidentUse is a registration that used the certificate when it was declared.
type IncidentUse struct {
	RegistrationID string     `json:"registration_id"`
	InstitutionID  string     `json:"institution_id"`
	InUse          bool       `json:"in_use"` // still
	ToldAt         *time.Time `json:"told_at"`
	ToldBy         string     `json:"told_by"` // caller id
}

// IncidentLetter names a letter: to "qtsp", or to the bank of a registration, by its id.
type IncidentLetter struct {
	Recipient string `json:"recipient"`
	Language  string `json:"language"` // en or fr
}

// IncidentTold notes that a letter was sent.
type IncidentTold struct {
	Recipient string `json:"recipient"`
}

// WithdrawIncident says why it was declared by mistake.
type WithdrawIncident struct {
	Reason string `json:"reason"`
}
