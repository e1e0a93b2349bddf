package catalogue

import (
	"regexp"
	"slices"
)

var (
	checks = []string{
		CheckCertificatesUploaded, CheckBankAnswer, CheckInstitutionAdded, CheckClientURIs, CheckCertificatesSelected,
		CheckCredentialsRecorded, CheckBundleSaved, CheckConnectionTested, CheckActivated,
	}
	tellable = []string{
		TellsRedirectURIs, TellsClientURI, TellsTermsURI, TellsApplicationName, TellsLegalName, TellsAgreement,
		TellsContact,
	}
	blanks = []string{
		"legal_name", "agreement_number", "contact_email", "contact_name", "fingerprint", "valid_until", "bank",
	}
	blank = regexp.MustCompile(`\{([a-z_]*)\}`)
)

// ofRegistration are the checks that look at one registration.
var ofRegistration = []string{
	CheckInstitutionAdded, CheckClientURIs, CheckCertificatesSelected, CheckCredentialsRecorded, CheckBundleSaved,
	CheckConnectionTested, CheckActivated,
}

// steps checks a checklist. A step is listed after those it needs, so that it can be read from top to bottom.
func (v *validator) steps(at path, steps []Step) {
	scopes := map[string]Scope{}
	for i, s := range steps {
		here := at.with(i)
		v.check(idForm.MatchString(s.ID), here.with("id"),
			"a step needs an id of small letters, digits and underscores, not %q", s.ID)
		_, twice := scopes[s.ID]
		v.check(!twice, here.with("id"), "the step %s is listed twice", s.ID)
		v.oneOf(here.with("scope"), string(s.Scope), string(EnrolmentScope), string(RegistrationScope))
		for name, t := range map[string]Text{"title": s.Title, "why": s.Why, "how": s.How} {
			v.both(here.with(name), t, "the step "+s.ID+" needs a "+name)
		}
		v.link(here.with("link"), s.Link, false)
		v.oneOf(here.with("who"), s.Who, "compliance", "engineer")
		v.check(s.Role == "" || slices.Contains(roles, s.Role), here.with("role"),
			"%q is no PSD2 role; there are PSP_AI, PSP_PI, PSP_IC and PSP_AS", s.Role)
		v.needs(here, steps, s, scopes)
		v.decided(here, s)
		scopes[s.ID] = s.Scope
	}
}

func (v *validator) needs(at path, steps []Step, s Step, before map[string]Scope) {
	for k, need := range s.Needs {
		here := at.with("needs", k)
		scope, listed := before[need]
		switch {
		case need == s.ID:
			v.wrong(here, "the step %s needs itself", s.ID)
		case !listed && reaches(steps, need, s.ID, map[string]bool{}):
			v.wrong(here, "the steps %s and %s need each other, in a circle", s.ID, need)
		case !listed && slices.ContainsFunc(steps, func(o Step) bool { return o.ID == need }):
			v.wrong(here, "the step %s needs %s, which does not come before it", s.ID, need)
		case !listed:
			v.wrong(here, "the step %s needs %q, which is no step here", s.ID, need)
		case s.Scope == EnrolmentScope && scope == RegistrationScope:
			v.wrong(here, "the step %s is shared by all registrations and cannot need %s, which is of one", s.ID, need)
		}
	}
}

// reaches reports whether following needs from one step leads to another.
func reaches(steps []Step, from, to string, seen map[string]bool) bool {
	if from == to {
		return true
	}
	if seen[from] {
		return false
	}
	seen[from] = true
	for _, s := range steps {
		if s.ID == from {
			return slices.ContainsFunc(s.Needs, func(need string) bool { return reaches(steps, need, to, seen) })
		}
	}
	return false
}

// decided checks what belongs to the way a step is decided.
func (v *validator) decided(at path, s Step) {
	if s.Check != "" {
		v.oneOf(at.with("check"), s.Check, checks...)
		v.check(s.Scope != EnrolmentScope || !slices.Contains(ofRegistration, s.Check), at.with("check"),
			"%s is about one registration; the step %s is of the enrolment", s.Check, s.ID)
	}
	v.check(s.Check != CheckBankAnswer || s.Email != nil, at.with("check"),
		"the step %s waits for an answer, so it needs an e-mail", s.ID)
	v.check(s.Check != CheckBankAnswer || s.Reminder > 0, at.with("reminder_days"),
		"the step %s waits for an answer, so it needs reminder_days", s.ID)
	v.check(s.Reminder >= 0, at.with("reminder_days"), "reminder_days is a number of days")
	v.check(s.Asks == "" || s.Asks == AsksPortalAccount && s.Scope == EnrolmentScope, at.with("asks"),
		"a step asks for nothing but %s, and only where it is of the enrolment", AsksPortalAccount)
	for k, name := range s.Tells {
		v.oneOf(at.with("tells", k), name, tellable...)
	}
	if s.Email == nil {
		return
	}
	for name, t := range map[string]Text{"subject": s.Email.Subject, "body": s.Email.Body} {
		here := at.with("email", name)
		v.both(here, t, "the e-mail needs a "+name)
		for _, text := range []string{t.EN, t.FR} {
			for _, found := range blank.FindAllStringSubmatch(text, -1) {
				v.check(slices.Contains(blanks, found[1]), here, "nothing is known to fill in for {%s}", found[1])
			}
		}
	}
}
