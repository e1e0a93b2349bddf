package certs

import (
	"slices"
	"strings"
	"time"
)

// rules is every rule, in the order in which findings of one severity are shown.
// To add a rule, add an entry to the table it fits.
var rules = slices.Concat(validityRules, chainRules, keyRules, usageRules, kindRules, policyRules, psd2Rules, ncaRules, subjectRules, formRules)

// What rules are about.
var (
	transport = []Kind{QWAC}
	sealing   = []Kind{QSealC}
	payment   = []Kind{QWAC, QSealC}
	qualified = []Kind{QWAC, QSealC, QESign}
	anyLeaf   = []Kind{QWAC, QSealC, QESign, Other}
)

func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

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
