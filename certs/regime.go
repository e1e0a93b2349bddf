package certs

import (
	"slices"
	"strings"
)

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
