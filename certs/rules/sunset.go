package rules

import (
	"strconv"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/internal/text"
)

const sunsetClause = "TS 119 312 V2.1.1 clause 8.4"

const (
	rsaTooShort = "Its RSA key has %s bits: certificates issued after 31 December 2026 are for keys of 3000 bits or " +
		"more."
	rsaTooShortRemedy = "Have a certificate issued for a new key: RSA of 3072 bits or ECDSA P-256."
	rsaEndsLate       = "Its RSA key has %s bits: certificates for keys of fewer than 3000 end by 31 " +
		"December 2028, and " +
		"this one on %s."
	rsaEndsLateRemedy = "Have it replaced before 2029 by one for a new key: RSA of 3072 bits or ECDSA P-256."
)

// sunsetRules are what becomes of RSA keys of 1900 to 2999 bits. What was issued in time is in order until it ends.
var sunsetRules = []rule{
	{
		code:     "rsa_too_short",
		severity: SeverityError,
		clause:   sunsetClause,
		basis:    pkilint,
		of:       claimsEU,
		dated:    dated(RSAIssue),
		message:  rsaTooShort,
		remedy:   rsaTooShortRemedy,
		check:    shortRSA,
	},
	{
		code:     "rsa_too_short",
		severity: SeverityWarning,
		clause:   sunsetClause,
		basis:    pkilint,
		of:       claimsLess,
		dated:    dated(RSAIssue),
		message:  rsaTooShort,
		remedy:   rsaTooShortRemedy,
		check:    shortRSA,
	},
	{
		code:     "rsa_ends_late",
		severity: SeverityError,
		clause:   sunsetClause,
		basis:    pkilint,
		of:       claimsEU,
		dated:    dated("rsa_announced"),
		message:  rsaEndsLate,
		remedy:   rsaEndsLateRemedy,
		check:    lateRSA,
	},
	{
		code:     "rsa_ends_late",
		severity: SeverityWarning,
		clause:   sunsetClause,
		basis:    pkilint,
		of:       notHeldToEnd,
		message:  rsaEndsLate,
		remedy:   rsaEndsLateRemedy,
		check:    lateRSA,
	},
	{
		code:     "rsa_sunset",
		severity: SeverityNotice,
		clause:   sunsetClause,
		basis:    pkilint,
		of:       claimsAny,
		message: "Its RSA key has %s bits. It was issued in time and may be used until it ends; the key may " +
			"not be used " +
			"for a further certificate after 31 December 2026.",
		remedy: "Order the next certificate for a new key: RSA of 3072 bits or ECDSA P-256.",
		check: func(s *subject) []args {
			if dated(RSAIssue).Holds(s.NotBefore) || s.at.After(s.NotAfter) {
				return nil
			}
			return shortRSA(s)
		},
	},
}

// claimsEU is every leaf that claims to be qualified under EU law: the authors of TS 119 312 speak to its issuer.
func claimsEU(c *certs.Certificate) bool { return c.QC.Compliance && len(c.QC.Legislation) == 0 }

// claimsLess is every other leaf that banks are shown.
func claimsLess(c *certs.Certificate) bool { return claimsAny(c) && !claimsEU(c) }

func claimsAny(c *certs.Certificate) bool { return qualified(c) || payment(c) }

// notHeldToEnd is every leaf that was issued before the clause was written, or claims less; those issued when keys
// were too short already are told that.
func notHeldToEnd(c *certs.Certificate) bool {
	announced := claimsEU(c) && dated("rsa_announced").Holds(c.NotBefore)
	return claimsAny(c) && !announced && !dated(RSAIssue).Holds(c.NotBefore)
}

func shortRSA(s *subject) []args { return found(retired(s.Key), strconv.Itoa(s.Key.Bits)) }

func lateRSA(s *subject) []args {
	return found(retired(s.Key) && dated(RSAEnd).Holds(s.NotAfter), strconv.Itoa(s.Key.Bits), text.Day(s.NotAfter))
}

// retired reports whether TS 119 312 retires the key: RSA of 1900 to 2999 bits.
func retired(k certs.PublicKeyInfo) bool {
	return strings.HasPrefix(k.Algorithm, "RSA") && k.Bits >= 1900 && k.Bits < dated(RSAIssue).Limit
}

// MayRenew reports whether a certificate may be for a key that an earlier one was for: not if it claims to be
// qualified, was issued after 2026, and the key is an RSA key of fewer than 3000 bits.
func MayRenew(c *certs.Certificate) bool {
	return !retired(c.Key) || !claimsEU(c) || !dated(RSAOrder).Holds(c.NotBefore)
}
