package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/internal/text"
)

// pairRule is one thing a QWAC and a QSealC of one bundle have to have in common.
type pairRule struct {
	code     string
	severity Severity
	clause   string
	basis    Basis // as of a rule
	message  string
	remedy   string
	check    func(qwac, qsealc *certs.Certificate, at time.Time) []args
}

var pairRules = []pairRule{
	{
		code:     "pair_qwac_kind",
		severity: SeverityError,
		clause:   "EN 319 412-5 clause 4.2.3",
		basis:    pkilint,
		message:  "The certificate given as QWAC is not one: its kind is %s.",
		remedy:   "Choose a QWAC for the connection.",
		check: func(qwac, _ *certs.Certificate, _ time.Time) []args {
			return found(qwac.Kind != certs.QWAC, string(qwac.Kind))
		},
	},
	{
		code:     "pair_qsealc_kind",
		severity: SeverityError,
		clause:   "EN 319 412-5 clause 4.2.3",
		basis:    pkilint,
		message:  "The certificate given as QSealC is not one: its kind is %s.",
		remedy:   "Choose a QSealC for signatures.",
		check: func(_, qsealc *certs.Certificate, _ time.Time) []args {
			return found(qsealc.Kind != certs.QSealC, string(qsealc.Kind))
		},
	},
	{
		code:     "pair_organization",
		severity: SeverityError,
		clause:   "RTS 2018/389 Article 34(1)",
		basis:    eba,
		message:  "The two belong to different organizations: the QWAC to %q, the QSealC to %q.",
		remedy:   "Use two certificates of the same organization.",
		check: func(a, b *certs.Certificate, _ time.Time) []args {
			return found(a.OrganizationIdentifier != b.OrganizationIdentifier, orNone(a.OrganizationIdentifier),
				orNone(b.OrganizationIdentifier))
		},
	},
	{
		code:     "pair_organization_name",
		severity: SeverityNotice,
		clause:   "good practice",
		message:  "The two name the organization differently: %q and %q.",
		remedy:   "Check that both are yours.",
		check: func(a, b *certs.Certificate, _ time.Time) []args {
			one, two := a.SubjectName.Organization(), b.SubjectName.Organization()
			return found(a.OrganizationIdentifier == b.OrganizationIdentifier && one != two, one, two)
		},
	},
	{
		code:     "pair_roles",
		severity: SeverityWarning,
		clause:   "RTS 2018/389 Article 34(3)(a)",
		basis:    eba,
		message:  "The two have different roles: the QWAC %s, the QSealC %s.",
		remedy:   "Have both issued with the same roles.",
		check: func(a, b *certs.Certificate, _ time.Time) []args {
			one, two := sortedRoles(a), sortedRoles(b)
			return found(!slices.Equal(one, two), enumerate(one), enumerate(two))
		},
	},
	{
		code:     "pair_authority",
		severity: SeverityNotice,
		clause:   "RTS 2018/389 Article 34(3)(b)",
		message:  "The two name different authorities: %s and %s.",
		remedy:   "Have both issued for the same authority.",
		check: func(a, b *certs.Certificate, _ time.Time) []args {
			return found(a.PSD2 != nil && b.PSD2 != nil && ncaIDOf(a) != ncaIDOf(b), ncaIDOf(a), ncaIDOf(b))
		},
	},
	{
		code:     "pair_same_key",
		severity: SeverityNotice,
		clause:   "good practice",
		message:  "Both are for the same key; one that connects and one that signs should have their own.",
		remedy:   "Generate a key of its own for the next QSealC.",
		check:    func(a, b *certs.Certificate, _ time.Time) []args { return found(a.SameKey(b)) },
	},
	{
		code:     "pair_no_common_validity",
		severity: SeverityError,
		clause:   "RFC 5280 section 4.1.2.5",
		basis:    inText,
		message:  "The two are never valid at the same time.",
		remedy:   "Replace the older of the two.",
		check: func(a, b *certs.Certificate, _ time.Time) []args {
			return found(!a.NotAfter.IsZero() && a.NotAfter.Before(b.NotBefore) ||
				!b.NotAfter.IsZero() && b.NotAfter.Before(a.NotBefore))
		},
	},
	{
		code:     "pair_ends_earlier",
		severity: SeverityNotice,
		clause:   "RFC 5280 section 4.1.2.5",
		basis:    inText,
		message:  "The %s expires %s days before the other, on %s: the pair works until then.",
		remedy:   "Renew both together, so that banks are moved once.",
		check:    endsEarlier,
	},
}

// JudgePair says what keeps a QWAC and a QSealC from serving in one bundle,
// beyond what [Judge] says about each of them.
func JudgePair(qwac, qsealc *certs.Certificate, at time.Time) []Finding {
	findings := []Finding{}
	for _, r := range pairRules {
		for _, a := range r.check(qwac, qsealc, at) {
			findings = append(findings, finding(r.code, r.severity, r.clause, r.message, r.remedy, a))
		}
	}
	slices.SortStableFunc(findings, func(a, b Finding) int { return a.Severity.rank() - b.Severity.rank() })
	return findings
}

// endsEarlier speaks up when a week or more lies between the two ends.
func endsEarlier(qwac, qsealc *certs.Certificate, _ time.Time) []args {
	first, name, gap := qwac, "QWAC", certs.Days(qwac.NotAfter, qsealc.NotAfter)
	if gap < 0 {
		first, name, gap = qsealc, "QSealC", -gap
	}
	return found(!first.NotAfter.IsZero() && gap >= 7, name, fmt.Sprint(gap), text.Day(first.NotAfter))
}

func sortedRoles(c *certs.Certificate) []string {
	names := certs.RoleNames(c)
	slices.Sort(names)
	return slices.Compact(names)
}

func ncaIDOf(c *certs.Certificate) string {
	if c.PSD2 == nil {
		return ""
	}
	_, id := c.PSD2.NameAndID()
	return id
}

func orNone(s string) string {
	if strings.TrimSpace(s) == "" {
		return "none"
	}
	return s
}
