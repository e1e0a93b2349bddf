package rules

import (
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs/internal/oids"
	"github.com/sealkeeper/sealkeeper/certs/internal/text"
)

// mandatory are the subject attributes of EN 319 412-3 LEG-4.2.1-2.
var mandatory = []attribute{
	{oids.Country, "country"},
	{oids.Organization, "organization"},
	{oids.OrganizationIdentifier, "organizationIdentifier"},
	{oids.CommonName, "common name"},
}

type attribute struct{ oid, name string }

// compared are the subject attributes that banks and we compare with something else.
var compared = append(slices.Clone(mandatory), attribute{oids.SerialNumber, "serialNumber"})

var subjectRules = []rule{
	{
		code:     "subject_incomplete",
		severity: SeverityError,
		clause:   "EN 319 412-3 LEG-4.2.1-2; TS 119 495 GEN-5.3-3",
		basis:    pkilint,
		of:       payment,
		message:  "Its subject has no %s.",
		remedy:   "Ask the issuer for a correct certificate.",
		check: func(s *subject) []args {
			var missing []string
			for _, a := range mandatory {
				// BR section 7.1.2.7.4 does not want a common name, nor EVG section 7.1.4.2.8 an identifier.
				optional := underBrowserRules(s.Certificate) &&
					(a.oid == oids.CommonName || a.oid == oids.OrganizationIdentifier && s.PSD2 == nil)
				if strings.TrimSpace(s.SubjectName.First(a.oid)) == "" && !optional {
					missing = append(missing, a.name)
				}
			}
			return each(missing)
		},
	},
	{
		code:     "subject_blanks",
		severity: SeverityWarning,
		clause:   "RFC 5280 section 7.1",
		basis:    inText,
		of:       anyLeaf,
		message:  "There are spaces or line breaks around its %s: %q.",
		remedy: "Tell the issuer; software that compares byte by byte takes it for another one. The blanks are left " +
			"out here.",
		check: func(s *subject) []args {
			var all []args
			for _, a := range compared {
				for _, value := range s.SubjectName.All(a.oid) {
					if value != strings.TrimFunc(value, text.IsBlank) {
						all = append(all, args{a.name, value})
					}
				}
			}
			return all
		},
	},
	{
		code:     "subject_repeated",
		severity: SeverityWarning,
		clause:   "EN 319 412-3 LEG-4.2.1-3",
		basis:    pkilint,
		of:       payment,
		message:  "Its subject has more than one %s.",
		remedy:   "Tell the issuer; banks may read either.",
		check: func(s *subject) []args {
			var twice []string
			for _, a := range mandatory {
				if len(s.SubjectName.All(a.oid)) > 1 {
					twice = append(twice, a.name)
				}
			}
			return each(twice)
		},
	},
	{
		code:     "country_unknown",
		severity: SeverityWarning,
		clause:   "EN 319 412-3 LEG-4.2.1-4",
		basis:    pkilint,
		of:       payment,
		message:  "Its country %q is not an assigned country code.",
		remedy:   "Ask the issuer for a correct certificate.",
		check: func(s *subject) []args {
			country := s.SubjectName.Country()
			return found(country != "" && !text.IsCountry(country), country)
		},
	},
	{
		code:     "organization_id_malformed",
		severity: SeverityError,
		clause:   "EN 319 412-1 LEG-5.1.4-02; TS 119 495 GEN-5.2.1-3",
		basis:    pkilint,
		of:       legalIdentifier,
		message:  "Its organizationIdentifier %q is not well formed: %s.",
		remedy:   "Ask the issuer for a correct certificate.",
		check: func(s *subject) []args {
			if s.OrganizationIdentifier == "" || s.orgErr == nil {
				return nil
			}
			return []args{{s.OrganizationIdentifier, s.orgErr.Error()}}
		},
	},
	{
		code:     "organization_id_is_name",
		severity: SeverityWarning,
		clause:   "EN 319 412-3 LEG-4.2.1-6",
		basis:    pkilint,
		of:       payment,
		message:  "Its organizationIdentifier is the name of the organization: %q.",
		remedy:   "Ask the issuer for a correct certificate.",
		check: func(s *subject) []args {
			id := s.OrganizationIdentifier
			return found(id != "" && id == s.SubjectName.Organization(), id)
		},
	},
	{
		code:     "organization_id_national",
		severity: SeverityNotice,
		clause:   "EN 319 412-1 LEG-5.1.4-03",
		basis:    pkilint,
		of:       payment,
		message:  "Its organizationIdentifier %q follows a national scheme.",
		remedy:   "No action is needed if your banks know the scheme.",
		check: func(s *subject) []args {
			return found(s.orgErr == nil && len(s.org.Scheme) == 2, s.OrganizationIdentifier)
		},
	},
	{
		code:     "organization_id_no_authority",
		severity: SeverityWarning,
		clause:   "EN 319 412-1 LEG-5.1.4-05",
		basis:    pkilint,
		of:       legalIdentifier,
		message:  "Its organizationIdentifier follows a national scheme, but nothing in it says who runs the scheme.",
		remedy:   "Tell the issuer: nameRegistrationAuthorities must have a URI.",
		check: func(s *subject) []args {
			return found(s.orgErr == nil && len(s.org.Scheme) == 2 && len(s.QC.Authorities) == 0)
		},
	},
	// The PSD form was "shall" until V1.4.1 and is "should" since V1.5.1.
	{
		code:     "organization_id_not_psd",
		severity: SeverityWarning,
		clause:   "TS 119 495 V1.4.1 clause 5.2.1",
		basis:    zlint,
		of:       openBanking,
		dated:    dated("psd_identifier_shall"),
		message:  "Its organizationIdentifier %s is not a PSD2 authorisation number.",
		remedy:   "Check with each bank that it accepts another identifier.",
		check:    notPSD,
	},
	{
		code:     "organization_id_not_psd",
		severity: SeverityNotice,
		clause:   "TS 119 495 V1.5.1 GEN-5.2.1-3",
		basis:    pkilint,
		of:       openBanking,
		dated:    dated("psd_identifier_should"),
		message:  "Its organizationIdentifier %s is not a PSD2 authorisation number.",
		remedy:   "Check with each bank that it accepts another identifier.",
		check:    notPSD,
	},
	{
		code:     "organization_id_differs",
		severity: SeverityWarning,
		clause:   "CA/Browser Forum EVG section 7.1.2.2 (9.8.2 before 2.0.0)",
		basis:    inText,
		of:       transport,
		message:  "Its subject says %s and its CA/Browser Forum extension %s for the same organization.",
		remedy:   "Ask the issuer for a correct certificate.",
		check: func(s *subject) []args {
			return found(s.CABFOrganizationID != "" && s.CABFOrganizationID != s.OrganizationIdentifier,
				s.OrganizationIdentifier, s.CABFOrganizationID)
		},
	},
	{
		code:     "san_missing",
		severity: SeverityError,
		clause:   "EN 319 412-4 WEB-4.1.3-4",
		basis:    pkilint,
		of:       transport,
		message:  "It names no domain (no subjectAltName).",
		remedy:   "Ask the issuer for a certificate with your domain name.",
		check:    func(s *subject) []args { return found(len(s.DNSNames) == 0 && len(s.IPAddresses) == 0) },
	},
	{
		code:     "san_address",
		severity: SeverityWarning,
		clause:   "CA/Browser Forum EVG section 7.1.2.1 (9.8.1 before 2.0.0)",
		basis:    zlint,
		of:       extended,
		message:  "It is for the address %s; with extended validation only domain names belong there.",
		remedy:   "Tell the issuer.",
		check:    func(s *subject) []args { return each(s.IPAddresses) },
	},
	{
		code:     "san_wildcard",
		severity: SeverityWarning,
		clause:   "CA/Browser Forum EVG section 7.1.2.1 (9.8.1 before 2.0.0)",
		basis:    zlint,
		of:       extended,
		message:  "It is for every name under %s; with extended validation each domain name is written out.",
		remedy:   "Tell the issuer.",
		check: func(s *subject) []args {
			var wild []string
			for _, name := range s.DNSNames {
				if rest, any := strings.CutPrefix(name, "*."); any && !strings.HasSuffix(rest, ".onion") {
					wild = append(wild, rest)
				}
			}
			return each(wild)
		},
	},
	{
		code:     "common_name_not_in_san",
		severity: SeverityWarning,
		clause:   "EN 319 412-4 WEB-4.1.4-2",
		basis:    pkilint,
		of:       transport,
		message:  "Its common name %s is not among its domain names.",
		remedy:   "Ask the issuer for a correct certificate.",
		check: func(s *subject) []args {
			cn := s.SubjectName.CommonName()
			return found(text.IsDomain(cn) && !slices.ContainsFunc(s.DNSNames, func(d string) bool {
				return strings.EqualFold(d, cn)
			}), cn)
		},
	},
	{
		code:     "seal_for_domain",
		severity: SeverityNotice,
		clause:   "EN 319 412-3 clause 4.2.1",
		of:       sealing,
		message:  "Its common name %s is a domain name, as for a website; a seal belongs to an organization.",
		remedy:   "Check that it is the certificate you ordered.",
		check: func(s *subject) []args {
			return found(text.IsDomain(s.SubjectName.CommonName()), s.SubjectName.CommonName())
		},
	},
}

func notPSD(s *subject) []args {
	return found(s.orgErr == nil && s.org.Scheme != "PSD", s.OrganizationIdentifier)
}
