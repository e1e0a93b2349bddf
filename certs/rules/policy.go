package rules

import (
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
)

// Certificate policies of EN 319 411-2 clause 5.3 and what QcType goes with them.
const (
	policyPrefix = "0.4.0.194112.1."
	policyPSD2   = "0.4.0.19495.3.1" // QCP-w-psd2
)

var policyNames = map[string]string{
	"0.4.0.194112.1.0": "QCP-n",
	"0.4.0.194112.1.1": "QCP-l",
	"0.4.0.194112.1.2": "QCP-n-qscd",
	"0.4.0.194112.1.3": "QCP-l-qscd",
	"0.4.0.194112.1.4": "QEVCP-w",
	"0.4.0.194112.1.5": "QNCP-w",
	"0.4.0.194112.1.6": "QNCP-w-gen",
	policyPSD2:         "QCP-w-psd2",
	"0.4.0.2042.1.1":   "NCP",
	"0.4.0.2042.1.2":   "NCP+",
	"0.4.0.2042.1.3":   "LCP",
	"0.4.0.2042.1.4":   "EVCP",
	"0.4.0.2042.1.6":   "DVCP",
	"0.4.0.2042.1.7":   "OVCP",
	"0.4.0.2042.1.8":   "IVCP",
	"2.23.140.1.1":     "CA/B EV",
	"2.23.140.1.2.1":   "CA/B DV",
	"2.23.140.1.2.2":   "CA/B OV",
	"2.23.140.1.2.3":   "CA/B IV",
}

// PolicyName returns the name people know a policy by, its OID for others.
func PolicyName(oid string) string {
	if name, ok := policyNames[oid]; ok {
		return name
	}
	return oid
}

var policyKinds = map[string]certs.Kind{
	"0.4.0.194112.1.0": certs.QESign,
	"0.4.0.194112.1.2": certs.QESign,
	"0.4.0.194112.1.1": certs.QSealC,
	"0.4.0.194112.1.3": certs.QSealC,
	"0.4.0.194112.1.4": certs.QWAC,
	"0.4.0.194112.1.5": certs.QWAC,
	"0.4.0.194112.1.6": certs.QWAC,
	policyPSD2:         certs.QWAC,
}

var policyRules = []rule{
	{
		code:     "policy_contradicts_type",
		severity: SeverityError,
		clause:   "EN 319 412-2 QCS-5.2-2",
		basis:    pkilint,
		of:       qualified,
		message:  "Its policy %s is for a different kind of certificate from its QcType.",
		remedy:   "Ask the issuer which of the two is meant and for a correct certificate.",
		check: func(s *subject) []args {
			var wrong []string
			for _, p := range s.Policies {
				if kind, ok := policyKinds[p]; ok && p != policyPSD2 && kind != s.Kind && s.Kind != certs.Other {
					wrong = append(wrong, PolicyName(p))
				}
			}
			return each(wrong)
		},
	},
	{
		code:     "policy_psd2_not_web",
		severity: SeverityWarning,
		clause:   "TS 119 495 OVR-6.1-3",
		basis:    pkilint,
		of:       notTransport,
		message:  "It carries the policy QCP-w-psd2, which is for website certificates.",
		remedy:   "Tell the issuer.",
		check:    func(s *subject) []args { return found(slices.Contains(s.Policies, policyPSD2)) },
	},
	{
		code:     "policy_several",
		severity: SeverityWarning,
		clause:   "EN 319 412-2 QCS-5.2-1",
		basis:    pkilint,
		of:       qualified,
		message:  "It carries several policies of which only one can hold: %s.",
		remedy:   "Tell the issuer.",
		check: func(s *subject) []args {
			names := s.qualifiedPolicies()
			return found(len(names) > 1, enumerate(names))
		},
	},
	{
		code:     "policies_missing",
		severity: SeverityWarning,
		clause:   "EN 319 412-2 GEN-4.3.3-2",
		basis:    pkilint,
		of:       qualified,
		message:  "It does not say under which policy it was issued.",
		remedy:   "Ask the issuer for a correct certificate.",
		check:    func(s *subject) []args { return found(len(s.Policies) == 0) },
	},
	{
		code:     "policy_not_etsi",
		severity: SeverityWarning,
		clause:   "EN 319 412-2 QCS-5.2-1",
		basis:    pkilint,
		of:       qualified,
		message:  "None of its policies is one of ETSI's for qualified certificates.",
		remedy:   "No action is needed if the issuer's own policy says the same; banks read the QcStatements.",
		check: func(s *subject) []args {
			known := len(s.qualifiedPolicies()) > 0 || slices.Contains(s.Policies, policyPSD2)
			return found(len(s.Policies) > 0 && !known)
		},
	},
	{
		code:     "policy_psd2_alone",
		severity: SeverityNotice,
		clause:   "TS 119 495 OVR-6.1-3",
		basis:    pkilint,
		of:       transport,
		message:  "It carries QCP-w-psd2, but not the QEVCP-w or QNCP-w that this policy adds to.",
		remedy:   "No action is needed: banks read the QcStatements.",
		check: func(s *subject) []args {
			return found(slices.Contains(s.Policies, policyPSD2) && len(s.qualifiedPolicies()) == 0)
		},
	},
	{
		code:     "policy_general",
		severity: SeverityNotice,
		clause:   "EN 319 411-2 clause 5.3",
		of:       transport,
		message: "It was issued under QNCP-w-gen, a policy without the rules of the browser programmes: browsers " +
			"may not trust it.",
		remedy: "Nothing has to be done.",
		check:  func(s *subject) []args { return found(slices.Contains(s.Policies, "0.4.0.194112.1.6")) },
	},
	{
		code:     "sscd_policy_mismatch",
		severity: SeverityWarning,
		clause:   "EN 319 412-5 QCS-5-01",
		basis:    pkilint,
		of:       qualified,
		message:  "Its policy says that the key is in a qualified device, but its QcStatements do not.",
		remedy:   "Tell the issuer.",
		check: func(s *subject) []args {
			return found(!s.QC.SSCD && (slices.Contains(s.Policies, "0.4.0.194112.1.2") || slices.Contains(s.Policies,
				"0.4.0.194112.1.3")))
		},
	},
}

func (s *subject) qualifiedPolicies() []string {
	var names []string
	for _, p := range s.Policies {
		if strings.HasPrefix(p, policyPrefix) {
			names = append(names, PolicyName(p))
		}
	}
	return names
}
