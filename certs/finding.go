package certs

import (
	"fmt"
	"time"
)

// Severity is how much a finding matters.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"   // a bank will or must refuse
	SeverityWarning Severity = "warning" // will trouble somebody; look at it
	SeverityNotice  Severity = "notice"  // good to know
)

// Finding is one result of one rule.
type Finding struct {
	Code     string   `json:"code"` // stable; catalogues of other languages are keyed by it
	Severity Severity `json:"severity"`
	Clause   string   `json:"clause"` // where the rule comes from
	Message  string   `json:"message"`
	Remedy   string   `json:"remedy"`         // what to do
	Args     []string `json:"args,omitempty"` // the values in Message, in order
}

// rule is one thing a certificate must, should or had better be.
type rule struct {
	code     string
	severity Severity
	clause   string
	since    time.Time // certificates issued before are not judged by it
	message  string    // with %s for each argument
	remedy   string
	check    func(s *subject) []args
}

// args are the values of one finding's message; a rule that has nothing to say
// returns none of them.
type args []string

// subject is what rules look at.
type subject struct {
	*Certificate
	chain []*Certificate
	at    time.Time
}

// found is a check's answer when its condition holds.
func found(condition bool, values ...string) []args {
	if !condition {
		return nil
	}
	return []args{values}
}

func (r rule) apply(s *subject) []Finding {
	if s.NotBefore.Before(r.since) {
		return nil
	}
	var findings []Finding
	for _, a := range r.check(s) {
		values := make([]any, len(a))
		for i, v := range a {
			values[i] = v
		}
		findings = append(findings, Finding{
			Code: r.code, Severity: r.severity, Clause: r.clause,
			Message: fmt.Sprintf(r.message, values...), Remedy: r.remedy, Args: a,
		})
	}
	return findings
}

// Judge says what is wrong with a leaf, as the strictest bank would at that
// time, errors first. The chain is the leaf's issuers as they were given, and
// may be empty. Certificates are held to the rules in force when they were
// issued.
func Judge(leaf *Certificate, chain []*Certificate, at time.Time) []Finding {
	s := &subject{Certificate: leaf, chain: chain, at: at}
	findings := []Finding{}
	for _, severity := range []Severity{SeverityError, SeverityWarning, SeverityNotice} {
		for _, r := range rules {
			if r.severity == severity {
				findings = append(findings, r.apply(s)...)
			}
		}
	}
	return findings
}
