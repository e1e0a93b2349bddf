package registrations

import (
	"cmp"
	"slices"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	onboarding "github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/checklist"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

// blocker is one with where it stands in the order of work.
type blocker struct {
	wording.Blocker
	Locked bool // it waits for one before it
	Bank   bool // an answer of the bank is waited for
}

// inOrder says what blocks a version in the order of the work: that of the steps that remove it.
func (p *registrationPage) inOrder(
	tr *wording.Translator, findings map[string][]rules.Finding, blockers []registration.Blocker,
) []blocker {
	blockers = slices.Clone(blockers)
	slices.SortStableFunc(blockers, func(a, b registration.Blocker) int {
		return cmp.Compare(p.position(a), p.position(b))
	})
	var all []blocker
	for _, b := range blockers {
		said := blocker{Blocker: tr.Blocker(p.View, b, findings)}
		if i := p.position(b); i < len(p.Steps) && b.Code == "step_open" {
			said.Locked, said.Bank = p.Steps[i].Locked, p.Steps[i].State == onboarding.Waiting
		}
		if b.Code == "not_tested" {
			said.Locked = len(all) > 0
			if p.TestFailed() {
				said.Says, said.URL, said.Locked = tr.Say("readiness.test_failed"), "#bundle", false
			}
		}
		all = append(all, said)
	}
	return all
}

// position is which step of the checklist removes a blocker; behind all of them where none does.
func (p *registrationPage) position(b registration.Blocker) int {
	check := catalogue.CheckCertificatesSelected
	switch {
	case b.ObjectKind == registration.AboutStep:
		return stepIndex(p.Steps, func(s onboarding.Step) bool { return s.ID == b.Object })
	case slices.Contains([]string{"credentials_missing", "client_id_missing", "credential_missing"}, b.Code):
		check = catalogue.CheckCredentialsRecorded
	case b.Remedy.Kind == registration.TestConnection:
		check = catalogue.CheckConnectionTested
	case b.Remedy.Kind == registration.ActivateVersion:
		check = catalogue.CheckActivated
	}
	return stepIndex(p.Steps, func(s onboarding.Step) bool { return s.Check == check })
}

func stepIndex(steps []onboarding.Step, is func(onboarding.Step) bool) int {
	if i := slices.IndexFunc(steps, is); i >= 0 {
		return i
	}
	return len(steps)
}

// Next is the one thing to do now: the first that waits for nothing before it. It is not there while all that is
// left is an answer of the bank.
func (p registrationPage) Next() *blocker {
	i := slices.IndexFunc(p.Waiting, func(b blocker) bool { return !b.Locked && !b.Bank })
	if i < 0 {
		return nil
	}
	return &p.Waiting[i]
}

// TestFailed reports whether the newest version was tested last without success.
func (p registrationPage) TestFailed() bool {
	return !p.Newest.Test.At.IsZero() && !p.Newest.Test.Passed
}

// FailedAt reports whether a field is the one that repairs the connection test that failed.
func (p registrationPage) FailedAt(field string) bool {
	return p.TestFailed() && repairs[p.Newest.Test.Says.Code] == field
}

// repairs are the fields that repair what a connection test failed by.
var repairs = map[string]string{
	"client_refused":       "client_secret",
	"tls_refused":          "qwac",
	"qwac_not_for_clients": "qwac",
	"qwac_chain_missing":   "qwac",
}

// Prepared is the draft, where nothing blocks it but a reason to be given with the activation.
func (p registrationPage) Prepared() *version {
	i := slices.IndexFunc(p.Versions, func(v version) bool {
		return v.State == registration.Draft && !v.Blocked && v.Request == nil
	})
	if i < 0 {
		return nil
	}
	return &p.Versions[i]
}

// Several are the required steps that a person ticks and has not ticked yet, where there is more than one.
func (p registrationPage) Several() []checklist.Step {
	var open []checklist.Step
	for _, s := range slices.Concat(p.Shared, p.Own) {
		if s.May && !s.Checked() && !s.Settled() && !s.Optional && s.State != onboarding.Waiting {
			open = append(open, s)
		}
	}
	if len(open) < 2 {
		return nil
	}
	return open
}

// Settled reports whether the checklist is done.
func (p registrationPage) Settled() bool {
	return !slices.ContainsFunc(p.Steps, func(s onboarding.Step) bool { return !s.Settled() && !s.Optional })
}

// testLogin is the login that the bank publishes for reading the accounts of its sandbox. It is empty where there is
// none, or where the bank sends its customers back to somewhere else than this console.
func testLogin(view registration.View, here string) catalogue.SCAUser {
	if view.Institution.Environment != environment.Sandbox || !slices.Contains(view.Application.RedirectURIs, here) {
		return catalogue.SCAUser{}
	}
	for _, user := range view.Institution.SCAUsers {
		if user.Scope == "ais" {
			return user
		}
	}
	return catalogue.SCAUser{}
}
