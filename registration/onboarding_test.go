package registration_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func viewOf(t *testing.T, s *stack.Stack, id string) registration.View {
	t.Helper()
	v, err := s.Registrations.Registration(t.Context(), stack.Engineer, id)
	must(t, err)
	return v
}

func stateOf(t *testing.T, s *stack.Stack, id, step string) checklist.State {
	t.Helper()
	v, found := viewOf(t, s, id).Step(step)
	if !found {
		t.Fatalf("there is no step %s", step)
	}
	return v.State
}

func TestEnrolmentIsDoneOnceForAllRegistrations(t *testing.T) {
	s := stack.New(t)
	first := s.Register(stack.Institution)
	app := viewOf(t, s, first.ID).Application.ID
	second, err := s.Registrations.Register(t.Context(), stack.Engineer, app, "soc-gen-business-sandbox")
	must(t, err)
	live, err := s.Registrations.Register(t.Context(), stack.Engineer, app, stack.LiveAtSim)
	must(t, err)
	must(t,
		s.Registrations.SetStep(t.Context(), stack.Engineer, first.ID, "portal_account", checklist.Done,
			"psd2@exemple.example"))
	if got := stateOf(t, s, second.ID, "portal_account"); got != checklist.Done {
		t.Errorf("the professional registration has to make the account again: %s", got)
	}
	if got := stateOf(t, s, live.ID, "portal_account"); got != checklist.Todo {
		t.Errorf("live shares the sandbox's account: %s", got)
	}
	page, err := s.Registrations.Enrolments(t.Context(), stack.Auditor, registration.Enrolled.Query())
	must(t, err)
	all := []registration.EnrolmentView{}
	for _, v := range page.Items { // live comes first
		all = append([]registration.EnrolmentView{v}, all...)
	}
	one := registration.Enrolled.Query()
	one.Limit = 1
	first1, err := s.Registrations.Enrolments(t.Context(), stack.Auditor, one)
	must(t, err)
	one, err = one.Behind(first1.Next)
	must(t, err)
	second1, err := s.Registrations.Enrolments(t.Context(), stack.Auditor, one)
	must(t, err)
	if first1.Count.N != 2 || len(first1.Items) != 1 || len(second1.Items) != 1 || second1.Next != "" ||
		first1.Items[0].Enrolment.ID != page.Items[0].Enrolment.ID ||
		second1.Items[0].Enrolment.ID != page.Items[1].Enrolment.ID {
		t.Errorf("one by one: %d of %d, then %d", len(first1.Items), first1.Count.N, len(second1.Items))
	}
	if len(all) != 2 || len(all[0].Registrations) != 2 || all[0].Sharing.N != 2 || len(all[1].Registrations) != 1 {
		t.Errorf("got %d enrolments", len(all))
	}
	// The enrolment itself can be worked on, and a step of a registration is none of its.
	must(t,
		s.Registrations.SetStep(t.Context(), stack.Engineer, all[0].Enrolment.ID, "account_activated",
			checklist.Done, ""))
	if err := s.Registrations.SetStep(t.Context(), stack.Engineer, all[0].Enrolment.ID, "application",
		checklist.Done, ""); fault.Code(err) != "step_unknown" {
		t.Errorf("got %v", err)
	}
	for _, id := range []string{
		"x.societegenerale.sandbox",
		all[0].Organization.ID + ".nobank.sandbox",
		all[0].Organization.ID + ".societegenerale.beta",
	} {
		if _, err := s.Registrations.Enrolment(t.Context(), stack.Auditor, id); !errors.Is(err, fault.NotFound) {
			t.Errorf("%s: got %v", id, err)
		}
	}
}

func TestReopeningRelocksWhatFollows(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.Institution)
	s.DoSteps(r.ID)
	must(t, s.Registrations.SetStep(t.Context(), stack.Engineer, r.ID, "customer_organization", checklist.Todo, ""))
	v := viewOf(t, s, r.ID)
	step, _ := v.Step("application")
	if !step.Locked || step.State != checklist.Todo || !step.Relocked() || step.Settled() {
		t.Errorf("the application counts as done although its organization is not: %+v", step)
	}
	must(t,
		s.Registrations.SetStep(t.Context(), stack.Engineer, r.ID, "customer_organization", checklist.Done, ""))
	if got := stateOf(t, s, r.ID, "application"); got != checklist.Done {
		t.Errorf("what was done has to be done again: %s", got)
	}
	history, err := s.Registrations.History(t.Context(), stack.Auditor, r.ID)
	must(t, err)
	if len(history) < 7 || history[0].Step != "customer_organization" || history[0].From != "todo" ||
		history[0].To != "done" || history[0].ByName != "Grace" {
		t.Errorf("the history says %+v", history[0])
	}
}

