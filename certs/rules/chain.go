package rules

import (
	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/internal/text"
)

var chainRules = []rule{
	{
		code:     "self_signed",
		severity: SeverityError,
		clause:   "Regulation (EU) 910/2014 Article 3(30) and (39)",
		basis:    inCPS,
		of:       payment,
		message:  "It is self-signed; no trust service provider issued it.",
		remedy:   "Get a certificate from a qualified trust service provider.",
		check:    func(s *subject) []args { return found(s.SelfIssued()) },
	},
	{
		code:     "chain_broken",
		severity: SeverityError,
		clause:   "RFC 5280 section 6.1; RFC 8446 section 4.4.2",
		basis:    inText,
		of:       anyLeaf,
		message:  "The certificate given as issuer, %s, did not issue %s.",
		remedy:   "Give the issuing certificates in order, from the one that issued yours upwards.",
		check: func(s *subject) []args {
			current := s.Certificate
			for _, issuer := range s.chain {
				if !certs.IssuedBy(current, issuer) {
					return []args{{issuer.ShortName(), current.ShortName()}}
				}
				current = issuer
			}
			return nil
		},
	},
	{
		code:     "issuer_expired",
		severity: SeverityError,
		clause:   "RFC 5280 section 6.1.3",
		basis:    inText,
		of:       anyLeaf,
		message:  "The issuing certificate %s expired on %s.",
		remedy: "Give the issuer's current certificate; if this one is stored, complete its chain. A new one may be " +
			"needed.",
		check: func(s *subject) []args {
			var all []args
			for _, issuer := range s.chain {
				if !issuer.NotAfter.IsZero() && s.at.After(issuer.NotAfter) {
					all = append(all, args{issuer.ShortName(), text.Day(issuer.NotAfter)})
				}
			}
			return all
		},
	},
	{
		code:     "issuer_not_ca",
		severity: SeverityError,
		clause:   "RFC 5280 section 4.2.1.9",
		basis:    inText,
		of:       anyLeaf,
		message:  "The certificate given as issuer, %s, must not issue certificates.",
		remedy:   "Give the certificates of the issuer.",
		check: func(s *subject) []args {
			var all []args
			for _, issuer := range s.chain {
				if !issuer.IsCA {
					all = append(all, args{issuer.ShortName()})
				}
			}
			return all
		},
	},
	{
		code:     "chain_incomplete",
		severity: SeverityWarning,
		clause:   "RFC 8446 section 4.4.2",
		basis:    inText,
		of:       payment,
		message:  "The certificate of its issuer, %s, was not given: a bank may not be able to trace it.",
		remedy:   "Add the issuing certificate, which its issuer publishes; if this one is stored, complete its chain.",
		check: func(s *subject) []args {
			return found(len(s.chain) == 0 && !s.SelfIssued(), s.ShortIssuerName())
		},
	},
}
