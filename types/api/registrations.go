package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/secret"
)

// NewRegistration starts the registration of an application at an institution.
type NewRegistration struct {
	ApplicationID string `json:"application_id"`
	InstitutionID string `json:"institution_id"`
}

// Registration is an application at an institution, with its steps, bundles and blockers.
type Registration struct {
	ID            string      `json:"id"`
	ApplicationID string      `json:"application_id"`
	Institution   Institution `json:"institution"`
	CreatedAt     time.Time   `json:"created_at"`
	ArchivedAt    *time.Time  `json:"archived_at"` // nil: it is not archived
	Ready         bool        `json:"ready"`       // a version is active and nothing blocks it
	// what blocks the use of the active version, as a connector is told
	InUseBlockers []Blocker `json:"in_use_blockers"`
	// what blocks the next action: activating the draft or, without one, using the active version
	Blockers    []Blocker `json:"blockers"`
	Warnings    []Gate    `json:"warnings"`     // what does not block
	EnrolmentID string    `json:"enrolment_id"` // shared by the organization's registrations at the bank
	Steps       []Step    `json:"steps"`        // of the enrolment and of the registration
	Bundles     []Bundle  `json:"bundles"`      // newest first
	Revision    string    `json:"revision"`     // changes with the newest bundle
}

// RegistrationRow is a registration in a list.
type RegistrationRow struct {
	ID            string     `json:"id"`
	ApplicationID string     `json:"application_id"`
	Application   string     `json:"application"`  // its name
	Organization  string     `json:"organization"` // its legal name
	EnrolmentID   string     `json:"enrolment_id"`
	InstitutionID string     `json:"institution_id"`
	Institution   string     `json:"institution"` // its name
	Environment   string     `json:"environment"` // sandbox or live
	CreatedAt     time.Time  `json:"created_at"`
	ArchivedAt    *time.Time `json:"archived_at"` // nil: it is not archived
	Ready         bool       `json:"ready"`
	ActiveVersion int        `json:"active_version"` // 0: none
	DraftVersion  int        `json:"draft_version"`  // 0: none
	Blockers      []string   `json:"blockers"`       // codes of what blocks the next action
	Warnings      int        `json:"warnings"`       // how many
	NextStep      string     `json:"next_step"`      // id of the step that can be done now; empty: none
	StepsSettled  int        `json:"steps_settled"`  // how many
	Steps         int        `json:"steps"`          // how many
	Waiting       bool       `json:"waiting"`        // a step waits for the bank
}

// Blocker is one thing that blocks a version, and where to remove it.
type Blocker struct {
	Code       string   `json:"code"`
	Message    string   `json:"message"`     // what is wrong and what to do
	Args       []string `json:"args"`        // the values in Message, in order
	Object     string   `json:"object"`      // id of the certificate or step; empty: the bundle
	ObjectKind string   `json:"object_kind"` // bundle, certificate or step
	Link       string   `json:"link"`        // page of the console to remove it on
	API        string   `json:"api"`         // operation that removes it, as method and path
	Slot       string   `json:"slot"`        // which certificates Message names: qwac, qsealc, pair; empty: none
}

// Bundle is what is needed to call the institution, as one version.
type Bundle struct {
	Version         int         `json:"version"` // from 1
	State           BundleState `json:"state"`
	Content         string      `json:"content"` // changes with the content of the version
	QWACID          string      `json:"qwac_id"`
	QSealCID        string      `json:"qsealc_id"`
	ClientID        string      `json:"client_id"`
	HasClientSecret bool        `json:"has_client_secret"`
	// what else the bank gives, by the institution's id of it; empty: a secret, which custody has
	Credentials map[string]string `json:"credentials"`
	// when the client secret ends, as far as anybody was told; empty: nobody was
	SecretEndsOn calendar.Date `json:"secret_ends_on"`
	TrustAnchors []string      `json:"trust_anchors"` // CA certificates as PEM
	// why it is used although its QWAC has no clientAuth; empty: nobody has said
	NoClientAuth string     `json:"no_client_auth"`
	TestedAt     *time.Time `json:"tested_at"`
	TestPassed   bool       `json:"test_passed"`
	TestDetail   string     `json:"test_detail"`  // one sentence
	RequestedBy  string     `json:"requested_by"` // who made the change request that waits for a second person
	ApprovalID   string     `json:"approval_id"`  // of that request
	ActivatedBy  string     `json:"activated_by"`
	ActivatedAt  *time.Time `json:"activated_at"`
	CreatedAt    time.Time  `json:"created_at"`
}

