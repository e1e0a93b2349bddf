package rules

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
)

var keyRules = []rule{
	{
		code:     "not_usable_for_tls",
		severity: SeverityError,
		clause:   "RFC 5280, as crypto/x509 of Go reads it",
		basis:    observed,
		message:  "The TLS software in use here refuses it, so it cannot be presented to a bank (%s).",
		remedy:   "Ask the issuer for a certificate that complies with RFC 5280, for an RSA key or an ECDSA P-256 key.",
		check:    func(s *subject) []args { return found(s.X509 == nil, s.Refusal) },
	},
	{
		code:     "weak_key",
		severity: SeverityError,
		clause:   "CA/Browser Forum BR section 6.1.5; TS 119 312 clause 8.4",
		basis:    inText,
		message:  "Its %s key of %s bits is too weak.",
		remedy:   "Have a certificate issued for an RSA key of 3072 bits or an ECDSA P-256 key.",
		check: func(s *subject) []args {
			bits, minimum := s.Key.Bits, 256
			if strings.HasPrefix(s.Key.Algorithm, "RSA") {
				minimum = 2048
			}
			return found(bits > 0 && bits < minimum, s.Key.Algorithm, strconv.Itoa(bits))
		},
	},
	{
		code:     "key_algorithm",
		severity: SeverityWarning,
		clause:   "EN 319 412-2 GEN-4.2.5-1; CA/Browser Forum BR section 6.1.5",
		basis:    pkilint,
		message:  "Its key is neither RSA nor ECDSA (%s) and cannot be used here.",
		remedy:   "Have a certificate issued for an RSA or ECDSA key.",
		check: func(s *subject) []args {
			known := []string{"RSA", "RSA-PSS", "ECDSA", "Ed25519"}
			return found(!slices.Contains(known, s.Key.Algorithm), s.Key.Algorithm)
		},
	},
	{
		code:     "curve_not_listed",
		severity: SeverityWarning,
		clause:   "EN 319 412-2 GEN-4.2.5-1",
		basis:    pkilint,
		message:  "Its key is on the curve %s, which is not among the recommended ones.",
		remedy:   "Have a certificate issued for an ECDSA P-256 key.",
		check: func(s *subject) []args {
			listed := strings.HasPrefix(s.Key.Curve, "brainpool") || slices.Contains([]string{
				"P-256",
				"P-384",
				"P-521",
			}, s.Key.Curve)
			return found(s.Key.Algorithm == "ECDSA" && !listed, s.Key.Curve)
		},
	},
	{
		code:     "rsa_exponent",
		severity: SeverityWarning,
		clause:   "TS 119 312 clause 6.2.2.1",
		basis:    pkilint,
		message:  "The public exponent of its RSA key, %s, is not an odd number between 2^16 and 2^256.",
		remedy:   "Have a certificate issued for a key with exponent 65537.",
		check:    func(s *subject) []args { return found(badExponent(s.Key), s.Key.Exponent) },
	},
	{
		code:     "weak_signature",
		severity: SeverityError,
		clause:   "CA/Browser Forum BR section 7.1.3.2.1; EN 319 412-2 GEN-4.2.2-1",
		basis:    inText,
		message:  "The issuer signed it with %s, which is broken.",
		remedy:   "Ask the issuer for a certificate signed with SHA-256.",
		check: func(s *subject) []args {
			weak := strings.HasPrefix(s.SignatureAlgorithm, "MD") || strings.HasPrefix(s.SignatureAlgorithm, "SHA1-")
			return found(weak && !s.SelfIssued(), s.SignatureAlgorithm) // nobody relies on a root's signature of itself
		},
	},
	{
		code:     "rsa_pss_key",
		severity: SeverityWarning,
		clause:   "RFC 8446 section 4.2.3; crypto/x509 of Go",
		basis:    observed,
		of:       payment,
		message: "Its key may be used with RSA-PSS only; TLS software such as this program's cannot use such a " +
			"certificate.",
		remedy: "Have a certificate issued for an ordinary RSA key (rsaEncryption).",
		check:  func(s *subject) []args { return found(s.Key.Algorithm == "RSA-PSS") },
	},
	{
		code:     "ed25519_key",
		severity: SeverityWarning,
		clause:   "EN 319 412-2 GEN-4.2.5-1",
		basis:    pkilint,
		of:       payment,
		message:  "Its key is Ed25519, which is not among the recommended kinds.",
		remedy:   "Have a certificate issued for an RSA or ECDSA key.",
		check:    func(s *subject) []args { return found(s.Key.Algorithm == "Ed25519") },
	},
	{
		code:     "browser_curve",
		severity: SeverityWarning,
		clause:   "CA/Browser Forum BR section 6.1.5",
		basis:    inText,
		of:       transport,
		message:  "Its key is on the curve %s, which certificates under CA/Browser Forum rules may not use.",
		remedy:   "Have a certificate issued for an ECDSA P-256 key.",
		check: func(s *subject) []args {
			return found(s.ForBrowsers() && strings.HasPrefix(s.Key.Curve, "brainpool"), s.Key.Curve)
		},
	},
}

func badExponent(k certs.PublicKeyInfo) bool {
	if k.Exponent == "" {
		return false
	}
	e, ok := new(big.Int).SetString(k.Exponent, 10)
	return !ok || e.Sign() <= 0 || e.Bit(0) == 0 || e.BitLen() < 17 || e.BitLen() > 256
}
