package registration

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/email"
)

// gates are what is checked about a step, whoever ticks it.
func (c *checklist) gates(v *StepView) []Gate {
	var found []Gate
	if slices.Contains(v.Tells, catalogue.TellsAgreement) {
		found = append(found, c.agreementGate())
	}
	if slices.Contains(v.Tells, catalogue.TellsRedirectURIs) {
		found = append(found, c.redirectGate())
	}
	if v.Role != "" {
		found = append(found, c.roleGates(v.Role)...)
	}
	if v.Check == catalogue.CheckCertificatesSelected {
		found = append(found, c.announcedGates()...)
		found = append(found, c.keyGates()...)
	}
	return append(found, c.toldGates(v)...)
}

// agreementGate compares what the bank calls agreement number with the QWAC. That both
// are the same is likely and stated nowhere, so a difference is a warning.
func (c *checklist) agreementGate() Gate {
	number := c.enrolment.Agreement(c.organization)
	switch {
	case !agreementNumber.MatchString(number):
		return Gate{
			Code:    "agreement_number_invalid",
			Level:   GateError,
			Object:  c.enrolment.ID,
			Args:    []string{number},
			Message: fmt.Sprintf("The agreement number %q has not the form PSDXX-NCA-number; correct it.", number),
		}
	case c.qwac == nil:
		return Gate{
			Code:    "agreement_not_compared",
			Level:   GateUnknown,
			Object:  c.enrolment.ID,
			Args:    []string{number},
			Message: "The agreement number " + number + " is compared with the QWAC as soon as there is one.",
		}
	case c.qwac.OrganizationIdentifier != number:
		return Gate{
			Code:   "agreement_differs",
			Level:  GateWarning,
			Object: c.enrolment.ID,
			Args:   []string{number, c.qwac.OrganizationIdentifier},
			Message: fmt.Sprintf("The agreement number %s is not the %s in the QWAC. Both are usually the same; "+
				"check it before you write to the bank.", number, c.qwac.OrganizationIdentifier),
		}
	}
	return Gate{
		Code:    "agreement_agrees",
		Level:   GateOK,
		Object:  c.enrolment.ID,
		Args:    []string{number},
		Message: "The agreement number " + number + " is the one in the QWAC.",
	}
}

// redirectGate refuses http on live: there is no bank on this machine.
func (c *checklist) redirectGate() Gate {
	uris := strings.Join(c.application.RedirectURIs, ", ")
	if c.institution.Environment == catalogue.Live {
		for _, uri := range c.application.RedirectURIs {
			if !strings.HasPrefix(strings.ToLower(uri), "https://") {
				return Gate{
					Code:   "redirect_uri_not_https",
					Level:  GateError,
					Object: c.application.ID,
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
		Object:  c.application.ID,
		Args:    []string{uris},
		Message: "The bank compares redirect URIs character for character: " + uris + ".",
	}
}

// roleGates look for the PSD2 role a subscription needs.
func (c *checklist) roleGates(role string) []Gate {
	if c.qwac == nil {
		return []Gate{{
			Code:    "role_not_checked",
			Level:   GateUnknown,
			Args:    []string{role},
			Message: "The role " + role + " is looked for in the certificates as soon as there are any.",
		}}
	}
	if !c.qwac.HasRole(role) {
		return []Gate{{
			Code:   "role_missing",
			Level:  GateError,
			Object: c.bundle.QWACID,
			Args:   []string{role},
			Message: fmt.Sprintf("The QWAC does not carry the role %s, which this subscription needs; use a "+
				"certificate that does.", role),
		}}
	}
	if c.qsealc != nil && !c.qsealc.HasRole(role) {
		return []Gate{{
			Code:    "role_missing_qsealc",
			Level:   GateWarning,
			Object:  c.bundle.QSealCID,
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
func (c *checklist) announcedGates() []Gate {
	if c.bundle.QWACID == "" || len(c.letters) == 0 {
		return nil
	}
	announced := slices.ContainsFunc(c.letters, func(l email.Email) bool {
		return l.CertificateID == c.bundle.QWACID
	})
	if announced {
		return nil
	}
	return []Gate{{
		Code:    "qwac_not_announced",
		Level:   GateWarning,
		Object:  c.bundle.QWACID,
		Message: "The bank was sent another QWAC than the one chosen; write to it before this one is used.",
	}}
}

// keyGates warn of keys the bank is not known to take.
func (c *checklist) keyGates() []Gate {
	var found []Gate
	for _, slot := range []struct {
		name, id string
		leaf     *certs.Certificate
		fact     catalogue.KeyFact
	}{
		{"QWAC", c.bundle.QWACID, c.qwac, c.institution.Group.Keys.Transport},
		{"QSealC", c.bundle.QSealCID, c.qsealc, c.institution.Group.Keys.Signing},
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
func (c *checklist) toldGates(v *StepView) []Gate {
	told := v.Record.Told
	if v.Checked() {
		if _, sent := c.letter(v.ID); !sent {
			return nil
		}
	} else if v.Record.State == Todo {
		return nil
	}
	var found []Gate
	for _, name := range v.Tells {
		before, was := told[name]
		if now := c.fact(name); was && before != now {
			found = append(found, Gate{
				Code:   "told_otherwise",
				Level:  GateWarning,
				Object: v.ID,
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
