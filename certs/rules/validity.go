package rules

import (
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/internal/text"
)

var validityRules = []rule{
	{
		code:     "validity_unreadable",
		severity: SeverityError,
		clause:   "RFC 5280 section 4.1.2.5",
		basis:    inText,
		message:  "The validity period cannot be read.",
		remedy:   "Ask the issuer for a correct certificate.",
		check:    func(s *subject) []args { return found(s.NotBefore.IsZero() || s.NotAfter.IsZero()) },
	},
	{
		code:     "expired",
		severity: SeverityError,
		clause:   "RFC 5280 section 4.1.2.5",
		basis:    inText,
		message:  "The certificate expired on %s.",
		remedy:   "Get a new certificate from the issuer.",
		check: func(s *subject) []args {
			return found(!s.NotAfter.IsZero() && s.at.After(s.NotAfter), text.Day(s.NotAfter))
		},
	},
	{
		code:     "not_yet_valid",
		severity: SeverityError,
		clause:   "RFC 5280 section 4.1.2.5",
		basis:    inText,
		message:  "The certificate is not valid before %s.",
		remedy:   "Wait until then before activating it.",
		check:    func(s *subject) []args { return found(s.at.Before(s.NotBefore), text.Day(s.NotBefore)) },
	},
	{
		code:     "validity_too_long",
		severity: SeverityWarning,
		clause:   "CA/Browser Forum BR section 6.3.2",
		basis:    inText,
		of:       transport,
		message: "It is valid for %s days; certificates under CA/Browser Forum rules issued on its date may be " +
			"valid for %s.",
		remedy: "Ask the issuer: who issues under these rules has to revoke a certificate that breaks them.",
		check:  tooLongForBrowsers,
	},
	{
		code:     "renew_soon",
		severity: SeverityNotice,
		clause:   "good practice",
		of:       anyLeaf,
		message:  "Less than a third of its lifetime is left: it expires on %s.",
		remedy:   "Order the renewal now, so that every bank can be moved in time.",
		check: func(s *subject) []args {
			left, life := s.NotAfter.Unix()-s.at.Unix(), s.NotAfter.Unix()-s.NotBefore.Unix()
			return found(!s.NotBefore.IsZero() && left >= 0 && left < life/3, text.Day(s.NotAfter))
		},
	},
}

// lifetimeDays counts a started day, and the last second (RFC 5280 makes the
// period inclusive).
func lifetimeDays(c *certs.Certificate) int {
	if c.NotBefore.IsZero() || c.NotAfter.IsZero() {
		return 0
	}
	return certs.Days(c.NotBefore, c.NotAfter.Add(24*time.Hour))
}

// tooLongForBrowsers judges only certificates made for browsers, known by their
// transparency timestamps or CA/Browser Forum policies: EU law has no such limit.
func tooLongForBrowsers(s *subject) []args {
	if !s.ForBrowsers() {
		return nil
	}
	rule, ok := datedOn(BrowserValidity, s.NotBefore)
	days := lifetimeDays(s.Certificate)
	return found(ok && days > rule.Limit, strconv.Itoa(days), strconv.Itoa(rule.Limit))
}