// A subscription goes on being used when a step before it is reopened, and says so as long as it does.
func TestASubscriptionInUseSaysThatItGoesOn(t *testing.T) {
	s := stack.New(t)
	r := s.Activate()
	says := func() bool {
		step, _ := viewOf(t, s, r.ID).Step("subscribe_aisp")
		return slices.ContainsFunc(step.Gates, func(g checklist.Gate) bool { return g.Code == "subscription_goes_on" })
	}
	if says() {
		t.Error("nothing was reopened")
	}
	must(t, s.Registrations.SetStep(t.Context(), stack.Engineer, r.ID, "customer_organization", checklist.Todo, ""))
	if !says() {
		t.Error("it is shown as something to do, and nothing says that it is used")
	}
	if _, err := s.Issuer.Client(t.Context(), stack.Connector, r.ID); err != nil {
		t.Errorf("it is not used: %v", err)
	}
}

func TestAChangedRedirectURIReopensTheStepTheBankKnowsItBy(t *testing.T) {
	s := stack.New(t)
	r := s.Activate()
	a := viewOf(t, s, r.ID).Application
	a.RedirectURIs = []string{"https://new.exemple-paiement.example/callback"}
	_, consequences, err := s.Registrations.UpdateApplication(t.Context(), stack.Engineer, a)
	must(t, err)
	if len(consequences) != 1 || consequences[0].Code != "step_reopened" || consequences[0].Step != "application" ||
		consequences[0].RegistrationID != r.ID {
		t.Errorf("got %+v", consequences)
	}
	v := viewOf(t, s, r.ID)
	if got, _ := v.Step("application"); got.State != checklist.InProgress || len(v.Warnings) == 0 || !v.Ready() {
		t.Errorf("state %s, warnings %v, ready %v", got.State, v.Warnings, v.Ready())
	}
	a.ClientURI = "https://www.exemple-paiement.example"
	if _, consequences, err = s.Registrations.UpdateApplication(t.Context(), stack.Engineer, a); err != nil ||
		len(consequences) != 1 || consequences[0].Code != "bank_to_be_told" {
		t.Errorf("still to be told: %+v, %v", consequences, err)
	}
	a.RedirectURIs = []string{"http://elsewhere.example/"}
	_, _, err = s.Registrations.UpdateApplication(t.Context(), stack.Engineer, a)
	if fault.Code(err) != "redirect_uri_invalid" {
		t.Errorf("got %v", err)
	}
}

func TestGates(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.Institution)
	gate := func(step string) checklist.Gate {
		v, _ := viewOf(t, s, r.ID).Step(step)
		if len(v.Gates) == 0 {
			t.Fatalf("nothing is checked about %s", step)
		}
		return v.Gates[0]
	}
	if g := gate("subscribe_pisp"); g.Level != checklist.GateUnknown {
		t.Errorf("without a certificate: %+v", g)
	}
	poor := s.Import(qtsp.Request{Roles: []string{"PSP_AI"}})
	s.SaveBundle(r.ID, poor, s.Import(qtsp.Request{Kind: certs.QSealC, Roles: []string{"PSP_AI"}}))
	if g := gate("subscribe_pisp"); g.Code != "role_missing" || g.Level != checklist.GateError {
		t.Errorf("with an account certificate: %+v", g)
	}
	for _, step := range []string{
		"portal_account", "account_activated", "customer_organization", "application", "subscribe_aisp",
	} {
		must(t, s.Registrations.SetStep(t.Context(), stack.Engineer, r.ID, step, checklist.Done, ""))
	}
	if err := s.Registrations.SetStep(t.Context(), stack.Engineer, r.ID, "subscribe_pisp", checklist.Done,
		""); fault.Code(err) != "role_missing" {
		t.Errorf("a subscription the certificate is not for: %v", err)
	}
	if g := gate("customer_organization"); g.Code != "agreement_agrees" {
		t.Errorf("the same number: %+v", g)
	}
	e := viewOf(t, s, r.ID).Enrolment
	e.AgreementNumber = " PSDFR-ACPR-99999\n" // as it is pasted
	_, err := s.Registrations.UpdateEnrolment(t.Context(), stack.Engineer, e)
	must(t, err)
	if g := gate("customer_organization"); g.Code != "agreement_differs" || g.Level != checklist.GateWarning {
		t.Errorf("another number is a warning: %+v", g)
	}
	if got := viewOf(t, s, r.ID).Enrolment.AgreementNumber; got != "PSDFR-ACPR-99999" {
		t.Errorf("kept as %q", got)
	}
	e.AgreementNumber = "12345"
	_, err = s.Registrations.UpdateEnrolment(t.Context(), stack.Engineer, e)
	if fault.Code(err) != "agreement_number_invalid" {
		t.Errorf("no number at all: %v", err)
	}
}

func TestLiveRefusesARedirectToThisMachine(t *testing.T) {
	s := stack.New(t)
	o := viewOf(t, s, s.Register(stack.Institution).ID).Organization
	a, err := s.Registrations.AddApplication(t.Context(), stack.Engineer, registration.Application{
		OrganizationID: o.ID,
		Name:           "Local",
		RedirectURIs:   []string{"http://127.0.0.1:1/cb"},
	})
	must(t, err)
	r, err := s.Registrations.Register(t.Context(), stack.Engineer, a.ID, stack.LiveAtSim)
	must(t, err)
	v := viewOf(t, s, r.ID)
	if step, _ := v.Step("application"); step.Gates[0].Code != "redirect_uri_not_https" {
		t.Errorf("got %+v", step.Gates)
	}
}
