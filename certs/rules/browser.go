package rules

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs/internal/oids"
)

// browserRules are the CA/Browser Forum's for website certificates, as far as other software looks at them.
var browserRules = []rule{
	{
		code:     "browser_unit",
		severity: SeverityWarning,
		clause:   "CA/Browser Forum BR section 7.1.2.7.4; EVG section 7.1.4.2.7",
		basis:    inText,
		of:       underBrowserRules,
		dated:    dated("browser_unit"),
		message: "Its subject has an organizational unit, %q, which certificates under CA/Browser Forum rules may " +
			"not have.",
		remedy: "Tell the issuer, who has to revoke it under these rules; have it issued again without.",
		check:  func(s *subject) []args { return each(s.SubjectName.All(oids.OrganizationalUnit)) },
	},
	{
		code:     "browser_names",
		severity: SeverityWarning,
		clause:   "CA/Browser Forum BR section 7.1.2.7.12",
		basis:    inText,
		of:       underBrowserRules,
		message:  "It is for %s; certificates under CA/Browser Forum rules are for domain names and addresses only.",
		remedy:   "Tell the issuer, who has to revoke it under these rules; have it issued again without.",
		check:    func(s *subject) []args { return each(slices.Concat(s.Emails, s.URIs)) },
	},
	{
		code:     "browser_purposes",
		severity: SeverityWarning,
		clause:   "CA/Browser Forum BR section 7.1.2.7.10",
		basis:    inText,
		of:       underBrowserRules,
		dated:    dated("browser_profile"),
		message:  "It also allows %s, which certificates under CA/Browser Forum rules must not.",
		remedy:   "Tell the issuer, who has to revoke it under these rules; have it issued again without.",
		check: func(s *subject) []args {
			var wrong []string
			for _, x := range []struct{ oid, name string }{
				{oids.CodeSigning, "codeSigning"},
				{oids.EmailProtection, "emailProtection"},
				{oids.TimeStamping, "timeStamping"},
				{oids.OCSPSigning, "OCSPSigning"},
				{oids.Any, "anyExtendedKeyUsage"},
			} {
				if s.HasEKU(x.oid) {
					wrong = append(wrong, x.name)
				}
			}
			return each(wrong)
		},
	},
	{
		code:     "browser_constraints",
		severity: SeverityNotice,
		clause:   "CA/Browser Forum BR section 7.1.2.7.6",
		basis:    inText,
		of:       underBrowserRules,
		dated:    dated("browser_profile"),
		message:  "Its basicConstraints are not marked critical, as they must be under CA/Browser Forum rules.",
		remedy:   "Tell the issuer.",
		check: func(s *subject) []args {
			_, has := s.Extension(oids.Basic)
			return found(has && !s.Critical(oids.Basic))
		},
	},
	{
		code:     "browser_policies_critical",
		severity: SeverityNotice,
		clause:   "CA/Browser Forum BR section 7.1.2.7.6; EN 319 412-2 GEN-4.3.3-1",
		basis:    inText,
		of:       underBrowserRules,
		dated:    dated("browser_profile"),
		message:  "Its certificatePolicies are marked critical, as they must not be under CA/Browser Forum rules.",
		remedy:   "Tell the issuer.",
		check:    func(s *subject) []args { return found(s.Critical(oids.Policies)) },
	},
	{
		code:     "internal_name",
		severity: SeverityWarning,
		clause:   "EN 319 412-4 WEB-4.1.3-4; CA/Browser Forum BR section 7.1.2.7.12",
		basis:    pkilint,
		of:       transport,
		message:  "It is for %s, an internal name or address that nobody on the internet owns.",
		remedy:   "Have it reissued without it; a bank may refuse it, and the issuer may have to revoke it.",
		check: func(s *subject) []args {
			var internal []string
			for _, name := range s.DNSNames {
				if isInternal(name) {
					internal = append(internal, name)
				}
			}
			for _, address := range s.IPAddresses {
				if isInternalAddress(address) {
					internal = append(internal, address)
				}
			}
			return each(internal)
		},
	},
}

// isInternalAddress reports whether an address is one inside a network or of one machine (RFC 1918, 4193, 3927, 6598).
func isInternalAddress(text string) bool {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return false
	}
	a = a.Unmap()
	return !a.IsGlobalUnicast() || a.IsPrivate() || sharedAddresses.Contains(a)
}

var sharedAddresses = netip.MustParsePrefix("100.64.0.0/10")

// internalDomains are top-level domains that are not the internet's: reserved (RFC 6761, RFC 6762, ICANN's .internal),
// or what networks use for themselves and IANA has given to nobody.
var internalDomains = []string{
	"corp", "home", "internal", "intranet", "lan", "local", "localdomain", "localhost", "mail", "private", "test",
}

// isInternal reports whether a domain name can only be one inside a network.
func isInternal(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if _, err := netip.ParseAddr(name); err == nil {
		return false
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	return name != "" && (last == name || slices.Contains(internalDomains, last))
}
