package rules

import (
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/internal/oids"
)

// rules is every rule, in the order in which findings of one severity are shown.
// To add a rule, add an entry to the table it fits.
var leafRules = slices.Concat(validityRules, chainRules, keyRules, sunsetRules, usageRules, kindRules, policyRules,
	psd2Rules, ncaRules,
	subjectRules, formRules, browserRules)

// scope is the leaves a rule is about.
type scope func(c *certs.Certificate) bool

func anyLeaf(*certs.Certificate) bool { return true }

// qualified is every leaf with QcStatements, whatever they say.
func qualified(c *certs.Certificate) bool { return c.QC.Present }

// payment is what is, or seems meant to be, for PSD2: sandboxes leave QcType out.
func payment(c *certs.Certificate) bool {
	return c.Kind == certs.QWAC || c.Kind == certs.QSealC || c.PSD2 != nil
}

// openBanking is what TS 119 495 is about.
func openBanking(c *certs.Certificate) bool { return c.PSD2 != nil }

// legalIdentifier is what says that its organizationIdentifier is written as EN 319 412-1 clause 5.1.4 wants, or has
// to be.
func legalIdentifier(c *certs.Certificate) bool {
	return openBanking(c) || c.QC.Semantics == oids.SemanticsLegal
}

func transport(c *certs.Certificate) bool { return c.Kind == certs.QWAC }

// underBrowserRules is a QWAC that claims to follow the CA/Browser Forum's rules; EU law has none of them.
func underBrowserRules(c *certs.Certificate) bool { return c.Kind == certs.QWAC && c.ForBrowsers() }

// extended is a QWAC with extended validation.
func extended(c *certs.Certificate) bool {
	return c.Kind == certs.QWAC && slices.ContainsFunc(c.Policies, func(p string) bool {
		return p == "2.23.140.1.1" || p == "0.4.0.194112.1.4" // CA/Browser Forum EV, QEVCP-w
	})
}

func sealing(c *certs.Certificate) bool { return c.Kind == certs.QSealC }

func untyped(c *certs.Certificate) bool { return c.Kind == certs.Other }

func notTransport(c *certs.Certificate) bool { return c.Kind == certs.QSealC || c.Kind == certs.QESign }

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

func enumerate(values []string) string {
	if len(values) == 0 {
		return "none"
	}
	return strings.Join(values, ", ")
}
