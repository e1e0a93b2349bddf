package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs/internal/oids"
	"github.com/sealkeeper/sealkeeper/certs/internal/text"
)

var formRules = []rule{
	{
		code:     "precertificate",
		severity: SeverityError,
		clause:   "RFC 6962 section 3.1; CA/Browser Forum BR section 7.1.2.9.3",
		basis:    inText,
		message:  "It is a precertificate, made for transparency logs only.",
		remedy:   "Ask the issuer for the certificate itself.",
		check:    func(s *subject) []args { return found(s.Precertificate) },
	},
	{
		code:     "extension_repeated",
		severity: SeverityError,
		clause:   "RFC 5280 section 4.2",
		basis:    inText,
		message:  "It has the extension %s more than once.",
		remedy:   "Ask the issuer for a correct certificate.",
		check:    func(s *subject) []args { return each(text.Repeated(s.extensionOIDs())) },
	},
	{
		code:     "not_version_3",
		severity: SeverityError,
		clause:   "RFC 5280 section 4.1.2.1",
		basis:    inText,
		message:  "It uses X.509 version %s; only version 3 carries what a bank needs.",
		remedy:   "Ask the issuer for a correct certificate.",
		check:    func(s *subject) []args { return found(s.Version != 3, strconv.Itoa(s.Version)) },
	},
	{
		code:     "serial_short",
		severity: SeverityWarning,
		clause:   "CA/Browser Forum BR section 7.1.2.7",
		basis:    inText,
		of:       underBrowserRules,
		message:  "Its serial number has %s bits; 64 random ones are expected.",
		remedy:   "Tell the issuer.",
		check: func(s *subject) []args {
			// A random number of 64 bits begins with a zero byte once in 256 times.
			serial := s.SerialNumber()
			return found(serial.Sign() > 0 && serial.BitLen() <= 56, strconv.Itoa(serial.BitLen()))
		},
	},
	{
		code:     "serial_invalid",
		severity: SeverityWarning,
		clause:   "RFC 5280 section 4.1.2.2",
		basis:    inText,
		message:  "Its serial number is not a positive number of at most 20 bytes.",
		remedy:   "Ask the issuer for a correct certificate; software may refuse it.",
		check: func(s *subject) []args {
			serial := s.SerialNumber()
			return found(serial.Sign() <= 0 || serial.BitLen() > 159)
		},
	},
	{
		code:     "no_revocation_pointers",
		severity: SeverityError,
		clause:   "EN 319 412-2 GEN-4.3.11-2 and GEN-4.4.1-8",
		basis:    pkilint,
		of:       qualified,
		message:  "It does not say where to find out whether it was revoked.",
		remedy:   "Ask the issuer for a correct certificate.",
		check: func(s *subject) []args {
			return found(len(s.OCSP) == 0 && len(s.CRLs) == 0 && !s.ShortTerm && !s.NoRevocation)
		},
	},
	{
		code:     "no_ocsp",
		severity: SeverityNotice,
		clause:   "EN 319 412-2 GEN-4.4.1-8",
		basis:    pkilint,
		of:       qualified,
		message:  "It names no OCSP responder, only revocation lists.",
		remedy:   "Nothing has to be done.",
		check:    func(s *subject) []args { return found(len(s.OCSP) == 0 && len(s.CRLs) > 0) },
	},
	{
		code:     "ocsp_not_http",
		severity: SeverityWarning,
		clause:   "EN 319 412-2 GEN-4.4.1-6",
		basis:    pkilint,
		of:       qualified,
		message:  "None of its OCSP responders is at an http or https address: %s.",
		remedy:   "Tell the issuer; a bank that asks whether it was revoked gets no answer there.",
		check: func(s *subject) []args {
			reachable := slices.ContainsFunc(s.OCSP, func(u string) bool { return hasScheme(u, "http", "https") })
			return found(len(s.OCSP) > 0 && !reachable, enumerate(s.OCSP))
		},
	},
	{
		code:     "crl_not_http",
		severity: SeverityWarning,
		clause:   "EN 319 412-2 GEN-4.3.11-4",
		basis:    pkilint,
		of:       qualified,
		message:  "None of its revocation lists is at an http:// or ldap:// address: %s.",
		remedy:   "Tell the issuer.",
		check: func(s *subject) []args {
			reachable := slices.ContainsFunc(s.CRLs, func(u string) bool { return hasScheme(u, "http", "ldap") })
			return found(len(s.CRLs) > 0 && !reachable, enumerate(s.CRLs))
		},
	},
	{
		code:     "no_ca_issuers",
		severity: SeverityWarning,
		clause:   "EN 319 412-2 GEN-4.4.1-3",
		basis:    pkilint,
		of:       qualified,
		message:  "It does not say where its issuer's certificate is.",
		remedy:   "Always send the chain with it, and tell the issuer.",
		check:    func(s *subject) []args { return found(len(s.CAIssuers) == 0) },
	},
	{
		code:     "ca_issuers_not_http",
		severity: SeverityWarning,
		clause:   "EN 319 412-2 GEN-4.4.1-4",
		basis:    pkilint,
		of:       qualified,
		message:  "Its issuer's certificate is not at an http or https address: %s.",
		remedy:   "Always send the chain with it, and tell the issuer.",
		check: func(s *subject) []args {
			reachable := slices.ContainsFunc(s.CAIssuers, func(u string) bool { return hasScheme(u, "http", "https") })
			return found(len(s.CAIssuers) > 0 && !reachable, enumerate(s.CAIssuers))
		},
	},
	{
		code:     "no_authority_key_id",
		severity: SeverityWarning,
		clause:   "RFC 5280 section 4.2.1.1",
		basis:    inText,
		of:       qualified,
		message:  "It does not identify its issuer's key.",
		remedy:   "Tell the issuer.",
		check: func(s *subject) []args {
			_, ok := s.Extension(oids.AuthorityKeyID)
			return found(!ok && !s.SelfIssued())
		},
	},
	{
		code:     "extension_critical",
		severity: SeverityWarning,
		clause:   "EN 319 412-2 GEN-4.3.5-1, GEN-4.3.6-1 and GEN-4.3.11-5; RFC 5280 section 4.2.2.1",
		basis:    pkilint,
		of:       qualified,
		message:  "Its extension %s is marked critical, which it must not be.",
		remedy:   "Tell the issuer; software may refuse it.",
		check: func(s *subject) []args {
			var wrong []string
			for _, x := range []struct{ oid, name string }{
				{oids.AuthorityInfo, "authorityInfoAccess"},
				{oids.CRLPoints, "cRLDistributionPoints"},
				{oids.SubjectAltName, "subjectAltName"},
				{oids.IssuerAltName, "issuerAltName"},
			} {
				if s.Critical(x.oid) && len(s.SubjectName) > 0 {
					wrong = append(wrong, x.name)
				}
			}
			return each(wrong)
		},
	},
	{
		code:     "extension_of_ca",
		severity: SeverityWarning,
		clause:   "EN 319 412-2 GEN-4.3.4-1, GEN-4.3.8-1, GEN-4.3.9-1 and GEN-4.3.12-1",
		basis:    pkilint,
		of:       qualified,
		message:  "It has the extension %s, which is for issuing certificates.",
		remedy:   "Tell the issuer; software may refuse it.",
		check: func(s *subject) []args {
			var wrong []string
			for _, x := range []struct{ oid, name string }{
				{"2.5.29.33", "policyMappings"},
				{"2.5.29.30", "nameConstraints"},
				{"2.5.29.36", "policyConstraints"},
				{"2.5.29.54", "inhibitAnyPolicy"},
			} {
				if _, has := s.Extension(x.oid); has {
					wrong = append(wrong, x.name)
				}
			}
			return each(wrong)
		},
	},
}

func hasScheme(address string, schemes ...string) bool {
	return slices.ContainsFunc(schemes, func(scheme string) bool {
		return strings.HasPrefix(strings.ToLower(address), scheme+"://")
	})
}

func (s *subject) extensionOIDs() []string {
	oids := make([]string, len(s.All))
	for i, x := range s.All {
		oids[i] = x.OID
	}
	return oids
}
