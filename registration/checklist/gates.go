package checklist

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/email"
)

// Gate is one thing that was checked.
type Gate struct {
	Code    string   `json:"code"`
	Level   Level    `json:"level"`
	Message string   `json:"message"` // what is, and what to do
	Object  string   `json:"object"`  // id of the certificate, application or step it is about
	Args    []string `json:"args,omitempty"`
}

// Level is how a gate stands.
type Level string

// The levels. Only an error stands in the way.
const (
	GateOK      Level = "ok"
	GateUnknown Level = "unknown" // cannot be told yet
	GateWarning Level = "warning"
	GateError   Level = "error"
)

// Warnings returns what does not stand in the way of the steps, and should be known.
func Warnings(steps []Step) []Gate {
	var found []Gate
	for i := range steps {
		for _, g := range steps[i].Gates {
			if g.Level == GateWarning {
				found = append(found, g)
			}
		}
	}
	return found
}

// agreementNumber is ETSI TS 119 495 clause 5.2.1: PSD, country, NCA of 2 to 8
// capitals, and a number in the form the NCA gave it.
var agreementNumber = regexp.MustCompile(`^PSD[A-Z]{2}-[A-Z]{2,8}-\S(.*\S)?$`)

// IsAgreementNumber reports whether a text has the form of a PSD2 authorisation number.
func IsAgreementNumber(text string) bool { return agreementNumber.MatchString(text) }

// gates are what is checked about a step, whoever ticks it.
func (f *Facts) gates(s *Step) []Gate {
	var found []Gate
	if slices.Contains(s.Tells, catalogue.TellsAgreement) {
		found = append(found, f.agreementGate())
	}
	if slices.Contains(s.Tells, catalogue.TellsRedirectURIs) {
		found = append(found, f.redirectGate())
	}
	if s.Role != "" {
		found = append(found, f.roleGates(s.Role)...)
	}
	if s.Check == catalogue.CheckCertificatesSelected {
		found = append(found, f.announcedGates()...)
		found = append(found, f.keyGates()...)
	}
	if s.Relocked() && s.Subscribed() && f.Bundle.InUse {
		found = append(found, Gate{
			Code:  "subscription_goes_on",
			Level: GateWarning,
			Message: "What this step allows goes on while another step is open again, because the bank was told so; " +
				"reopen this one too where it shall stop.",
		})
	}
	return append(found, f.toldGates(s)...)
}

// agreementGate compares what the bank calls agreement number with the QWAC. That both
// are the same is likely and stated nowhere, so a difference is a warning.
func (f *Facts) agreementGate() Gate {
	number := f.Particulars.AgreementNumber
	switch {
	case !IsAgreementNumber(number):
		return Gate{
			Code:    "agreement_number_invalid",
			Level:   GateError,
			Object:  f.EnrolmentID,
			Args:    []string{number},
			Message: fmt.Sprintf("The agreement number %q has not the form PSDXX-NCA-number; correct it.", number),
		}
	case f.QWAC == nil:
		return Gate{
			Code:    "agreement_not_compared",
			Level:   GateUnknown,
			Object:  f.EnrolmentID,
			Args:    []string{number},
			Message: "The agreement number " + number + " is compared with the QWAC as soon as there is one.",
		}
	case f.QWAC.OrganizationIdentifier != number:
		return Gate{
			Code:   "agreement_differs",
			Level:  GateWarning,
			Object: f.EnrolmentID,
			Args:   []string{number, f.QWAC.OrganizationIdentifier},
			Message: fmt.Sprintf("The agreement number %s is not the %s in the QWAC. Both are usually the same; "+
				"check it before you write to the bank.", number, f.QWAC.OrganizationIdentifier),
		}
	}
	return Gate{
		Code:    "agreement_agrees",
		Level:   GateOK,
		Object:  f.EnrolmentID,
		Args:    []string{number},
		Message: "The agreement number " + number + " is the one in the QWAC.",
	}
}

// redirectGate refuses http on live: there is no bank on this machine.
func (f *Facts) redirectGate() Gate {
	uris := strings.Join(f.Particulars.RedirectURIs, ", ")
	if f.Institution.Environment == environment.Live {
		for _, uri := range f.Particulars.RedirectURIs {
			if !strings.HasPrefix(strings.ToLower(uri), "https://") {
				return Gate{
					Code:   "redirect_uri_not_https",
					Level:  GateError,
					Object: f.ApplicationID,
					Args:   []string{uri},
					Message: fmt.Sprintf("The redirect URI %s is not https, which live demands; correct it at the "+
						"application.", uri),
				}
			}
		}
	}
	return Gate{
		Code:    "redirect_uris_exact",
		Level:   GateOK,
		Object:  f.ApplicationID,
		Args:    []string{uris},
		Message: "The bank compares redirect URIs character for character: " + uris + ".",
	}
}

