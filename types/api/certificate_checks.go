package api

import (
	"time"
)

// CertificateRevocation is what issuers say of a stored certificate and of its chain.
type CertificateRevocation struct {
	Asking   bool                `json:"asking"`   // false: this installation asks nobody, and nothing is checked
	Elements []RevocationElement `json:"elements"` // the certificate first; none once it is retired
}

// RevocationElement is a certificate on which the stored one depends: itself, or one of its chain.
type RevocationElement struct {
	Subject string `json:"subject"`
	SHA256  string `json:"sha256"`
	// good, revoked, unknown (to its issuer), no_answer, stale, not_needed or not_checked
	State   string             `json:"state"`
	Answer  *RevocationAnswer  `json:"answer"`  // the last that counts; null: there is none
	Attempt *RevocationAttempt `json:"attempt"` // the last question; null: there was none
	AskAt   *time.Time         `json:"ask_at"`  // when it is asked next; null: never
}

// RevocationAnswer is what an issuer said.
type RevocationAnswer struct {
	Means      string     `json:"means"` // crl or ocsp
	Source     string     `json:"source"`
	At         time.Time  `json:"at"` // when it came
	ThisUpdate time.Time  `json:"this_update"`
	NextUpdate *time.Time `json:"next_update"` // null: a newer one is there at any time
	Until      time.Time  `json:"until"`       // how long it counts
	RevokedAt  *time.Time `json:"revoked_at"`
	Reason     string     `json:"reason"` // as RFC 5280 section 5.3.1 names it; "" where it is unspecified
	Responder  string     `json:"responder"`
	// When the certificate of a responder ends that the issuer has charged with answering; null: the issuer has signed.
	ResponderEnds  *time.Time `json:"responder_ends"`
	ResponderState string     `json:"responder_state"` // exempt, good or not_checked; "" where the issuer has signed
	SHA256         string     `json:"sha256"`          // of the raw answer
}

// RevocationAttempt is a question and what came of it.
type RevocationAttempt struct {
	At     time.Time `json:"at"`
	Status string    `json:"status"` // good, revoked, unknown, no_answer or stale
	Cause  string    `json:"cause"`  // of no_answer and stale, such as unreachable, forged or expired
	Means  string    `json:"means"`
	Source string    `json:"source"`
}

// CertificateTrust is what the EU's trusted lists say of the service that issued a stored certificate.
type CertificateTrust struct {
	Configured bool `json:"configured"` // false: nobody has configured who signs the list of lists, and nothing is read
	// granted, withdrawn, not_yet, other_purpose, not_qualified, indeterminable, not_listed, not_read, chain_short or
	// not_checked
	State   string          `json:"state"`
	AtIssue string          `json:"at_issue"` // the same when the certificate's validity began
	Overdue bool            `json:"overdue"`  // the list is past its next update; what it says still counts
	Service *TrustedService `json:"service"`  // null: none was found
	List    *TrustedList    `json:"list"`     // that the service is on
}

// TrustedService is a service on a trusted list.
type TrustedService struct {
	Provider string    `json:"provider"`
	Name     string    `json:"name"`
	Status   string    `json:"status"` // now, such as granted or withdrawn; empty: it is not listed yet
	Since    time.Time `json:"since"`
	Purposes []string  `json:"purposes"` // as ETSI TS 119 612 clause 5.5.9.4 names them, such as ForeSeals
}

// TrustedLists are the EU's list of trusted lists, first, and the lists that it points to.
type TrustedLists struct {
	Configured bool `json:"configured"` // false: nothing is read
	// Day of the notice in the Official Journal that names who signs the list of lists, such as 2019-08-16; empty:
	// nobody has said.
	JournalDate string        `json:"journal_date"`
	Lists       []TrustedList `json:"lists"`
}

// TrustedList is a trusted list as it was read last.
type TrustedList struct {
	URL         string              `json:"url"`
	Territory   string              `json:"territory"` // such as FR; EU for the list of lists
	ListOfLists bool                `json:"list_of_lists"`
	Sequence    int                 `json:"sequence"`
	IssuedAt    *time.Time          `json:"issued_at"`   // null: it was never read
	NextUpdate  *time.Time          `json:"next_update"` // null: it was never read, or is closed
	ReadAt      *time.Time          `json:"read_at"`     // when it was last found to be this one
	Overdue     bool                `json:"overdue"`
	SHA256      string              `json:"sha256"`
	Attempt     *TrustedListAttempt `json:"attempt"` // the last question; null: there was none
	AskAt       time.Time           `json:"ask_at"`  // when it is asked for next
}

// TrustedListAttempt is a question and what came of it.
type TrustedListAttempt struct {
	At    time.Time `json:"at"`
	Cause string    `json:"cause"` // why nothing came of it, such as unreachable or forged; empty: something did
}

// Authorisation is what registers of payment firms say of the authorisation that a certificate or
// an organization names.
type Authorisation struct {
	// listed, not_passported, role_missing, agent, unclear, ended, not_found, not_read, not_checked or no_number
	State      string   `json:"state"`
	Identifier string   `json:"organization_identifier"`
	Roles      []string `json:"roles"`     // of the certificate; none of an organization
	Countries  []string `json:"countries"` // of the banks at which the certificate is in use
	// of each register that has the authority; the one that decides first
	Readings []RegisterReading `json:"readings"`
}

// RegisterReading is what one register says.
type RegisterReading struct {
	Register Register      `json:"register"`
	State    string        `json:"state"`
	Entry    *ListedFirm   `json:"entry"`   // null: nothing was found, or the register was not read
	Missing  []MissingRole `json:"missing"` // roles without a service in the register
}

// ListedFirm is an entry of a register.
type ListedFirm struct {
	Name      string     `json:"name"`
	Type      string     `json:"type"`       // as the register writes it: PSD_PI
	ActsFor   string     `json:"acts_for"`   // of an agent or a branch; empty: it is authorised itself
	Since     *time.Time `json:"since"`      // of the state of its authorisation; null: the register does not say
	Services  []string   `json:"services"`   // at home, such as PS_070
	Countries []string   `json:"passported"` // others in which it provides any
}

// MissingRole is a role whose service is not listed, and in which country.
type MissingRole struct {
	Role    string `json:"role"`
	Country string `json:"country"`
}

// Register is a register of payment firms as it was read last.
type Register struct {
	ID       string           `json:"id"`       // eba, or that of a table in the configuration
	Asked    bool             `json:"asked"`    // by the service itself; false: people import its file
	AsOf     *time.Time       `json:"as_of"`    // of its newest entry; null: it does not say
	ReadAt   *time.Time       `json:"read_at"`  // when it was last found to be this one; null: it was never read
	Stale    bool             `json:"stale"`    // what it says is a week old or more; it still counts
	Imported bool             `json:"imported"` // by a person
	Entries  int              `json:"entries"`  // in it; of others than the firm itself, nothing is kept
	SHA256   string           `json:"sha256"`   // of the file
	Attempt  *RegisterAttempt `json:"attempt"`  // the last question; null: there was none
	AskAt    *time.Time       `json:"ask_at"`   // when it is asked for next; null: it is not
}

// RegisterAttempt is a question and what came of it.
type RegisterAttempt struct {
	At    time.Time `json:"at"`
	Cause string    `json:"cause"` // why nothing came of it, such as unreachable or truncated; empty: something did
}
