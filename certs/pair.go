package certs

import "time"

// JudgePair says what keeps a QWAC and a QSealC from serving in one bundle,
// beyond what is wrong with each of them.
func JudgePair(qwac, qsealc *Certificate, at time.Time) []Finding {
	findings := []Finding{}
	if qwac.OrganizationIdentifier != qsealc.OrganizationIdentifier {
		findings = append(findings, Finding{
			Code: "pair_organization", Severity: SeverityError, Clause: "TS 119 495 clause 5.2.1",
			Message: "The two certificates are of different organizations: " + qwac.OrganizationIdentifier + " and " + qsealc.OrganizationIdentifier + ".",
			Remedy:  "Use a QWAC and a QSealC of the same organization.",
		})
	}
	return findings
}
