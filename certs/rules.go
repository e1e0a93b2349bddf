package certs

import (
	"slices"
	"strings"
	"time"
)

// rules is every rule, in the order in which findings of one severity are shown.
// To add a rule, add an entry to the table it fits.
var rules = slices.Concat(validityRules, chainRules, keyRules, sunsetRules, usageRules, kindRules, policyRules,
	psd2Rules, ncaRules,
	subjectRules, formRules, browserRules)

// scope is the leaves a rule is about.
type scope func(c *Certificate) bool

func anyLeaf(*Certificate) bool { return true }

// qualified is every leaf with QcStatements, whatever they say.
func qualified(c *Certificate) bool { return c.QC.Present }

// payment is what is, or seems meant to be, for PSD2: sandboxes leave QcType out.
func payment(c *Certificate) bool { return c.Kind == QWAC || c.Kind == QSealC || c.PSD2 != nil }

// openBanking is what TS 119 495 is about.
func openBanking(c *Certificate) bool { return c.PSD2 != nil }

// legalIdentifier is what says that its organizationIdentifier is written as EN 319 412-1 clause 5.1.4 wants, or has
// to be.
func legalIdentifier(c *Certificate) bool {
	return openBanking(c) || c.QC.Semantics == oidSemanticsLegal
}

func transport(c *Certificate) bool { return c.Kind == QWAC }

// underBrowserRules is a QWAC that claims to follow the CA/Browser Forum's rules; EU law has none of them.
func underBrowserRules(c *Certificate) bool { return c.Kind == QWAC && c.ForBrowsers() }

// extended is a QWAC with extended validation.
func extended(c *Certificate) bool {
	return c.Kind == QWAC && slices.ContainsFunc(c.Policies, func(p string) bool {
		return p == "2.23.140.1.1" || p == "0.4.0.194112.1.4" // CA/Browser Forum EV, QEVCP-w
	})
}

func sealing(c *Certificate) bool { return c.Kind == QSealC }

func untyped(c *Certificate) bool { return c.Kind == Other }

func notTransport(c *Certificate) bool { return c.Kind == QSealC || c.Kind == QESign }

func day(t time.Time) string {
	if t.IsZero() {
		return "an unreadable date"
	}
	return Day(t).Format("2 January 2006")
}

// Day returns the day that a time of a certificate is on, as midnight in UTC. It is the day in UTC, as the certificate
// itself (RFC 5280, 4.1.2.5) and every tool that prints it has it, so that one certificate has one date everywhere;
// where a bank's clock is ahead of UTC, it is never the later of two.
func Day(t time.Time) time.Time { return t.UTC().Truncate(aDay) }

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// each turns values into one finding each.
func each(values []string) []args {
	var all []args
	for _, v := range values {
		all = append(all, args{v})
	}
	return all
}

// repeated returns the values that occur more than once, each once.
func repeated(values []string) []string {
	var twice []string
	for i, v := range values {
		if slices.Contains(values[:i], v) && !slices.Contains(twice, v) {
			twice = append(twice, v)
		}
	}
	return twice
}

func enumerate(values []string) string {
	if len(values) == 0 {
		return "none"
	}
	return strings.Join(values, ", ")
}
