package certs

import (
	"slices"
	"time"
)

// rules is every rule, in the order findings of one severity are shown. To add a
// rule add an entry to one of the tables.
var rules = slices.Concat(validityRules, kindRules)

// Extended key usages the rules speak of.
const (
	ekuServerAuth = "1.3.6.1.5.5.7.3.1"
	ekuClientAuth = "1.3.6.1.5.5.7.3.2"
	ekuAny        = "2.5.29.37.0"
)

var validityRules = []rule{
	{
		code: "expired", severity: SeverityError, clause: "RFC 5280 section 4.1.2.5",
		message: "The certificate expired on %s.", remedy: "Get a new certificate from the issuer.",
		check: func(s *subject) []args { return found(s.at.After(s.NotAfter), day(s.NotAfter)) },
	},
	{
		code: "not_yet_valid", severity: SeverityError, clause: "RFC 5280 section 4.1.2.5",
		message: "The certificate is not valid before %s.", remedy: "Wait until then to activate it.",
		check: func(s *subject) []args { return found(s.at.Before(s.NotBefore), day(s.NotBefore)) },
	},
}

var kindRules = []rule{
	{
		code: "no_client_auth", severity: SeverityWarning, clause: "TS 119 495 clause 5.3 note 3",
		message: "The certificate is not meant for TLS clients: banks will refuse the connection.",
		remedy:  "Ask the issuer for a QWAC with clientAuth, from an issuing CA outside the browser programmes.",
		check: func(s *subject) []args {
			return found(s.Kind == QWAC && s.ExtKeyUsage != nil && !s.hasEKU(ekuClientAuth) && !s.hasEKU(ekuAny))
		},
	},
}

func (e *Extensions) hasEKU(oid string) bool { return slices.Contains(e.ExtKeyUsage, oid) }

func day(t time.Time) string { return t.UTC().Format("2 January 2006") }
