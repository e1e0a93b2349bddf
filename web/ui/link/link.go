// Package link answers one question: at which address does the console show a thing?
package link

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

func page(kind, id string) string { return "/" + kind + "/" + url.PathEscape(id) }

// Certificate is the page of a certificate.
func Certificate(id string) string { return page("certificates", id) }

// Comparison is the page that compares a certificate with another.
func Comparison(id, with string) string {
	return Certificate(id) + "/compare?" + url.Values{"with": {with}}.Encode()
}

// CSR is the page of a CSR.
func CSR(id string) string { return page("certificates/csrs", id) }

// Institution is the page of a bank's institution.
func Institution(id string) string { return page("institutions", id) }

// CatalogueFiles is the page of the catalogue files that a folder has brought.
const CatalogueFiles = "/catalogue-files"

// Organization is the page of one of the firm's organizations.
func Organization(id string) string { return page("organizations", id) }

// Application is the page of one of the firm's applications.
func Application(id string) string { return page("applications", id) }

// Enrolment is the page of an enrolment.
func Enrolment(id string) string { return page("enrolments", id) }

// Registration is the page of a registration.
func Registration(id string) string { return page("registrations", id) }

// Campaign is the page of a change of certificates at banks.
func Campaign(id string) string { return page("campaigns", id) }

// Incident is the page of a certificate that was declared compromised.
func Incident(id string) string { return page("incidents", id) }

// Installation is the page of what the installation is made of.
const Installation = "/installation"

// Reviews is the page of the reviews of who may do what.
const Reviews = "/access-reviews"

// Review is the page of one of those.
func Review(id string) string { return page("access-reviews", id) }

// Imports is the page on which registrations come in that are in use already.
const Imports = "/imports"

// Import is the page of one list of those.
func Import(id string) string { return page("imports", id) }

// CampaignReport is the page of a campaign's evidence.
func CampaignReport(id string) string { return Campaign(id) + "/report" }

// CampaignLine is the page of one registration of a campaign.
func CampaignLine(id, registrationID string) string {
	return Campaign(id) + page("registrations", registrationID)
}

// Alerts is the page of what ends or has broken.
const Alerts = "/alerts"

// Case is the page of one thing that ends or has broken.
func Case(id string) string { return page("alerts", id) }

// Calendar is the whole address under which a calendar program reads. publicURL is as for Callback.
func Calendar(c echo.Context, publicURL, token, lang string) string {
	return base(c, publicURL) + "/calendars/" + url.PathEscape(token) + "?" + url.Values{"lang": {lang}}.Encode()
}

// Service is the page of a service account.
func Service(id string) string { return page("services", id) }

// NewService is the form of a new service account.
const NewService = "/services/new"

// Policy is the page of what is decided for every process.
const Policy = "/policy"

// Approval is the page of a request that takes two people.
func Approval(id string) string { return page("approvals", id) }

// Consent is the page of a customer's consent.
func Consent(id string) string { return page("consents", id) }

// ConsentsEnding is the list of the consents that end within so many days, the soonest first.
func ConsentsEnding(days int) string {
	return "/consents?expiring_days=" + strconv.Itoa(days) + "&sort=expires_at"
}

// Payment is the page of a payment.
func Payment(id string) string { return page("payments", id) }

// Callback is the whole address at which this console takes what a bank sends back: configured, or if that is empty,
// below where the request went.
func Callback(c echo.Context, configured string) string {
	return cmp.Or(configured, base(c, "")+"/callback")
}

// Join is the whole address at which somebody accepts an invitation. publicURL is where browsers reach the console;
// empty: where their request went.
func Join(c echo.Context, publicURL, token string) string {
	return base(c, publicURL) + "/join?" + url.Values{"token": {token}}.Encode()
}

// Export is the whole address at which a private key is fetched once. publicURL is as for Callback.
func Export(c echo.Context, publicURL, token string) string {
	return base(c, publicURL) + "/export?" + url.Values{"token": {token}}.Encode()
}

func base(c echo.Context, publicURL string) string {
	if publicURL == "" {
		return c.Scheme() + "://" + c.Request().Host
	}
	return strings.TrimSuffix(publicURL, "/")
}

// Account is the reader's own page.
const Account = "/account"

// People is the page of who there is.
const People = "/people"

// Person is the page of one of them.
func Person(id string) string { return page("people", id) }

// Local returns path if it leads to one of our pages, and else the home page:
// a link to us must not be able to send people elsewhere.
func Local(path string) string {
	parsed, err := url.Parse(path)
	if err != nil || parsed.IsAbs() || parsed.Host != "" {
		return "/"
	}
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}
