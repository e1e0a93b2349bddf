package api

import "time"

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
