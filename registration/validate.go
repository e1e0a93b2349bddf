package registration

import (
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// agreementNumber is ETSI TS 119 495 clause 5.2.1: PSD, country, NCA of 2 to 8
// capitals, and a number in the form the NCA gave it.
var agreementNumber = regexp.MustCompile(`^PSD[A-Z]{2}-[A-Z]{2,8}-\S(.*\S)?$`)

// maxText bounds a line, in bytes; maxNote what may have several.
const (
	maxText = 500
	maxNote = 4000
)

// text refuses what no name has, and PostgreSQL does not take.
func text(values ...string) error {
	for _, value := range values {
		if len(value) > maxText {
			return fault.New(fault.TooLarge, "text_too_long",
				"One of the fields is longer than %d characters; shorten it.", maxText)
		}
		if !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
			return fault.New(fault.Invalid, "text_invalid",
				"There is a control character in one of the fields; type it again.")
		}
	}
	return nil
}

// lines is text for what may have several lines.
func lines(values ...string) error {
	for _, value := range values {
		if len(value) > maxNote {
			return fault.New(fault.TooLarge, "note_too_long",
				"The note is longer than %d characters; put long texts into an evidence file.", maxNote)
		}
		for line := range strings.Lines(value) {
			if err := text(strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", " ")); err != nil {
				return err
			}
		}
	}
	return nil
}

func errAgreementNumber() error {
	return fault.New(fault.Invalid, "agreement_number_invalid",
		"The agreement number has the form PSDXX-NCA-number, for example PSDFR-ACPR-12345; you find it in your "+
			"certificates.")
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

func (o Organization) validate() error {
	if err := text(o.LegalName, o.OrganizationIdentifier, o.ContactEmail, o.NCA); err != nil {
		return err
	}
	switch {
	case strings.TrimSpace(o.LegalName) == "":
		return fault.New(fault.Invalid, "legal_name_missing", "Give the legal name of the organization.")
	case !catalogue.IsCountry(o.Country):
		return fault.New(fault.Invalid, "country_invalid", "Give the country as two capital letters, for example FR.")
	case !agreementNumber.MatchString(o.OrganizationIdentifier):
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
		if err := text(c.Name, c.Role, c.Email, c.Phone); err != nil {
			return err
		}
		if strings.TrimSpace(c.Name) == "" || !catalogue.IsEmail(c.Email) {
			return fault.New(fault.Invalid, "contact_invalid", "Every contact needs a name and an e-mail address.")
		}
	}
	return nil
}

func (a Application) validate() error {
	if err := text(append([]string{a.Name, a.ClientURI, a.TermsURI}, a.RedirectURIs...)...); err != nil {
		return err
	}
	if strings.TrimSpace(a.Name) == "" {
		return fault.New(fault.Invalid, "name_missing", "Give the application the name it has in the bank's portal.")
	}
	if len(a.RedirectURIs) == 0 {
		return fault.New(fault.Invalid, "redirect_uri_missing",
			"Give at least one redirect URI, exactly as it is registered with the bank.")
	}
	for i, uri := range a.RedirectURIs {
		if !secureURI(uri) || strings.Contains(uri, "*") {
			return fault.New(fault.Invalid, "redirect_uri_invalid",
				"The redirect URI %q must be an absolute https address without a fragment and without a wildcard.", uri)
		}
		if slices.Contains(a.RedirectURIs[:i], uri) {
			return fault.New(fault.Invalid, "redirect_uri_twice", "The redirect URI %q is given twice.", uri)
		}
	}
	for _, uri := range []string{a.ClientURI, a.TermsURI} {
		if uri != "" && !secureURI(uri) {
			return fault.New(fault.Invalid, "uri_invalid", "The address %q must be an absolute https address.", uri)
		}
	}
	return nil
}

// secureURI accepts https, and http on this machine's loopback where no
// network is crossed (RFC 8252 clause 7.3): that is what the simulated bank uses.
func secureURI(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || strings.Contains(text, "#") || u.User != nil {
		return false
	}
	if u.Scheme == "https" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback()))
}
