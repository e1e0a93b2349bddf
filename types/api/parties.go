package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
)

// Organization is a legal entity as its authority knows it.
type Organization struct {
	ID                     string     `json:"id"`
	LegalName              string     `json:"legal_name"`
	Country                string     `json:"country"`                 // ISO 3166-1 alpha-2
	OrganizationIdentifier string     `json:"organization_identifier"` // PSDFR-ACPR-12345, as in the certificates
	NCA                    string     `json:"nca"`                     // its authority: FR-ACPR
	ContactEmail           string     `json:"contact_email"`           // the bank writes to it
	Contacts               []Contact  `json:"contacts"`
	CreatedAt              time.Time  `json:"created_at"`
	ArchivedAt             *time.Time `json:"archived_at"` // nil: it is not archived
}

// NewOrganization is an organization to be recorded, or all that a change leaves of one.
type NewOrganization struct {
	LegalName              string    `json:"legal_name"`
	Country                string    `json:"country"`
	OrganizationIdentifier string    `json:"organization_identifier"`
	NCA                    string    `json:"nca,omitempty"` // empty: the one in the identifier
	ContactEmail           string    `json:"contact_email"`
	Contacts               []Contact `json:"contacts,omitempty"`
}

// Contact is a person of an organization.
type Contact struct {
	Name  string `json:"name"`
	Role  string `json:"role"` // in the firm: compliance, on call
	Email string `json:"email"`
	Phone string `json:"phone"`
}

// Application is the product that asks a bank's customers for access.
type Application struct {
	ID             string     `json:"id"`
	OrganizationID string     `json:"organization_id"`
	Name           string     `json:"name"`
	RedirectURIs   []string   `json:"redirect_uris"` // the bank compares them exactly
	ClientURI      string     `json:"client_uri"`
	TermsURI       string     `json:"terms_uri"`
	CreatedAt      time.Time  `json:"created_at"`
	ArchivedAt     *time.Time `json:"archived_at"` // nil: it is not archived
}

// Archiving says whether an organization, an application or a registration is archived.
type Archiving struct {
	Archived bool `json:"archived"`
}

// NewApplication is an application to be recorded, as the bank's portal will have it.
type NewApplication struct {
	OrganizationID string   `json:"organization_id"`
	Name           string   `json:"name"`
	RedirectURIs   []string `json:"redirect_uris"`        // https, or http to the loopback
	ClientURI      string   `json:"client_uri,omitempty"` // https
	TermsURI       string   `json:"terms_uri,omitempty"`  // https
}

// ApplicationChange replaces what can be changed about an application.
type ApplicationChange struct {
	Name         string   `json:"name"`
	RedirectURIs []string `json:"redirect_uris"`
	ClientURI    string   `json:"client_uri,omitempty"`
	TermsURI     string   `json:"terms_uri,omitempty"`
}

// Enrolment is an organization in one environment of a bank. Its registrations there share it.
type Enrolment struct {
	ID              string `json:"id"`
	OrganizationID  string `json:"organization_id"`
	Group           string `json:"group"`          // id of the bank
	Environment     string `json:"environment"`    // sandbox or live
	PortalAccount   string `json:"portal_account"` // e-mail address the account was made with
	CustomerName    string `json:"customer_name"`
	AgreementNumber string `json:"agreement_number"`
	// when the agreement with the bank ends, as far as anybody was told; empty: nobody was
	AgreementEndsOn calendar.Date `json:"agreement_ends_on"`
	UpdatedAt       *time.Time    `json:"updated_at"`
	// ids of the first 100 registrations that share it, and how many do; the list of registrations has the others
	Registrations         []string `json:"registrations"`
	RegistrationCount     int      `json:"registration_count"`      // up to 10,000
	RegistrationCountOver bool     `json:"registration_count_over"` // more than 10,000 do
}

// EnrolmentChange replaces what is recorded about an enrolment.
type EnrolmentChange struct {
	PortalAccount   string `json:"portal_account,omitempty"`
	CustomerName    string `json:"customer_name,omitempty"`
	AgreementNumber string `json:"agreement_number,omitempty"` // empty: the organization identifier
	// a case is opened in time before it; empty: nobody was told
	AgreementEndsOn calendar.Date `json:"agreement_ends_on,omitzero"`
}

// Consequences are the effects of a change at banks.
type Consequences struct {
	Consequences []Consequence `json:"consequences"`
}

// Consequence is one effect of a change at a bank.
type Consequence struct {
	Code           string `json:"code"`            // step_reopened or bank_to_be_told
	Message        string `json:"message"`         // one sentence
	RegistrationID string `json:"registration_id"` // empty: all of the enrolment
	Subject        string `json:"subject"`         // id of the enrolment or registration whose step it is
	Step           string `json:"step"`
}