// roleGates look for the PSD2 role a subscription needs.
func (f *Facts) roleGates(role string) []Gate {
	if f.QWAC == nil {
		return []Gate{{
			Code:    "role_not_checked",
			Level:   GateUnknown,
			Args:    []string{role},
			Message: "The role " + role + " is looked for in the certificates as soon as there are any.",
		}}
	}
	if !f.QWAC.HasRole(role) {
		return []Gate{{
			Code:   "role_missing",
			Level:  GateError,
			Object: f.Bundle.QWACID,
			Args:   []string{role},
			Message: fmt.Sprintf("The QWAC does not carry the role %s, which this subscription needs; use a "+
				"certificate that does.", role),
		}}
	}
	if f.QSealC != nil && !f.QSealC.HasRole(role) {
		return []Gate{{
			Code:    "role_missing_qsealc",
			Level:   GateWarning,
			Object:  f.Bundle.QSealCID,
			Args:    []string{role},
			Message: fmt.Sprintf("The QSealC does not carry the role %s; a bank may refuse what it signs.", role),
		}}
	}
	return []Gate{{
		Code:    "role_present",
		Level:   GateOK,
		Args:    []string{role},
		Message: "The certificates carry the role " + role + ".",
	}}
}

// announcedGates warn when the QWAC chosen is not the one the bank was sent.
func (f *Facts) announcedGates() []Gate {
	if f.Bundle.QWACID == "" || len(f.Emails) == 0 {
		return nil
	}
	announced := slices.ContainsFunc(f.Emails, func(e email.Email) bool {
		return e.CertificateID == f.Bundle.QWACID
	})
	if announced {
		return nil
	}
	return []Gate{{
		Code:    "qwac_not_announced",
		Level:   GateWarning,
		Object:  f.Bundle.QWACID,
		Message: "The bank was sent another QWAC than the one chosen; write to it before this one is used.",
	}}
}

// keyGates warn of keys the bank is not known to take.
func (f *Facts) keyGates() []Gate {
	var found []Gate
	for _, slot := range []struct {
		name, id string
		leaf     *certs.Certificate
		fact     catalogue.KeyFact
	}{
		{"QWAC", f.Bundle.QWACID, f.QWAC, f.Institution.Group.Keys.Transport},
		{"QSealC", f.Bundle.QSealCID, f.QSealC, f.Institution.Group.Keys.Signing},
	} {
		if slot.id == "" || slot.leaf == nil || len(slot.fact.Algorithms) == 0 {
			continue
		}
		if kind := keyKind(slot.leaf.Key); !slices.Contains(slot.fact.Algorithms, kind) {
			found = append(found, Gate{
				Code:   "key_not_supported",
				Level:  GateWarning,
				Object: slot.id,
				Args:   []string{slot.name, kind},
				Message: fmt.Sprintf("The %s has a key of kind %s, which this bank is not known to take; it takes %s.",
					slot.name, kind, strings.Join(slot.fact.Algorithms, ", ")),
			})
		}
	}
	return found
}

// toldGates warn when the bank was told something else than what is so now.
func (f *Facts) toldGates(s *Step) []Gate {
	told := s.Record.Told
	if s.Checked() {
		if _, sent := f.Email(s.ID); !sent && !s.Record.CameDone() {
			return nil
		}
	} else if s.Record.State == Todo {
		return nil
	}
	var found []Gate
	for _, name := range s.Tells {
		before, was := told[name]
		if now := f.Particulars.value(name); was && before != now {
			found = append(found, Gate{
				Code:   "told_otherwise",
				Level:  GateWarning,
				Object: s.ID,
				Args:   []string{name, before, now},
				Message: fmt.Sprintf("The bank knows %s as %q, here it is %q; tell the bank, or change it back.",
					strings.ReplaceAll(name, "_", " "), before, now),
			})
		}
	}
	return found
}

// keyKind names a kind of key as the catalogue does: "rsa-3072", "ecdsa-p256".
func keyKind(k certs.PublicKeyInfo) string {
	if k.Curve != "" {
		return strings.ToLower("ecdsa-" + strings.ReplaceAll(k.Curve, "-", ""))
	}
	if k.Algorithm == "Ed25519" {
		return "ed25519"
	}
	return strings.ToLower(fmt.Sprintf("%s-%d", k.Algorithm, k.Bits))
}

// ToldOtherwise returns the gate of a step by which a bank knows something else than what is so now.
func (s Step) ToldOtherwise() (Gate, bool) {
	i := slices.IndexFunc(s.Gates, func(g Gate) bool { return g.Code == "told_otherwise" })
	if i < 0 {
		return Gate{}, false
	}
	return s.Gates[i], true
}
