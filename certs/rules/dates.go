package rules

import (
	"slices"
	"time"
)

// DatedRule is a rule as it holds from one day to another. A rule whose limit changes has an entry for each limit.
type DatedRule struct {
	Code   string    // of the rule; entries of one code follow each other
	Clause string    // where it is written
	Source string    // where its days were read
	By     DatedBy   // what has to happen on a day for the rule to apply
	From   time.Time // first day, midnight UTC; zero: since ever
	Until  time.Time // first day on which it no longer holds; zero: no end is known
	Limit  int       // longest lifetime in days, or shortest RSA key in bits; 0: the rule has no number
}

// DatedBy is what happens to a certificate, or is done with a key, on the day that a rule goes by.
type DatedBy string

// What rules go by.
const (
	ByIssue DatedBy = "issue" // a certificate is issued (notBefore)
	ByEnd   DatedBy = "end"   // a certificate ends (notAfter)
	ByOrder DatedBy = "order" // a certificate is ordered
)

// Codes of dated rules that are spoken of before they hold.
const (
	RSAIssue        = "rsa_issue"
	RSAEnd          = "rsa_end"
	RSAOrder        = "rsa_order"
	ClientAuth      = "client_auth"
	BrowserValidity = "browser_validity"
)

// datedRules is every rule that changes by date, and the one place where their days are written: the tables of rules
// take theirs from here. TS 119 312 V2.1.1 is of June 2026, on a day that is not known: certificates of that month are
// not held to it.
var datedRules = []DatedRule{
	{
		Code:   RSAIssue,
		Clause: "TS 119 312 V2.1.1 clause 8.4",
		Source: "pkilint pull request 201",
		By:     ByIssue,
		From:   date(2027, 1, 1),
		Limit:  3000,
	},
	{
		Code:   RSAEnd,
		Clause: "TS 119 312 V2.1.1 clause 8.4",
		Source: "pkilint pull request 201",
		By:     ByEnd,
		From:   date(2029, 1, 1),
		Limit:  3000,
	},
	{
		Code:   RSAOrder,
		Clause: "TS 119 312 V2.1.1 clause 8.4",
		Source: "pkilint pull request 201",
		By:     ByOrder,
		From:   date(2027, 1, 1),
		Limit:  3000,
	},
	{
		Code:   "rsa_announced",
		Clause: "TS 119 312 V2.1.1 clause 8.4",
		Source: "pkilint pull request 201",
		By:     ByIssue,
		From:   date(2026, 7, 1),
		Until:  date(2027, 1, 1),
		Limit:  3000,
	},
	{
		Code:   BrowserValidity,
		Clause: "CA/Browser Forum BR section 6.3.2",
		Source: "ballot 193",
		By:     ByIssue,
		From:   date(2018, 3, 1),
		Until:  date(2020, 9, 1),
		Limit:  825,
	},
	{
		Code:   BrowserValidity,
		Clause: "CA/Browser Forum BR section 6.3.2",
		Source: "rules of the root programmes",
		By:     ByIssue,
		From:   date(2020, 9, 1),
		Until:  date(2026, 3, 15),
		Limit:  398,
	},
	{
		Code:   BrowserValidity,
		Clause: "CA/Browser Forum BR section 6.3.2",
		Source: "ballot SC-081v3",
		By:     ByIssue,
		From:   date(2026, 3, 15),
		Until:  date(2027, 3, 15),
		Limit:  200,
	},
	{
		Code:   BrowserValidity,
		Clause: "CA/Browser Forum BR section 6.3.2",
		Source: "ballot SC-081v3",
		By:     ByIssue,
		From:   date(2027, 3, 15),
		Until:  date(2029, 3, 15),
		Limit:  100,
	},
	{
		Code:   BrowserValidity,
		Clause: "CA/Browser Forum BR section 6.3.2",
		Source: "ballot SC-081v3",
		By:     ByIssue,
		From:   date(2029, 3, 15),
		Limit:  47,
	},
	{
		Code:   ClientAuth,
		Clause: "Chrome Root Program Policy 1.8",
		Source: "reports on the policy",
		By:     ByIssue,
		From:   date(2027, 3, 15),
	},
	{
		Code:   "browser_unit",
		Clause: "CA/Browser Forum BR section 7.1.2.7.4",
		Source: "the section",
		By:     ByIssue,
		From:   date(2022, 9, 1),
	},
	{
		Code:   "browser_profile",
		Clause: "CA/Browser Forum BR section 7.1.2.7",
		Source: "the section",
		By:     ByIssue,
		From:   date(2023, 9, 15),
	},
	{
		Code:   "psd_identifier_shall",
		Clause: "TS 119 495 V1.4.1 clause 5.2.1",
		Source: "zlint",
		By:     ByIssue,
		Until:  date(2021, 4, 1),
	},
	{
		Code:   "psd_identifier_should",
		Clause: "TS 119 495 V1.5.1 GEN-5.2.1-3",
		Source: "pkilint",
		By:     ByIssue,
		From:   date(2021, 4, 1),
	},
}

// DatedRules returns every rule that changes by date.
func DatedRules() []DatedRule { return slices.Clone(datedRules) }

// dated returns the first entry of a code.
func dated(code string) DatedRule {
	return datedRules[slices.IndexFunc(datedRules, func(r DatedRule) bool { return r.Code == code })]
}

// datedOn returns the entry of a code that holds at a moment; ok is false where none does.
func datedOn(code string, at time.Time) (rule DatedRule, ok bool) {
	i := slices.IndexFunc(datedRules, func(r DatedRule) bool { return r.Code == code && r.Holds(at) })
	if i < 0 {
		return DatedRule{}, false
	}
	return datedRules[i], true
}

// Holds reports whether the rule applies to what happens at a moment. The dates in certificates are read in UTC: where
// the clocks are ahead of it, as in almost all of the Union, a certificate of the last minutes is given the benefit.
func (r DatedRule) Holds(at time.Time) bool {
	return !at.Before(r.From) && (r.Until.IsZero() || at.Before(r.Until))
}

// HoldsOn reports the same by the calendar of a place: the day it is there at a moment.
func (r DatedRule) HoldsOn(at time.Time, zone *time.Location) bool {
	y, m, d := at.In(zone).Date()
	return r.Holds(date(y, m, d))
}
