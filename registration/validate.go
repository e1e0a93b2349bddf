package registration

import (
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/internal/fault"
)

// agreementNumber is ETSI TS 119 495 clause 5.2.1: PSD, country, NCA of 2 to 8
// capitals, and a number in the form the NCA gave it.
var agreementNumber = regexp.MustCompile(`^PSD[A-Z]{2}-[A-Z]{2,8}-\S(.*\S)?$`)

// text refuses what no name has, and PostgreSQL does not take.
func text(values ...string) error {
	for _, value := range values {
		if !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
			return fault.New(fault.Invalid, "text_invalid", "There is a control character in one of the fields; type it again.")
		}
	}
	return nil
}

func (o Organization) validate() error {
	if err := text(o.LegalName, o.OrganizationIdentifier, o.ContactEmail); err != nil {
		return err
	}
	switch {
	case strings.TrimSpace(o.LegalName) == "":
		return fault.New(fault.Invalid, "legal_name_missing", "Give the legal name of the organization.")
	case len(o.Country) != 2 || strings.ToUpper(o.Country) != o.Country:
		return fault.New(fault.Invalid, "country_invalid", "Give the country as two capital letters, for example FR.")
	case !agreementNumber.MatchString(o.OrganizationIdentifier):
		return fault.New(fault.Invalid, "agreement_number_invalid",
			"The agreement number has the form PSDXX-NCA-number, for example PSDFR-ACPR-12345; you find it in your certificates.")
	}
	if _, err := mail.ParseAddress(o.ContactEmail); err != nil {
		return fault.New(fault.Invalid, "contact_invalid", "Give a contact e-mail address; the bank writes to it.")
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
		return fault.New(fault.Invalid, "redirect_uri_missing", "Give at least one redirect URI, exactly as it is registered with the bank.")
	}
	for _, uri := range a.RedirectURIs {
		if !secureURI(uri) {
			return fault.New(fault.Invalid, "redirect_uri_invalid", "The redirect URI %q must be an absolute https address without a fragment.", uri)
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
	if err != nil || u.Host == "" || u.Fragment != "" || u.User != nil {
		return false
	}
	if u.Scheme == "https" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback()))
}
