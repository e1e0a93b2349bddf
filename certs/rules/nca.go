package rules

import (
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/internal/text"
)

var ncaRules = []rule{
	{
		code:     "nca_missing",
		severity: SeverityError,
		clause:   "TS 119 495 annex A",
		basis:    pkilint,
		message:  "Its PSD2 statement does not name the authority that authorised you, or omits its identifier.",
		remedy:   "Ask the issuer for a correct certificate.",
		check: func(s *subject) []args {
			if s.PSD2 == nil {
				return nil
			}
			name, id := s.PSD2.NameAndID()
			return found(name == "" || id == "")
		},
	},
	{
		code:     "nca_id_malformed",
		severity: SeverityError,
		clause:   "TS 119 495 GEN-5.2.3-2",
		basis:    pkilint,
		message: "Its authority's identifier is %q; it must be a country, a hyphen and 2 to 8 capital letters, such " +
			"as FR-ACPR.",
		remedy: "Ask the issuer for a correct certificate.",
		check: func(s *subject) []args {
			id, ok := s.nca()
			return found(ok && id != "" && (!text.NCAIDForm.MatchString(id) || !text.IsCountry(id[:2])), id)
		},
	},
	{
		code:     "nca_not_applicable",
		severity: SeverityWarning,
		clause:   "TS 119 495 GEN-5.2.3-1A",
		basis:    pkilint,
		message:  "Its authority is NA although it has a role that needs one.",
		remedy:   "Tell the issuer: NA goes with PSP_CB and PSP_PA only.",
		check: func(s *subject) []args {
			return found(s.PSD2 != nil && s.PSD2.NCAID == "NA" && !s.HasRole("PSP_CB") && !s.HasRole("PSP_PA"))
		},
	},
	{
		code:     "nca_blanks",
		severity: SeverityWarning,
		clause:   "TS 119 495 GEN-5.2.3-1 and GEN-5.2.3-2",
		basis:    pkilint,
		message:  "There are spaces or line breaks around its authority's name or identifier.",
		remedy:   "Tell the issuer; a bank that compares the text exactly will not recognise it.",
		check: func(s *subject) []args {
			if s.PSD2 == nil {
				return nil
			}
			name, id := s.PSD2.NameAndID()
			return found(name != s.PSD2.NCAName || id != s.PSD2.NCAID)
		},
	},
	{
		code:     "nca_name_script",
		severity: SeverityWarning,
		clause:   "TS 119 495 GEN-5.2.3-1",
		basis:    pkilint,
		message:  "Its authority's name is not in Latin letters.",
		remedy:   "Tell the issuer.",
		check:    func(s *subject) []args { return found(s.PSD2 != nil && !text.IsLatin(s.PSD2.NCAName)) },
	},
	{
		code:     "nca_id_unknown",
		severity: SeverityWarning,
		clause:   "EBA list of national identification codes, version 4",
		basis:    zlint,
		message:  "Its authority's identifier %s is not on the EBA's list.",
		remedy:   "Check it with the issuer; a bank that uses the list may refuse it.",
		check: func(s *subject) []args {
			id, ok := s.nca()
			_, known := certs.LookupNCA(id)
			return found(ok && text.NCAIDForm.MatchString(id) && !known, id)
		},
	},
	{
		code:     "nca_id_former",
		severity: SeverityNotice,
		clause:   "EBA list of national identification codes, version 4",
		message:  "Its authority's identifier %s is outdated; it is now %s.",
		remedy:   "Ask the issuer to use the current one in the next certificate.",
		check: func(s *subject) []args {
			id, _ := s.nca()
			nca, known := certs.LookupNCA(id)
			return found(known && nca.ID != "" && nca.ID != id, id, nca.ID)
		},
	},
	{
		code:     "nca_not_eu",
		severity: SeverityNotice,
		clause:   "TS 119 495 V1.5.1 clause 1",
		message:  "Its authority %s is outside the European Economic Area.",
		remedy:   "EU banks look for an authority of the EEA.",
		check: func(s *subject) []args {
			id, _ := s.nca()
			nca, known := certs.LookupNCA(id)
			return found(known && nca.ID == "", id)
		},
	},
	{
		code:     "nca_name_other",
		severity: SeverityNotice,
		clause:   "TS 119 495 annex D",
		message:  "It calls the authority %q; the English name for %s is %q.",
		remedy:   "No action is needed if it is the same authority in another language.",
		check: func(s *subject) []args {
			id, _ := s.nca()
			nca, known := certs.LookupNCA(id)
			return found(known && !strings.EqualFold(s.ncaName(), nca.Name), s.ncaName(), id, nca.Name)
		},
	},
	{
		code:     "nca_country",
		severity: SeverityWarning,
		clause:   "TS 119 495 GEN-5.2.3-2; EN 319 412-3 LEG-4.2.1-4",
		basis:    pkilint,
		message:  "Its authority %s is in a different country from your organization (%s).",
		remedy:   "Check that the authority of your home country is meant.",
		check: func(s *subject) []args {
			id, ok := s.nca()
			country := s.SubjectName.Country()
			return found(ok && text.NCAIDForm.MatchString(id) && text.IsCountry(country) && id[:2] != country,
				id, country)
		},
	},
	{
		code:     "nca_differs_from_organization",
		severity: SeverityWarning,
		clause:   "TS 119 495 GEN-5.2.1-3 and GEN-5.2.3-2",
		basis:    pkilint,
		message:  "Its organizationIdentifier names the authority %s, and its PSD2 statement %s.",
		remedy:   "Ask the issuer for a correct certificate.",
		check: func(s *subject) []args {
			id, ok := s.nca()
			own := s.org.Country + "-" + s.org.Authority
			return found(ok && s.orgErr == nil && s.org.Scheme == "PSD" && id != own, own, id)
		},
	},
}

// nca returns the identifier of the authority; ok is false without a PSD2
// statement and when "NA" stands for no authority.
func (s *subject) nca() (id string, ok bool) {
	if s.PSD2 == nil {
		return "", false
	}
	_, id = s.PSD2.NameAndID()
	return id, id != "NA"
}

func (s *subject) ncaName() string {
	if s.PSD2 == nil {
		return ""
	}
	name, _ := s.PSD2.NameAndID()
	return name
}
