package rules

import (
	"fmt"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
)

// Severity is how much a finding matters.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"   // a bank will or must refuse
	SeverityWarning Severity = "warning" // will trouble somebody; look at it
	SeverityNotice  Severity = "notice"  // good to know
)

// rank orders severities, the worst first.
func (s Severity) rank() int {
	return slices.Index([]Severity{SeverityError, SeverityWarning, SeverityNotice}, s)
}

// Basis is where the clause that a rule stands on was read. ETSI's documents were not at hand, so that many clauses are
// known by what linters quote of them. A rule whose clause was not read is a notice at most.
type Basis string

const (
	inText   Basis = "text"    // the clause itself was read
	pkilint  Basis = "pkilint" // quoted there
	zlint    Basis = "zlint"   // as above
	euDSS    Basis = "EU DSS"  // as above
	eba      Basis = "EBA"     // quoted in answers of the European Banking Authority
	observed Basis = "tried"   // the rule says what this program or arithmetic finds, whatever a clause may say
	inCPS    Basis = "CPS"     // quoted in practice statements of issuers
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
	basis    Basis     // where the clause was read; "" where it was not
	of       scope     // the certificates it is about; nil is every one, CAs too
	dated    DatedRule // certificates issued on other days are not judged by it; zero: it has always held
	message  string    // with %s for each argument
	remedy   string
	check    func(s *subject) []args
}

// args are the values of one finding's message; a rule that has nothing to say
// returns none of them.
type args []string

// subject is what rules look at.
type subject struct {
	*certs.Certificate
	chain  []*certs.Certificate
	at     time.Time
	org    certs.OrganizationID
	orgErr error
}

// found is a check's answer when its condition holds.
func found(condition bool, values ...string) []args {
	if !condition {
		return nil
	}
	return []args{values}
}

// concerns reports whether the rule is about this certificate, by what it is and
// when it was issued.
func (r *rule) concerns(c *certs.Certificate) bool {
	if r.of != nil && (c.IsCA || !r.of(c)) {
		return false
	}
	return r.dated.Holds(c.NotBefore)
}

func (r *rule) apply(s *subject) []Finding {
	if !r.concerns(s.Certificate) {
		return nil
	}
	var findings []Finding
	all := r.check(s)
	for _, a := range all[:min(len(all), maxPerRule)] {
		findings = append(findings, finding(r.code, r.severity, r.clause, r.message, r.remedy, a))
	}
	return findings
}

// maxPerRule is how often a rule speaks about one certificate: nobody reads more.
const maxPerRule = 10

func finding(code string, severity Severity, clause, message, remedy string, a args) Finding {
	values := make([]any, len(a))
	for i, v := range a {
		values[i] = v
	}
	return Finding{
		Code:     code,
		Severity: severity,
		Clause:   clause,
		Message:  fmt.Sprintf(message, values...),
		Remedy:   remedy,
		Args:     a,
	}
}

// Judge says what is wrong with a leaf, as the strictest bank would at that
// time, errors first. The chain is the leaf's issuers as they were given, and
// may be empty. Certificates are held to the rules in force when they were
// issued.
func Judge(leaf *certs.Certificate, chain []*certs.Certificate, at time.Time) []Finding {
	s := &subject{Certificate: leaf, chain: chain, at: at}
	s.org, s.orgErr = certs.ParseOrganizationID(leaf.OrganizationIdentifier)
	findings := []Finding{}
	for i := range leafRules {
		findings = append(findings, leafRules[i].apply(s)...)
	}
	findings = append(findings, deviationFindings(leaf)...)
	slices.SortStableFunc(findings, func(a, b Finding) int { return a.Severity.rank() - b.Severity.rank() })
	return findings
}

// Passed counts the rules that are about a leaf and of which no finding is.
func Passed(leaf *certs.Certificate, findings []Finding) int {
	n := 0
	for i := range leafRules {
		r := &leafRules[i]
		if r.concerns(leaf) && !slices.ContainsFunc(findings, func(f Finding) bool { return f.Code == r.code }) {
			n++
		}
	}
	return n
}

const deviationRemedy = "Tell the issuer; a bank's software may fail to read the certificate's attributes."

// deviationFindings reports where the encoding leaves the standard. The facts
// were read all the same, but other programs may read none or others.
func deviationFindings(c *certs.Certificate) []Finding {
	var findings []Finding
	for i, d := range c.QC.Deviations {
		if slices.Contains(c.QC.Deviations[:i], d) {
			continue
		}
		found := Finding{
			Code:     d.Code,
			Severity: SeverityWarning,
			Clause:   d.Clause,
			Message:  d.Message,
			Remedy:   deviationRemedy,
		}
		if d.About != "" {
			found.Args = []string{d.About}
		}
		findings = append(findings, found)
	}
	return findings
}

// Info describes a rule, for documents and for catalogues of other
// languages. Message has a verb of package fmt for each of a finding's Args.
type Info struct {
	Code     string
	Severity Severity
	Clause   string
	Basis    Basis
	Message  string
	Remedy   string
}

// All describes every rule of [Judge], [JudgePair] and [JudgeCSRKey]. A code that is there
// twice has another severity for certificates of another age.
func All() []Info {
	var all []Info
	for _, r := range leafRules {
		all = append(all, Info{
			Code:     r.code,
			Severity: r.severity,
			Clause:   r.clause,
			Basis:    r.basis,
			Message:  r.message,
			Remedy:   r.remedy,
		})
	}
	for _, r := range pairRules {
		all = append(all, Info{
			Code:     r.code,
			Severity: r.severity,
			Clause:   r.clause,
			Basis:    r.basis,
			Message:  r.message,
			Remedy:   r.remedy,
		})
	}
	return append(all, orderRules...)
}