// BundleState is where a version is in its life.
type BundleState string

// The states of a bundle. At most one version is a draft and at most one is active.
const (
	BundleDraft      BundleState = "draft"
	BundleActive     BundleState = "active"
	BundleSuperseded BundleState = "superseded"
)

// NewBundle is saved as the draft. What is left out stays as it is.
type NewBundle struct {
	QWACID   string `json:"qwac_id,omitempty"`
	QSealCID string `json:"qsealc_id,omitempty"`
	ClientID string `json:"client_id,omitempty"`
	// required with a new client id. It encodes as "[redacted]"; client.SaveBundle sends the secret itself
	ClientSecret secret.Text `json:"client_secret,omitzero"`
	// what else the bank gives, by the institution's id of it; likewise
	Credentials map[string]secret.Text `json:"credentials,omitzero"`
	// when the client secret ends; nil: as noted, the zero day: nobody knows any longer. Given alone, it is noted of
	// the draft, or without one of the version in use, and no draft is made
	SecretEndsOn *calendar.Date `json:"secret_ends_on,omitempty"`
	TrustAnchors []string       `json:"trust_anchors,omitzero"` // nil: as before; empty: none
	// of the registration as it was read: a draft that has changed since is not overwritten; empty: no check
	Revision string `json:"revision,omitempty"`
}

// ChangeRequest requests a change that may take two people.
type ChangeRequest struct {
	// for the second person; required to activate a version whose QWAC has no clientAuth, which then keeps it
	Reason string `json:"reason,omitempty"`
	// of the bundle as it was read: nothing is done if it has changed since; empty: no check
	Content string `json:"content,omitempty"`
}

// BundleActivation is the result of requesting an activation.
type BundleActivation struct {
	Activated    bool         `json:"activated"`   // false: a second person has to approve
	ApprovalID   string       `json:"approval_id"` // of the request that waits; empty when it is done
	Registration Registration `json:"registration"`
}

// BundleRetirement is the result of requesting that a version be taken out of use.
type BundleRetirement struct {
	Retired      bool         `json:"retired"`     // false: a second person has to approve
	ApprovalID   string       `json:"approval_id"` // of the request that waits; empty when it is done
	Registration Registration `json:"registration"`
}

// TestReport is what a connection test showed.
type TestReport struct {
	Version int     `json:"version"` // of the bundle that was tested
	Passed  bool    `json:"passed"`
	Detail  string  `json:"detail"` // one sentence
	Probes  []Probe `json:"probes"` // one handshake for each host of the bank
}

// Probe is what a TLS handshake with one host showed.
type Probe struct {
	Host                 string              `json:"host"` // host:port
	OK                   bool                `json:"ok"`
	Summary              string              `json:"summary"`               // one sentence
	TLSVersion           string              `json:"tls_version"`           // TLS 1.3; empty: none was agreed
	Protocol             string              `json:"protocol"`              // h2 or http/1.1; empty: none was agreed
	CertificateRequested bool                `json:"certificate_requested"` // the bank asked for one
	AcceptableIssuers    int                 `json:"acceptable_issuers"`    // how many the bank named; 0: any
	IssuerNames          []string            `json:"issuer_names"`          // the first 20, as distinguished names
	IssuerAcceptable     bool                `json:"issuer_acceptable"`     // ours is among them
	Presented            string              `json:"presented"`             // SHA-256 of ours; empty: none was sent
	Alert                string              `json:"alert"`                 // of the bank; empty: none
	Server               []ServerCertificate `json:"server"`                // the bank's chain as sent; nil: none seen
}

// ServerCertificate is one certificate of the bank's own chain.
type ServerCertificate struct {
	Subject  string    `json:"subject"`
	Issuer   string    `json:"issuer"`
	NotAfter time.Time `json:"not_after"`
}
