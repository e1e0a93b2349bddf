package registration_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/secret"
)

// waiting returns the only request of a kind that waits.
func waiting(t *testing.T, s *stack.Stack, kind access.Action) approval.Request {
	t.Helper()
	open, err := s.Approvals.List(t.Context(), stack.Officer, approval.Filter{
		Kind:   kind,
		States: []approval.State{approval.Open},
	})
	must(t, err)
	if len(open) != 1 || len(open[0].Changes) != 1 {
		t.Fatalf("%d requests of the kind %s wait: %+v", len(open), kind, open)
	}
	return open[0]
}

// detailed fails unless the newest entry of an action on the object has a detail.
func detailed(t *testing.T, s *stack.Stack, action access.Action, object, want string) {
	t.Helper()
	all, err := s.Audit.Latest(t.Context(), stack.Auditor, 500)
	must(t, err)
	for _, e := range all {
		if e.Action == action && e.Object == object {
			if e.Detail != want {
				t.Errorf("the audit log has %q, want %q", e.Detail, want)
			}
			return
		}
	}
	t.Errorf("the audit log has no %s of %s", action, object)
}

// Where customers of live are sent back to is changed by two people, also by who keeps the bank's portal.
func TestRedirectURIsOfWhatIsInUseTakeTwoPeople(t *testing.T) {
	s, r := liveDraft(t)
	ctx := t.Context()
	a := view(t, s, r.ID).Application
	approve(t, s, ask(t, s, r.ID, registration.ChangeRequest{Version: 1}))

	renamed := a
	renamed.TermsURI = "https://app.exemple-paiement.example/terms"
	_, _, err := s.Registrations.UpdateApplication(ctx, stack.Engineer, renamed)
	must(t, err)
	moved := renamed
	moved.RedirectURIs = []string{"https://attacker.example/cb"}
	_, _, err = s.Registrations.UpdateApplication(ctx, stack.Engineer, moved)
	if fault.Code(err) != "change_requested" {
		t.Fatalf("one person moved it: %v", err)
	}
	bad := renamed
	bad.RedirectURIs = []string{"http://attacker.example/cb"}
	_, _, err = s.Registrations.UpdateApplication(ctx, stack.Engineer, bad)
	if fault.Code(err) != "redirect_uri_invalid" {
		t.Errorf("a wrong one: %v", err)
	}
	if got := view(t, s, r.ID).Application.RedirectURIs; !slices.Equal(got, a.RedirectURIs) {
		t.Fatalf("customers go to %v", got)
	}
	asked := waiting(t, s, access.ApplicationChange)
	if c := asked.Changes[0]; !strings.Contains(c.Before, a.RedirectURIs[0]) || !strings.Contains(c.After, "attacker") {
		t.Errorf("the second person sees %+v", c)
	}
	// What was shown is no longer so.
	renamed.ClientURI = "https://other.exemple-paiement.example"
	_, _, err = s.Registrations.UpdateApplication(ctx, stack.Engineer, renamed)
	must(t, err)
	_, err = s.Approvals.Approve(ctx, stack.Officer, asked.ID, "")
	if fault.Code(err) != "approval_outdated" {
		t.Errorf("an outdated one was approved: %v", err)
	}
	moved = renamed
	moved.RedirectURIs = []string{"https://app.exemple-paiement.example/next"}
	_, _, err = s.Registrations.UpdateApplication(ctx, stack.Engineer, moved)
	if fault.Code(err) != "change_requested" {
		t.Fatal(err)
	}
	approve(t, s, waiting(t, s, access.ApplicationChange))
	if got := view(t, s, r.ID).Application.RedirectURIs; !slices.Equal(got, moved.RedirectURIs) {
		t.Errorf("customers go to %v", got)
	}
	detailed(t, s, access.RegistrationWrite, a.ID, "application "+a.Name+" changed; two people")
}

