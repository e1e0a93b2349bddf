package api

import "time"

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
