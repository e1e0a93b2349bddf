package rules

import (
	"slices"

	"github.com/sealkeeper/sealkeeper/certs/internal/oids"
)

var usageRules = []rule{
	{
		code:     "no_client_auth",
		severity: SeverityWarning,
		clause:   "RFC 5280 section 4.2.1.12; TS 119 495 clause 5.3 note 3",
		basis:    inText,
		of:       transport,
		message: "It is not made for TLS clients (no clientAuth): a bank that checks it refuses the " +
			"connection.",
		remedy: "Ask the issuer for a QWAC with clientAuth. Issuers in the browser programmes stop giving it, so " +
			"it may have to come from another issuing CA.",
		check: func(s *subject) []args { return found(s.LacksClientAuth()) },
	},
	{
		code:     "client_auth_ends",
		severity: SeverityNotice,
		clause:   "Chrome Root Program Policy 1.8",
		of:       transport,
		message: "It claims to follow the rules of browsers: if its issuer is in their programmes, certificates " +
			"issued from 15 March 2027 on may not have clientAuth.",
		remedy: "Before it expires, ask the issuer for another issuing CA, outside the browser programmes.",
		check: func(s *subject) []args {
			return found(!dated(ClientAuth).Holds(s.NotBefore) && s.ForBrowsers() && s.HasEKU(oids.ClientAuth) &&
				!s.at.After(s.NotAfter))
		},
	},
	{
		code:     "client_auth_browser",
		severity: SeverityNotice,
		clause:   "Chrome Root Program Policy 1.8",
		of:       underBrowserRules,
		dated:    dated(ClientAuth),
		message: "It claims to follow the rules of browsers and has clientAuth, which their programmes do not allow " +
			"in certificates issued since 15 March 2027.",
		remedy: "Ask the issuer whether it will be revoked, and for another issuing CA, outside the browser " +
			"programmes.",
		check: func(s *subject) []args { return found(s.HasEKU(oids.ClientAuth)) },
	},
	{
		code:     "binding_only",
		severity: SeverityError,
		clause:   "TS 119 411-5 clause 4.2.2; RFC 5280 section 4.2.1.12",
		basis:    euDSS,
		of:       transport,
		message:  "It only vouches for other TLS certificates (2-QWAC) and cannot be used for TLS itself.",
		remedy:   "Ask the issuer for a QWAC with serverAuth and clientAuth.",
		check:    func(s *subject) []args { return found(s.OnlyFor(oids.TLSBinding)) },
	},
	{
		code:     "no_server_auth",
		severity: SeverityWarning,
		clause:   "EN 319 412-4 WEB-4.1.3-4; CA/Browser Forum BR section 7.1.2.7.10",
		basis:    pkilint,
		of:       transport,
		message:  "It does not allow TLS servers (no serverAuth), which every QWAC must.",
		remedy:   "Ask the issuer for a QWAC with serverAuth and clientAuth.",
		check:    func(s *subject) []args { return found(s.Excludes(oids.ServerAuth) && !s.OnlyFor(oids.TLSBinding)) },
	},
	{
		code:     "eku_missing",
		severity: SeverityWarning,
		clause:   "EN 319 412-4 WEB-4.1.3-4",
		basis:    pkilint,
		of:       transport,
		message:  "It does not say that it is for TLS (no extended key usage).",
		remedy:   "Ask the issuer for a QWAC with serverAuth and clientAuth.",
		check:    func(s *subject) []args { return found(s.ExtKeyUsage == nil) },
	},
	{
		code:     "eku_critical",
		severity: SeverityWarning,
		clause:   "EN 319 412-2 GEN-4.3.10-1",
		basis:    pkilint,
		of:       qualified,
		message:  "Its extended key usage is marked critical, which it must not be.",
		remedy:   "Tell the issuer; RFC 5280 allows it, so it rarely causes trouble.",
		check: func(s *subject) []args {
			return found(s.Critical(oids.ExtKeyUsage) && !s.OnlyFor(oids.TimeStamping))
		},
	},
	{
		code:     "seal_for_tls",
		severity: SeverityWarning,
		clause:   "EN 319 412-5 clause 4.2.3",
		basis:    zlint,
		of:       notTransport,
		message:  "It is for seals or signatures, yet it allows TLS servers (serverAuth).",
		remedy:   "Ask the issuer whether this is the certificate you ordered; connect with the QWAC only.",
		check:    func(s *subject) []args { return found(s.HasEKU(oids.ServerAuth)) },
	},
	{
		code:     "seal_client_auth",
		severity: SeverityNotice,
		clause:   "RFC 5280 section 4.2.1.12",
		basis:    inText,
		of:       notTransport,
		message:  "It is for seals or signatures, yet it also allows TLS clients (clientAuth).",
		remedy:   "No action is needed: connect with the QWAC, and sign with this one.",
		check:    func(s *subject) []args { return found(s.HasEKU(oids.ClientAuth) && !s.HasEKU(oids.ServerAuth)) },
	},
	{
		code:     "seal_other_purpose",
		severity: SeverityError,
		clause:   "RFC 5280 section 4.2.1.12; RFC 3161 section 2.3",
		basis:    inText,
		of:       notTransport,
		message:  "It is for %s only (extended key usage) and cannot seal requests.",
		remedy:   "Give the seal of your organization; this one belongs to a service of an issuer.",
		check: func(s *subject) []args {
			return slices.Concat(found(s.OnlyFor(oids.TimeStamping), "timeStamping"),
				found(s.OnlyFor(oids.OCSPSigning), "OCSPSigning"))
		},
	},
	{
		code:     "key_usage_missing",
		severity: SeverityWarning,
		clause:   "EN 319 412-2 NAT-4.3.2-1; EN 319 412-3 clause 4.3.1",
		basis:    pkilint,
		of:       qualified,
		message:  "It does not say what its key may be used for (no key usage).",
		remedy:   "Tell the issuer; a bank may refuse signatures or connections.",
		check:    func(s *subject) []args { return found(s.KeyUsage == nil) },
	},
	{
		code:     "key_usage_no_tls",
		severity: SeverityError,
		clause:   "RFC 8446 section 4.4.2.2; RFC 5280 section 4.2.1.3",
		basis:    inText,
		of:       transport,
		message:  "Its key must not be used for TLS: its key usage is %s, without digitalSignature.",
		remedy:   "Ask the issuer for a certificate with key usage digitalSignature.",
		check: func(s *subject) []args {
			return found(s.KeyUsage != nil && !s.Permits("digitalSignature"), enumerate(s.KeyUsage))
		},
	},
	{
		code:     "key_usage_no_signature",
		severity: SeverityError,
		clause:   "RFC 5280 section 4.2.1.3",
		basis:    inText,
		of:       sealing,
		message:  "Its key must not be used to sign: its key usage is %s.",
		remedy:   "Ask the issuer for a certificate with key usage nonRepudiation.",
		check: func(s *subject) []args {
			return found(s.KeyUsage != nil && !s.Permits("nonRepudiation") && !s.Permits("digitalSignature"),
				enumerate(s.KeyUsage))
		},
	},
	{
		code:     "key_usage_no_commitment",
		severity: SeverityNotice,
		clause:   "EN 319 412-3 LEG-4.3.1-3",
		basis:    pkilint,
		of:       sealing,
		message: "Its key usage is %s, without nonRepudiation: it is for seals on messages, not on documents " +
			"that somebody commits to.",
		remedy: "No action is needed: requests to banks are messages.",
		check: func(s *subject) []args {
			return found(!s.Permits("nonRepudiation") && s.Permits("digitalSignature"), enumerate(s.KeyUsage))
		},
	},
	{
		code:     "key_usage_mixed",
		severity: SeverityNotice,
		clause:   "EN 319 412-3 LEG-4.3.1-4",
		basis:    pkilint,
		of:       sealing,
		message:  "Its key usage is %s; nonRepudiation alone is preferred for a seal on documents.",
		remedy:   "Nothing has to be done.",
		check: func(s *subject) []args {
			return found(s.Permits("nonRepudiation") && len(s.KeyUsage) > 1, enumerate(s.KeyUsage))
		},
	},
	{
		code:     "leaf_is_ca",
		severity: SeverityError,
		clause:   "RFC 5280 section 4.2.1.9",
		basis:    inText,
		message:  "It is a certificate for an issuing CA, not for you.",
		remedy:   "Give the certificate that was issued to your organization.",
		check:    func(s *subject) []args { return found(s.IsCA && s.PSD2 != nil) },
	},
}
