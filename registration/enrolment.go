package registration

import (
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
)

// Enrolment is an organization in one environment of a bank: its account on the
// portal and its customer organization there, made once and shared by all registrations.
type Enrolment struct {
	ID             string // made of the three below
	OrganizationID string
	GroupID        string
	Environment    environment.Name
	PortalAccount  string // address the account on the portal was made with
	CustomerName   string // name of the customer organization on the portal
	// AgreementNumber is what the bank calls so. Empty: the organizationIdentifier, which is likely.
	AgreementNumber string
	// when the agreement with the bank ends, as far as anybody was told; zero: nobody was
	AgreementEndsOn calendar.Date
	UpdatedAt       time.Time
}

// enrolmentID is the same for all registrations that share the enrolment, so that
// two who register at once need not agree on who makes it.
func enrolmentID(organizationID, groupID string, env environment.Name) string {
	return organizationID + "." + groupID + "." + string(env)
}

// newEnrolment is the enrolment nothing has been noted about yet.
func newEnrolment(organizationID, groupID string, env environment.Name) Enrolment {
	return Enrolment{
		ID:             enrolmentID(organizationID, groupID, env),
		OrganizationID: organizationID,
		GroupID:        groupID,
		Environment:    env,
	}
}

// ParseEnrolmentID tells whose and where an enrolment is by its id; false: the id is not of an enrolment.
func ParseEnrolmentID(id string) (Enrolment, bool) {
	parts := strings.Split(id, ".")
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" {
		return Enrolment{}, false
	}
	env := environment.Name(parts[2])
	return newEnrolment(parts[0], parts[1], env), env == environment.Sandbox || env == environment.Live
}

// Agreement is the agreement number as far as it is known.
func (e Enrolment) Agreement(o Organization) string {
	if e.AgreementNumber != "" {
		return e.AgreementNumber
	}
	return o.OrganizationIdentifier
}

// EnrolmentAt is the enrolment of an organization at an institution, of which nothing has been noted yet.
func EnrolmentAt(organizationID string, in catalogue.Institution) Enrolment {
	return newEnrolment(organizationID, in.Group.ID, in.Environment)
}

// Check says what is wrong with the enrolment.
func (e Enrolment) Check() error { return e.validate() }

func (e Enrolment) validate() error {
	if err := checkLine(e.PortalAccount, e.CustomerName, e.AgreementNumber); err != nil {
		return err
	}
	if e.PortalAccount != "" && !catalogue.IsEmail(e.PortalAccount) {
		return fault.New(fault.Invalid, "portal_account_invalid",
			"Give the e-mail address the account on the bank's portal was made with, or nothing.")
	}
	if e.AgreementNumber != "" && !checklist.IsAgreementNumber(e.AgreementNumber) {
		return errAgreementNumber()
	}
	return nil
}

func (e Enrolment) fields() []field {
	return []field{
		{"portal_account", e.PortalAccount},
		{"customer_name", e.CustomerName},
		{"agreement_number", e.AgreementNumber},
		{"agreement_ends_on", e.AgreementEndsOn.String()},
	}
}

// EnrolmentView is an enrolment with its own part of the checklist.
type EnrolmentView struct {
	Enrolment     Enrolment
	Organization  Organization
	Group         catalogue.Group
	Zone          *time.Location // of the bank's clock
	Steps         []checklist.Step
	Warnings      []checklist.Gate
	Emails        []email.Email
	Registrations []Registration // that share it
}
