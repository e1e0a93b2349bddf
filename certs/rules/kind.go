package rules

import (
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/internal/oids"
	"github.com/sealkeeper/sealkeeper/certs/internal/text"
)

var kindRules = []rule{
	{
		code:     "not_eidas",
		severity: SeverityError,
		clause:   "EN 319 412-5 QCS-5-01",
		basis:    pkilint,
		of:       untyped,
		message:  "It is not a qualified certificate: it has no QcStatements.",
		remedy:   "Give the QWAC or QSealC that your trust service provider issued.",
		check:    func(s *subject) []args { return found(!s.QC.Present) },
	},
	{
		code:     "qctype_missing",
		severity: SeverityError,
		clause:   "EN 319 412-5 QCS-5-01 and clause 4.2.3",
		basis:    pkilint,
		of:       untyped,
		message:  "It does not say what it is for (no QcType), so it is neither a QWAC nor a QSealC.",
		remedy:   "Ask the issuer for a certificate with QcType.",
		check:    func(s *subject) []args { return found(s.QC.Present) },
	},
	{
		code:     "qctype_several",
		severity: SeverityError,
		clause:   "EN 319 412-5 clause 4.2.3",
		basis:    pkilint,
		of:       anyLeaf,
		message:  "It claims to be of several kinds at once (QcType); only one is allowed.",
		remedy:   "Ask the issuer for a certificate with one QcType.",
		check:    func(s *subject) []args { return found(len(s.QC.Types) > 1) },
	},
	{
		code:     "qctype_unknown",
		severity: SeverityWarning,
		clause:   "EN 319 412-5 clause 4.2.3",
		basis:    zlint,
		of:       anyLeaf,
		message:  "It has a QcType that is not known: %s.",
		remedy:   "Ask the issuer what it means.",
		check: func(s *subject) []args {
			var unknown []string
			for _, t := range s.QC.Types {
				if t != oids.TypeWeb && t != oids.TypeSeal && t != oids.TypeSign {
					unknown = append(unknown, t)
				}
			}
			return each(unknown)
		},
	},
	{
		code:     "qc_critical",
		severity: SeverityError,
		clause:   "EN 319 412-5 QCS-4.1-02",
		basis:    pkilint,
		message:  "Its QcStatements are marked critical: software that does not understand them must reject it.",
		remedy:   "Ask the issuer for a correct certificate.",
		check:    func(s *subject) []args { return found(s.QC.Critical) },
	},
	{
		code:     "sscd_in_qwac",
		severity: SeverityError,
		clause:   "EN 319 412-5 QCS-5-01",
		basis:    pkilint,
		of:       transport,
		message:  "It claims that its key is in a qualified signature device, which a QWAC must not claim.",
		remedy:   "Ask the issuer for a correct certificate.",
		check:    func(s *subject) []args { return found(s.QC.SSCD) },
	},
	{
		code:     "not_qualified",
		severity: SeverityWarning,
		clause:   "RTS 2018/389 Article 34(1); EN 319 412-5 QCS-5-01",
		basis:    eba,
		of:       payment,
		message: "It does not claim to be an EU qualified certificate (no QcCompliance), and payment firms " +
			"identify themselves with qualified ones.",
		remedy: "Use it for sandboxes; for live banks get a qualified one.",
		check:  func(s *subject) []args { return found(!s.QC.Compliance) },
	},
	{
		code:     "not_eu",
		severity: SeverityWarning,
		clause:   "EN 319 412-5 clause 4.2.4",
		basis:    pkilint,
		of:       qualified,
		message:  "It is qualified under the law of %s, so it is not an EU qualified certificate.",
		remedy:   "For EU banks get an EU qualified certificate.",
		check:    func(s *subject) []args { return found(len(s.QC.Legislation) > 0, enumerate(s.QC.Legislation)) },
	},
	{
		code:     "legislation_country",
		severity: SeverityWarning,
		clause:   "EN 319 412-5 clause 4.2.4",
		basis:    pkilint,
		message:  "Its QcStatements name a country that does not exist: %s.",
		remedy:   "Tell the issuer.",
		check: func(s *subject) []args {
			unknown := slices.Concat(s.QC.Legislation, s.QC.QSCDLegislation)
			return each(slices.DeleteFunc(unknown, text.IsCountry))
		},
	},
	{
		code:     "pds_missing",
		severity: SeverityNotice,
		clause:   "EN 319 412-5 clause 4.3.4",
		of:       qualified,
		message:  "It does not say where its disclosure statement is (no QcPDS).",
		remedy:   "Nothing has to be done.",
		check:    func(s *subject) []args { return found(s.QC.Present && len(s.QC.PDS) == 0) },
	},
	{
		code:     "pds_not_english",
		severity: SeverityWarning,
		clause:   "EN 319 412-5 clause 4.3.4",
		basis:    zlint,
		of:       qualified,
		message:  "None of its disclosure statements is in English.",
		remedy:   "Tell the issuer.",
		check: func(s *subject) []args {
			english := slices.ContainsFunc(s.QC.PDS, func(p certs.PDS) bool {
				return strings.EqualFold(p.Language, "en")
			})
			return found(len(s.QC.PDS) > 0 && !english)
		},
	},
	{
		code:     "pds_not_https",
		severity: SeverityWarning,
		clause:   "EN 319 412-5 QCS-4.3.4-03",
		basis:    zlint,
		of:       qualified,
		message:  "Its disclosure statement is not at an https address: %s.",
		remedy:   "Tell the issuer; banks do not look at it.",
		check: func(s *subject) []args {
			var plain []string
			for _, p := range s.QC.PDS {
				if !strings.HasPrefix(strings.ToLower(p.URL), "https://") {
					plain = append(plain, p.URL)
				}
			}
			return each(plain)
		},
	},
	{
		code:     "pds_language",
		severity: SeverityNotice,
		clause:   "EN 319 412-5 clause 4.3.4; ISO 639-1",
		basis:    zlint,
		of:       qualified,
		message:  "The language of a disclosure statement is written %q instead of two lower-case letters.",
		remedy:   "Nothing has to be done.",
		check: func(s *subject) []args {
			var odd []string
			for _, p := range s.QC.PDS {
				if len(p.Language) != 2 || p.Language != strings.ToLower(p.Language) {
					odd = append(odd, p.Language)
				}
			}
			return each(odd)
		},
	},
	{
		code:     "pds_repeated",
		severity: SeverityWarning,
		clause:   "EN 319 412-5 clause 4.3.4",
		basis:    zlint,
		of:       qualified,
		message:  "It names two disclosure statements in the language %q.",
		remedy:   "Tell the issuer.",
		check: func(s *subject) []args {
			var languages []string
			for _, p := range s.QC.PDS {
				languages = append(languages, strings.ToLower(p.Language))
			}
			return each(text.Repeated(languages))
		},
	},
	{
		code:     "limit_currency",
		severity: SeverityWarning,
		clause:   "EN 319 412-5 QCS-4.3.2-01",
		basis:    pkilint,
		message:  "Its transaction limit is in %q, which is not an ISO 4217 currency code.",
		remedy:   "Tell the issuer.",
		check: func(s *subject) []args {
			l := s.QC.Limit
			return found(l != nil && !isCurrency(l.Currency), currencyOf(l))
		},
	},
	{
		code:     "limit_numeric",
		severity: SeverityNotice,
		clause:   "EN 319 412-5 QCS-4.3.2-02",
		basis:    pkilint,
		message:  "The currency of its transaction limit is the number %s; three letters are recommended.",
		remedy:   "Nothing has to be done.",
		check: func(s *subject) []args {
			code := currencyOf(s.QC.Limit)
			return found(code != "" && strings.Trim(code, "0123456789") == "", code)
		},
	},
}

// currencies are the letter codes of ISO 4217 that are in use.
const currencies = " AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD " +
	"CDF CHF CLP CNY COP" +
	" CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR " +
	"ILS INR IQD IRR ISK JMD" +
	" JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR " +
	"MWK MXN MYR MZN NAD NGN" +
	" NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD " +
	"SSP STN SYP SZL THB TJS" +
	" TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG BGN HRK LTL " +
	"LVL EEK SKK "

// isCurrency accepts a known code of three letters, or a number from 1 to 999.
func isCurrency(code string) bool {
	letters := len(code) == 3 && strings.Contains(currencies, " "+code+" ")
	number := len(code) >= 1 && len(code) <= 3 && strings.Trim(code, "0123456789") == "" && strings.Trim(code,
		"0") != ""
	return letters || number
}

func currencyOf(l *certs.LimitValue) string {
	if l == nil {
		return ""
	}
	return l.Currency
}
