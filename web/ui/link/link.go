// Package link answers one question: at which address does the console show a thing?
package link

import (
	"net/url"
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

// CSR is the page of a certificate request.
func CSR(id string) string { return page("certificates/requests", id) }

// Institution is the page of a bank's institution.
func Institution(id string) string { return page("institutions", id) }

// Organization is the page of one of the firm's organizations.
func Organization(id string) string { return page("organizations", id) }

// Application is the page of one of the firm's applications.
func Application(id string) string { return page("applications", id) }

// Enrolment is the page of an enrolment.
func Enrolment(id string) string { return page("enrolments", id) }

// Registration is the page of a registration.
func Registration(id string) string { return page("registrations", id) }

// Policy is the page of what is decided for every process.
const Policy = "/policy"

// Approval is the page of a request that takes two people.
func Approval(id string) string { return page("approvals", id) }

// Consent is the page of a customer's consent.
func Consent(id string) string { return page("consents", id) }

// Payment is the page of a payment.
func Payment(id string) string { return page("payments", id) }

// Callback is the whole address at which this console takes what a bank sends back. publicURL is where browsers
// reach the console; empty: where their request went.
func Callback(c echo.Context, publicURL string) string {
	base := strings.TrimSuffix(publicURL, "/")
	if base == "" {
		base = c.Scheme() + "://" + c.Request().Host
	}
	return base + "/callback"
}
