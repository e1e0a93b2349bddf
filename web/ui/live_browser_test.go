package ui_test

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// TestLiveOnboardingInABrowser is the live one, from an empty database by two people whom the first administrator has
// invited: the e-mail to the bank, waiting for its answer, and an activation that the second person approves in a
// browser of their own.
func TestLiveOnboardingInABrowser(t *testing.T) {
	s := newLocalhost(t)
	first, _ := enrolled(t, s, "Grace", access.Admin)
	b := first.invites("Camille Durand", access.Engineer, access.Compliance)
	second := first.invites("Jean Martin", access.Compliance)
	b.open("/certificates/upload")
	b.do("choosing files", chromedp.SetUploadFiles(chromedp.CSS("#files"), samples(t, s)))
	b.submit("form.upload button.primary", `form[action="/organizations"]`)
	b.describesFirm(stack.RedirectURI) // live takes https alone
	b.open("/institutions/" + stack.LiveAtSim)
	b.submit(`form[action="/registrations"] button`, ".steps")
	page := strings.TrimPrefix(b.address(), s.url)
	b.tick("portal_account")
	b.tick("account_activated")
	b.writesToTheBank(page)
	b.waits(s, page)
	b.preparesLive()
	b.secondPersonApproves(second, page)
	b.open(page)
	b.sees(".readiness.ready")
	b.look("registration-live-ready")
}

// invites lets somebody in, who comes with a device of their own and makes a passkey there. It returns their tab.
func (b *tab) invites(name string, roles ...access.Role) *tab {
	b.t.Helper()
	b.open("/people")
	b.fill(map[string]string{"#name": name})
	for _, role := range roles {
		b.click(`[name=role][value=`+string(role)+`]`, `[name=role][value=`+string(role)+`]:checked`)
	}
	b.submit(`form[method=post][action="/people"] button`, "#link")
	guest := chromium(b.t, b.s)
	guest.authenticator()
	guest.open(strings.TrimPrefix(evaluate[string](b, `document.getElementById("link").value`), b.s.url))
	guest.fill(map[string]string{"#code": evaluate[string](b, `document.getElementById("code").textContent`)})
	guest.submit("main form button", addPasskey)
	guest.submit(addPasskey, ".note.good")
	return guest
}

// returns signs in again with the passkey of the device.
func (b *tab) returns() {
	b.t.Helper()
	b.open("/sign-in")
	b.submit(signInWith, ".tasks")
}

func (b *tab) signsIn(name string) {
	b.t.Helper()
	b.open("/sign-in?token=" + b.s.link(b.t, name))
	b.submit("main button.primary", ".who")
}

// writesToTheBank goes through the prepared e-mail and notes that it was sent.
func (b *tab) writesToTheBank(page string) {
	b.t.Helper()
	b.submit(`#step-customer_organization a[href$="/email"]`, "#email-text")
	b.look("email")
	text := evaluate[string](b, `document.querySelector("#email-text").value`)
	if !strings.Contains(text, stack.Organization) || strings.Contains(text, "PRIVATE KEY") {
		b.t.Errorf("the e-mail says:\n%s", text)
	}
	b.submit(`a[lang="fr"][href*="/email"]`, `#email-text:lang(fr)`)
	b.submit(`form[action$="/sent"] button`, `form[action$="/answer"]`)
	b.look("email-waiting")
	b.open(page)
	b.look("registration-live-waiting")
}

// waits lets the bank be silent until the reminder, and then answer.
func (b *tab) waits(s *console, page string) {
	b.t.Helper()
	s.Now = s.Now.Add(8 * 24 * time.Hour)
	b.returns() // the session has ended meanwhile
	text := evaluate[string](b, `document.querySelector(".tasks").innerText`)
	if !strings.Contains(text, "silent for 8 days") {
		b.t.Errorf("home does not say for how long the bank has been silent:\n%s", text)
	}
	b.look("home-waiting")
	_, err := s.Registrations.AddEvidence(b.t.Context(), stack.Engineer, path.Base(page), "customer_organization",
		"answer.txt", []byte(stack.BanksAnswer))
	check(b.t, err)
	b.open(page + "/steps/customer_organization/email")
	b.click(`input[value="confirmed"]`, `form[action$="/answer"]`)
	b.fill(map[string]string{"#answer-from": "SG API support", "#answer-note": "Active since this morning."})
	b.submit(`form[action$="/answer"] button`, "#step-customer_organization.done")
}

// preparesLive does the rest of the checklist, keeps evidence and asks for the activation.
func (b *tab) preparesLive() {
	b.t.Helper()
	evidence := filepath.Join(b.t.TempDir(), "portal.txt")
	check(b.t, os.WriteFile(evidence, []byte("Application created on the live catalogue.\n"), 0o600))
	b.unfold("#step-application > details")
	b.unfold("#step-application .more:has([type=file])")
	b.do("choosing evidence", chromedp.SetUploadFiles(chromedp.CSS("#file-application"), []string{evidence}))
	b.submit("#step-application form[action$=evidence] button", "#step-application .evidence a")
	b.unfold("#step-application > details")
	b.unfold("#step-application .more:has(#owner-application)")
	b.fill(map[string]string{
		"#owner-application": "Camille Durand",
		"#due-application":   b.s.Now.AddDate(0, 0, 3).Format(time.DateOnly),
	})
	b.submit("#step-application .more > button", ".note.good")
	b.look("registration-live-step")
	for _, step := range []string{"application", "subscribe_aisp", "subscribe_pisp"} {
		b.tick(step)
	}
	b.fill(map[string]string{"#client_id": stack.ClientID, "#client_secret": stack.ClientSecret})
	b.submit(`#bundle button[value="test"]`, ".probes")
	b.fill(map[string]string{"#reason-1": "The bank has confirmed, the sandbox works."})
	b.click(".readiness form button.primary", "dialog")
	b.look("registration-confirm")
	if says := evaluate[string](b, `document.querySelector("dialog h2").textContent`); says != "Request activation" {
		b.t.Errorf("the dialog is headed %q", says)
	}
	b.submit("dialog .primary", `a[href^="/approvals/"]`)
	b.look("registration-live-asked")
}

// secondPersonApproves is what somebody else sees and does. Whoever asked cannot.
func (b *tab) secondPersonApproves(second *tab, page string) {
	b.t.Helper()
	b.submit(`a[href^="/approvals/"]`, ".changes")
	b.sees(`form[action$="/withdraw"]`)
	second.returns()
	second.look("home-approval")
	second.submit(`.tasks a[href^="/approvals/"]`, ".changes")
	second.look("approval")
	second.fill(map[string]string{"#note": "Compared with the bank's e-mail."})
	second.submit(`form[action$="/approve"] button.primary`, ".note.good")
	second.look("approval-decided")
	second.open("/approvals")
	second.look("approvals")
	second.open(page)
	second.sees(".readiness.ready")
}
