package registration

import (
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/loopback"
)

// Application is what the bank's portal calls an application: what its customers see asking for access.
type Application struct {
	ID             string
	OrganizationID string
	Name           string
	RedirectURIs   []string // compared exactly by the bank
	ClientURI      string
	TermsURI       string
	CreatedAt      time.Time
	ArchivedAt     time.Time // zero: it is not
}

// Check says what is wrong with the application.
func (a Application) Check() error { return a.validate() }

func (a Application) validate() error {
	if err := checkLine(append([]string{a.Name, a.ClientURI, a.TermsURI}, a.RedirectURIs...)...); err != nil {
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

func (a Application) fields() []field {
	return []field{
		{"name", a.Name},
		{"redirect_uris", strings.Join(a.RedirectURIs, " ")},
		{"client_uri", a.ClientURI},
		{"terms_uri", a.TermsURI},
	}
}

// secureURI accepts what may carry secrets (loopback.CheckURL) and has no
// fragment (RFC 6749 clause 3.1.2).
func secureURI(text string) bool {
	return !strings.Contains(text, "#") && loopback.CheckURL(text) == nil
}
