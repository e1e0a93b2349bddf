package catalogue

import "strings"

// Scope says whose a step is.
type Scope string

// The scopes. A step of the enrolment is done once for all registrations of an
// organization in one environment of a bank; one of the registration is done for each.
const (
	EnrolmentScope    Scope = "enrolment"
	RegistrationScope Scope = "registration"
)

// Step is one thing to do on the way to a working registration: what people do
// at the bank, and what the program sees by itself.
type Step struct {
	ID       string         `yaml:"id"`
	Scope    Scope          `yaml:"scope"`
	Title    Text           `yaml:"title"`
	Why      Text           `yaml:"why"`
	How      Text           `yaml:"how"`
	Link     string         `yaml:"link"`
	Who      string         `yaml:"who"`           // role of the person who does it: compliance, engineer
	Needs    []string       `yaml:"needs"`         // steps that come first
	Check    string         `yaml:"check"`         // fact that decides it; empty: a person says so
	Role     string         `yaml:"role"`          // PSD2 role the certificates must carry for it
	Optional bool           `yaml:"optional"`      // readiness does not wait for it
	Tells    []string       `yaml:"tells"`         // what the bank learns by it; it is reopened when that changes
	Asks     string         `yaml:"asks"`          // what is noted of the enrolment with it: portal_account, or nothing
	Reminder int            `yaml:"reminder_days"` // days of waiting for the bank until we are reminded
	Email    *EmailTemplate `yaml:"email"`         // the e-mail to the bank
}

// AsksPortalAccount is the only thing that a step asks for.
const AsksPortalAccount = "portal_account"

// EmailTemplate is the text of an e-mail to the bank's support.
// {legal_name}, {agreement_number}, {contact_email}, {contact_name}, {fingerprint},
// {valid_until} and {bank} are filled in.
type EmailTemplate struct {
	Subject Text `yaml:"subject"`
	Body    Text `yaml:"body"`
}

// Fill fills in the blanks of a text in a language, "fr" or English; value is asked for each by its name.
func Fill(t Text, language string, value func(blank string) string) string {
	text := t.EN
	if language == "fr" {
		text = t.FR
	}
	return blank.ReplaceAllStringFunc(text, func(name string) string { return value(strings.Trim(name, "{}")) })
}

// The facts that decide a step in place of a person.
const (
	CheckCertificatesUploaded = "certificates_uploaded" // QWAC and QSealC of the organization are in custody
	CheckBankAnswer           = "bank_answer"           // the bank was written to, and its answer is recorded
	CheckInstitutionAdded     = "institution_added"     // the registration exists
	CheckClientURIs           = "client_and_terms_uri"  // the application has both
	CheckCertificatesSelected = "certificates_selected" // both slots of the bundle are filled
	CheckCredentialsRecorded  = "credentials_recorded"  // the bundle has client id and client secret
	CheckBundleSaved          = "bundle_saved"          // the bundle is complete
	CheckConnectionTested     = "connection_tested"     // the newest version passed its test
	CheckActivated            = "activated"             // a version is active
)

// What the bank may have been told by a step.
const (
	TellsRedirectURIs    = "redirect_uris"
	TellsClientURI       = "client_uri"
	TellsTermsURI        = "terms_uri"
	TellsApplicationName = "application_name"
	TellsLegalName       = "legal_name"
	TellsAgreement       = "agreement_number"
	TellsContact         = "contact_email"
)

// ofBundle are the checks that have blockers of their own: what is in the bundle
// is judged by what it is, not by a box.
var ofBundle = map[string]bool{
	CheckCertificatesUploaded: true,
	CheckCertificatesSelected: true,
	CheckCredentialsRecorded:  true,
	CheckBundleSaved:          true,
	CheckConnectionTested:     true,
	CheckActivated:            true,
}

// OfBundle reports whether the step's check has blockers of its own.
func (s Step) OfBundle() bool { return ofBundle[s.Check] }
