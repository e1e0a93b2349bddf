package registration

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// phrases are the catalogue's values as sentences have them.
var phrases = map[string]string{
	"organization_identifier": "its PSD2 authorisation number",
	"subject_dn":              "its subject",
	"fingerprint":             "its fingerprint",
	"registration":            "its registration with the bank",
	"email":                   "by e-mail",
	"portal":                  "on the bank's portal",
	"api":                     "by API",
	"ticket":                  "by support ticket",
	"none":                    "they stay",
	"tokens":                  "their tokens have to be renewed",
	"consents":                "customers have to consent again",
	catalogue.Unknown:         "not known",
}

func phrase(value string) string { return cmp.Or(phrases[value], value) }

// leadPhrase is a lead time as sentences have it.
func leadPhrase(value string) string {
	switch value {
	case "1":
		return "1 working day"
	case "", catalogue.Unknown:
		return phrase(catalogue.Unknown)
	}
	return value + " working days"
}

// acceptance says what the bank has to know before it meets a new QWAC, and what becomes of the
// consents given under the one before.
func (vc versionChange) acceptance() []approval.Change {
	a := vc.view.Institution.Acceptance
	recognises, channel, lead, impact := a.RecognisesBy.Value, a.Channel.Value, a.LeadTime.Value, a.ConsentImpact.Value
	bank := approval.Change{
		Field: "bank",
		After: recognises,
		Code:  "change.bank",
		Args:  []string{recognises, channel, lead},
	}
	which := "the new one"
	if vc.from == nil {
		bank.Code, which = "change.bank.first", "this one"
	}
	bank.Consequence = fmt.Sprintf("How the bank recognises a certificate: %s. Before you approve, be sure that it "+
		"has %s (%s; lead time: %s).",
		phrase(recognises), which, phrase(channel), leadPhrase(lead))
	if vc.neverInUse() {
		return []approval.Change{bank} // no customer has consented yet
	}
	return []approval.Change{bank, {
		Field: "consents",
		After: impact,
		Code:  "change.consents",
		Args:  []string{impact},
		Consequence: fmt.Sprintf("What happens to the customers' consents when the certificate changes: %s.",
			phrase(impact)),
	}}
}

// neverInUse reports whether no version of the registration has been active yet.
func (vc versionChange) neverInUse() bool {
	return !slices.ContainsFunc(vc.view.Bundles, func(b Bundle) bool { return !b.ActivatedAt.IsZero() })
}

// credentialChanges never show a secret: only that there is one, or another.
func (vc versionChange) credentialChanges(from Bundle) []approval.Change {
	var changes []approval.Change
	to := *vc.to
	if from.ClientID != to.ClientID {
		changes = append(changes, replaced(change("client_id", from.ClientID, to.ClientID,
			"The bank sees a different application; consents given to the earlier one do not apply to it."),
			"The bank knows the application by it."))
	}
	gives, others := vc.view.Institution.GivesSecret(), vc.secrets()
	switch {
	case from.CredentialsRef == to.CredentialsRef, !gives && len(others) == 0:
	case from.CredentialsRef == "":
		if gives {
			changes = append(changes, replaced(change("client_secret", "", "recorded", ""),
				"Tokens are asked for with it; the bank must know it already."))
		}
	case gives && (from.ClientID != to.ClientID || len(others) == 0):
		changes = append(changes, change("client_secret", "recorded", "another recorded",
			"Tokens are asked for with the new secret; the bank must know it already."))
	default: // custody does not tell which
		c := change("credentials", "recorded", "given anew", "")
		en, fr := make([]string, len(others)), make([]string, len(others))
		for i, one := range others {
			en[i], fr[i] = strconv.Quote(one.Label.EN), "« "+one.Label.FR+" »"
		}
		c.Args = []string{strings.Join(en, ", "), strings.Join(fr, ", ")}
		c.Consequence = fmt.Sprintf("Given anew was at least one of: %s. The bank must know it already.", c.Args[0])
		if gives {
			c.Code += ".secret"
			c.Consequence = fmt.Sprintf("Given anew was at least one of: client secret, %s. The bank must know it "+
				"already.", c.Args[0])
		}
		changes = append(changes, c)
	}
	return changes
}

// secrets are the further credentials of the version that custody has.
func (vc versionChange) secrets() []catalogue.Credential {
	return slices.DeleteFunc(vc.view.Institution.Further(), func(c catalogue.Credential) bool {
		_, has := vc.to.Credentials[c.ID]
		return !has || !c.Secret
	})
}

// furtherChanges are those of what else the bank gives. A secret that may be another one is among
// credentialChanges.
func (vc versionChange) furtherChanges(from Bundle) []approval.Change {
	var changes []approval.Change
	for _, given := range vc.view.Institution.Further() {
		before, had := from.Credentials[given.ID]
		after, has := vc.to.Credentials[given.ID]
		if before == after && had == has {
			continue
		}
		if given.Secret {
			before, after = map[bool]string{true: "recorded"}[had], map[bool]string{true: "recorded"}[has]
		}
		c := change("credential", before, after, "The bank's portal gives it as "+strconv.Quote(given.Label.EN)+".")
		c.Args = []string{given.Label.EN, given.Label.FR}
		changes = append(changes, c)
	}
	return changes
}
