package certs

import (
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs/internal/oids"
)

// HasEKU reports whether a purpose is among the extended key usages (RFC 5280 section 4.2.1.12).
func (e *Extensions) HasEKU(oid string) bool { return slices.Contains(e.ExtKeyUsage, oid) }

// Permits reports whether a key usage is set, by its name in RFC 5280 section 4.2.1.3.
func (e *Extensions) Permits(usage string) bool { return slices.Contains(e.KeyUsage, usage) }

// Excludes reports whether the certificate is for certain purposes, and not for this one (RFC 5280 section 4.2.1.12).
func (e *Extensions) Excludes(purpose string) bool {
	return e.ExtKeyUsage != nil && !e.HasEKU(purpose) && !e.HasEKU(oids.Any)
}

// LacksClientAuth reports whether the certificate is for certain purposes and TLS clients are none of them. One that
// cannot be used for TLS at all is another matter.
func (e *Extensions) LacksClientAuth() bool {
	return e.Excludes(oids.ClientAuth) && !e.OnlyFor(oids.TLSBinding)
}

// OnlyFor reports whether the certificate is for this purpose and no other.
func (e *Extensions) OnlyFor(purpose string) bool {
	return len(e.ExtKeyUsage) == 1 && e.ExtKeyUsage[0] == purpose
}

// Critical reports whether an extension is there and marked critical.
func (e *Extensions) Critical(oid string) bool {
	x, ok := e.Extension(oid)
	return ok && x.Critical
}

// ForBrowsers reports whether the certificate claims to be under the rules of browsers. Whether its issuer is in a
// browser's programme is not in it.
func (c *Certificate) ForBrowsers() bool {
	return c.SCTs || slices.ContainsFunc(c.Policies, ofBrowsers)
}

// Regime is what in the certificate claims to be under the rules of browsers: "transparency timestamps" where it was
// logged, and the policies of the CA/Browser Forum, dotted. Where nothing does, it is held to EU law alone.
func (c *Certificate) Regime() []string {
	signs := []string{}
	if c.SCTs {
		signs = append(signs, TransparencyTimestamps)
	}
	for _, p := range c.Policies {
		if ofBrowsers(p) {
			signs = append(signs, p)
		}
	}
	return signs
}

// TransparencyTimestamps is a sign of [Certificate.Regime].
const TransparencyTimestamps = "transparency timestamps"

func ofBrowsers(policy string) bool { return strings.HasPrefix(policy, "2.23.140.1.") }