// Payments of a live registration in use are switched by two people, off and on again.
func TestPaymentsOfWhatIsInUseTakeTwoPeople(t *testing.T) {
	s, r := liveDraft(t)
	approve(t, s, ask(t, s, r.ID, registration.ChangeRequest{Version: 1}))
	for _, state := range []checklist.State{checklist.Todo, checklist.Done} {
		before := stateOf(t, s, r.ID, "subscribe_pisp")
		err := s.Registrations.SetStep(t.Context(), stack.Engineer, r.ID, "subscribe_pisp", state, "")
		if fault.Code(err) != "change_requested" {
			t.Fatalf("one person switched payments: %v", err)
		}
		if got := stateOf(t, s, r.ID, "subscribe_pisp"); got != before {
			t.Fatalf("while it waits: %s", got)
		}
		approve(t, s, waiting(t, s, access.PaymentsSwitch))
		if got := stateOf(t, s, r.ID, "subscribe_pisp"); got != state {
			t.Errorf("after approval: %s", got)
		}
		detailed(t, s, access.RegistrationWrite, r.ID, "step subscribe_pisp: "+string(state)+"; two people")
	}
	note := "looked at again"
	must(t, s.Registrations.EditStep(t.Context(), stack.Engineer, r.ID, "subscribe_pisp", checklist.Edit{Note: &note}))
}

// That a bank confirmed live is shown by evidence that came after the e-mail, or said by two people.
func TestABanksAnswerOnLiveIsShownOrSaidByTwo(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.LiveAtSim)
	ctx, step := t.Context(), "customer_organization"
	for _, done := range []string{"portal_account", "account_activated"} {
		must(t, s.Registrations.SetStep(ctx, stack.Engineer, r.ID, done, checklist.Done, ""))
	}
	s.Import(qtsp.Request{})
	s.Import(qtsp.Request{Kind: certs.QSealC})
	_, err := s.Registrations.AddEvidence(ctx, stack.Engineer, r.ID, step, "before.txt", []byte("What we sent."))
	must(t, err)
	s.Now = s.Now.AddDate(0, 0, 1)
	_, err = s.Registrations.RecordSent(ctx, stack.Engineer, r.ID, step, email.Dispatch{})
	must(t, err)
	_, err = s.Registrations.AddEvidence(ctx, stack.Engineer, r.ID, step, "answer.txt", []byte("."))
	must(t, err) // after it, and nothing to look at
	answer := email.Answer{From: "support", Confirmed: true, Note: "on the phone"}
	if got := fault.Code(s.Registrations.RecordAnswer(ctx, stack.Engineer, r.ID, step, answer)); got !=
		"change_requested" {
		t.Fatalf("one person's word: %s", got)
	}
	if got := stateOf(t, s, r.ID, step); got != checklist.Waiting {
		t.Errorf("while it waits: %s", got)
	}
	approve(t, s, waiting(t, s, access.BankAnswer))
	if got := stateOf(t, s, r.ID, step); got != checklist.Done {
		t.Errorf("after approval: %s", got)
	}
	if got := viewOf(t, s, r.ID).Emails[0].Answer; got.From != "support" || got.By != stack.Officer.ID {
		t.Errorf("the answer is %+v", got)
	}
}

// Nobody approves what they have made alone, whoever requests it; made by somebody else, they do.
func TestNobodyApprovesAVersionAllTheirOwn(t *testing.T) {
	s, r := liveDraft(t)
	both := stack.Officer // who stores the certificates, and has the engineer's role too
	both.Roles = []access.Role{access.Compliance, access.Engineer}
	draft := view(t, s, r.ID).Bundles[0]
	saved, err := s.Registrations.SaveBundle(t.Context(), both, r.ID, registration.BundleInput{
		QWACID:       draft.QWACID,
		QSealCID:     draft.QSealCID,
		ClientID:     stack.ClientID,
		ClientSecret: secret.NewTextString(stack.ClientSecret),
	})
	must(t, err)
	s.TestConnection(r.ID)
	asked := ask(t, s, r.ID, registration.ChangeRequest{Version: saved.Version})
	if _, err = s.Approvals.Approve(t.Context(), both, asked.ID, ""); fault.Code(err) != "approval_all_own" {
		t.Fatalf("approved: %v", err)
	}
	s.SaveBundle(r.ID, draft.QWACID, draft.QSealCID) // by the engineer
	s.TestConnection(r.ID)
	approve(t, s, ask(t, s, r.ID, registration.ChangeRequest{Version: saved.Version}))
}
