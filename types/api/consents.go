package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
)

// NewConsent begins a customer's consent.
type NewConsent struct {
	RegistrationID string `json:"registration_id"`
	RedirectURI    string `json:"redirect_uri,omitempty"` // one of the application's; empty: the first
	Customer       string `json:"customer,omitempty"`     // your own reference to the customer; no name
}

// ConsentStart is where the customer's browser goes.
type ConsentStart struct {
	Consent      Consent `json:"consent"`
	AuthorizeURL string  `json:"authorize_url"` // for the customer's browser, within 15 minutes
	State        string  `json:"state"`         // comes back with the code; works once, for the caller who began
}

// ConsentReturn is what the customer's browser brought back from the bank (RFC 6749 section 4.1.2).
type ConsentReturn struct {
	State       string `json:"state"`
	Code        string `json:"code,omitempty"`
	Error       string `json:"error,omitempty"` // in place of a code
	Description string `json:"error_description,omitempty"`
}

// Consent is a customer's consent to access of accounts. A time that is not known is nil.
type Consent struct {
	ID               string       `json:"id"`
	RegistrationID   string       `json:"registration_id"`
	InstitutionID    string       `json:"institution_id"`
	Segment          string       `json:"segment"`  // personal, professional or enterprise
	Scope            string       `json:"scope"`    // as asked for at the bank
	Customer         string       `json:"customer"` // your own reference
	State            ConsentState `json:"state"`
	Reason           string       `json:"reason"` // why it is over; docs/api.md explains the values
	CreatedAt        time.Time    `json:"created_at"`
	CreatedBy        string       `json:"created_by"` // id of the caller; nobody else reads with it
	AnswerBy         time.Time    `json:"answer_by"`  // until then the customer may come back
	AuthorizedAt     *time.Time   `json:"authorized_at"`
	ExpiresAt        *time.Time   `json:"expires_at"` // when it ends if nothing happens
	AccessExpiresAt  *time.Time   `json:"access_expires_at"`
	RefreshExpiresAt *time.Time   `json:"refresh_expires_at"`
	ReauthenticateBy *time.Time   `json:"reauthenticate_by"` // when the bank wants to see the customer again
	Refreshes        int          `json:"refreshes"`         // how many were made
	RefreshesLeft    *int         `json:"refreshes_left"`    // nil: any number
	LastFailure      string       `json:"last_failure"`      // code of the last refresh, if it failed
}

// ConsentState is how far a consent is.
type ConsentState string

// The states of a consent.
const (
	ConsentPending  ConsentState = "pending" // the customer is at the bank
	ConsentActive   ConsentState = "active"
	ConsentExpiring ConsentState = "expiring" // active; ask the customer again soon
	ConsentExpired  ConsentState = "expired"
	ConsentRevoked  ConsentState = "revoked"
	ConsentBroken   ConsentState = "broken" // Reason says why
)

// Accounts are the accounts of a consent.
type Accounts struct {
	Accounts []ais.Account `json:"accounts"`
}

// Balances are the balances of an account.
type Balances struct {
	Balances []ais.Balance `json:"balances"`
}

// Transactions are transactions of an account, in the bank's order.
type Transactions struct {
	Transactions []ais.Transaction `json:"transactions"`
	Next         string            `json:"next"` // cursor of the next part; empty at the end
	// the first day the bank was asked for: later than that of the query where the bank keeps no more
	From *calendar.Date `json:"from"`
	To   *calendar.Date `json:"to"` // the day after the last the bank was asked for
}

// Beneficiaries are whom the customer has recorded at the bank to pay to.
type Beneficiaries struct {
	Beneficiaries []ais.Beneficiary `json:"beneficiaries"`
}
