package registration

import (
	"fmt"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

// Organization is our legal entity as the NCA authorised it.
type Organization struct {
	ID                     string
	LegalName              string
	Country                string // ISO 3166-1 alpha-2
	OrganizationIdentifier string // PSDXX-NCA-number; likely the bank's "agreement number"
	NCA                    string // who authorised it, as the EBA names authorities: "FR-ACPR"
	ContactEmail           string // the bank writes to it
	Contacts               []Contact
	CreatedAt              time.Time
	ArchivedAt             time.Time // zero: it is not
}

// Contact is a person of the organization whom the bank or we may turn to.
type Contact struct {
	Name  string `json:"name"`
	Role  string `json:"role"` // in the firm: "compliance", "on call"
	Email string `json:"email"`
	Phone string `json:"phone"`
}

// completed fills in what follows from the rest: the authority out of the number. What was pasted with blanks around
// it is meant without.
func (o Organization) completed() Organization {
	o.OrganizationIdentifier, o.NCA = strings.TrimSpace(o.OrganizationIdentifier), strings.TrimSpace(o.NCA)
	if id, err := certs.ParseOrganizationID(o.OrganizationIdentifier); o.NCA == "" && err == nil && id.Scheme == "PSD" {
		o.NCA = id.Country + "-" + id.Authority
	}
	return o
}

// Checked is the organization with what follows from the rest, or what is wrong with it.
func (o Organization) Checked() (Organization, error) {
	o = o.completed()
	return o, o.validate()
}

func (o Organization) validate() error {
	if err := checkLine(o.LegalName, o.OrganizationIdentifier, o.ContactEmail, o.NCA); err != nil {
		return err
	}
	switch {
	case strings.TrimSpace(o.LegalName) == "":
		return fault.New(fault.Invalid, "legal_name_missing", "Give the legal name of the organization.")
	case !catalogue.IsCountry(o.Country):
		return fault.New(fault.Invalid, "country_invalid", "Give the country as two capital letters, for example FR.")
	case !checklist.IsAgreementNumber(o.OrganizationIdentifier):
		return errAgreementNumber()
	case o.OrganizationIdentifier[3:5] != o.Country:
		return fault.New(fault.Invalid, "country_differs",
			"The agreement number is of %s and the organization of %s; a firm is authorised in its home country, so "+
				"correct one of them.", o.OrganizationIdentifier[3:5], o.Country)
	case !strings.HasPrefix(o.OrganizationIdentifier, "PSD"+o.NCA+"-"):
		return fault.New(fault.Invalid, "nca_differs",
			"The authority %s is not the one in the agreement number; write it as in %s, for example FR-ACPR.", o.NCA,
			o.OrganizationIdentifier)
	case !catalogue.IsEmail(o.ContactEmail):
		return fault.New(fault.Invalid, "contact_invalid", "Give a contact e-mail address; the bank writes to it.")
	}
	for _, c := range o.Contacts {
		if err := checkLine(c.Name, c.Role, c.Email, c.Phone); err != nil {
			return err
		}
		if strings.TrimSpace(c.Name) == "" || !catalogue.IsEmail(c.Email) {
			return fault.New(fault.Invalid, "contact_invalid", "Every contact needs a name and an e-mail address.")
		}
	}
	return nil
}

func (o Organization) fields() []field {
	var contacts []string
	for _, c := range o.Contacts {
		contacts = append(contacts, fmt.Sprintf("%s (%s) <%s> %s", c.Name, c.Role, c.Email, c.Phone))
	}
	return []field{
		{"legal_name", o.LegalName},
		{"country", o.Country},
		{"organization_identifier", o.OrganizationIdentifier},
		{"nca", o.NCA},
		{"contact_email", o.ContactEmail},
		{"contacts", strings.Join(contacts, ", ")},
	}
}

func errAgreementNumber() error {
	return fault.New(fault.Invalid, "agreement_number_invalid",
		"The agreement number has the form PSDXX-NCA-number, for example PSDFR-ACPR-12345; you find it in your "+
			"certificates.")
}
