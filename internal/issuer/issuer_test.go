package issuer_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/secret"
)

func TestEveryProfileOfTheCatalogueIsValid(t *testing.T) {
	banks, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range banks.All() {
		profile, err := issuer.Profile(in)
		if err != nil {
			t.Error(err)
		}
		if !strings.HasPrefix(profile.TokenURL, "https://mtls.sg-signin.") ||
			profile.ExtraHeaders["client-id"] != "{client_id}" {
			t.Errorf("%s: %+v", in.ID, profile)
		}
	}
	in, _ := banks.Institution("soc-gen-personal")
	in.Profile["ais_base_ulr"] = "https://x.example"
	if _, err := issuer.Profile(in); err == nil {
		t.Error("a misspelt setting was accepted")
	}
}

func TestClientIsWarmPerCallerAndFollowsActivation(t *testing.T) {
	s := stack.New(t)
	r := s.Activate()
	ctx := t.Context()
	first, err := s.Issuer.Client(ctx, stack.Connector, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	before := entries(t, s)
	again, err := s.Issuer.Client(ctx, stack.Connector, r.ID)
	if err != nil || again != first || entries(t, s) != before {
		t.Errorf("the second call was not warm: same client %v, %d entries more, %v", again == first,
			entries(t, s)-before, err)
	}
	// Another caller is audited for each secret, and shares the connections.
	other, err := s.Issuer.Client(ctx, stack.Engineer, r.ID)
	if err != nil || other != first || entries(t, s) != before+8 {
		t.Errorf("another caller: same client %v, %d entries, %v", other == first, entries(t, s)-before, err)
	}
	if _, err := s.Issuer.Client(ctx, stack.Officer, r.ID); !errors.Is(err, fault.Denied) {
		t.Errorf("a compliance officer got a client: %v", err)
	}

	s.SaveBundle(r.ID, s.Import(qtsp.Request{KeyType: qtsp.P256}), "")
	if same, err := s.Issuer.Client(ctx, stack.Connector, r.ID); err != nil || same != first {
		t.Errorf("saving a draft changed the client: %v", err)
	}
	s.TestConnection(r.ID)
	if _, err := s.Registrations.Activate(ctx, stack.Engineer, r.ID, 2); err != nil {
		t.Fatal(err)
	}
	next, err := s.Issuer.Client(ctx, stack.Connector, r.ID)
	if err != nil || next == first {
		t.Errorf("after activation the client is the same: %v, %v", next == first, err)
	}
	// One step back; the next draft begins with what is active then.
	if done, err := s.Registrations.Activate(ctx, stack.Engineer, r.ID, 1); err != nil || !done {
		t.Errorf("rollback: %v, %v", done, err)
	}
	one, err := s.Registrations.Bundle(ctx, r.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	draft, err := s.Registrations.SaveBundle(ctx, stack.Engineer, r.ID, registration.BundleInput{})
	if err != nil || draft.Version != 3 || draft.QWACID != one.QWACID {
		t.Errorf("the draft after a rollback: %+v, %v", draft, err)
	}
}

func entries(t *testing.T, s *stack.Stack) int64 {
	t.Helper()
	report, err := s.Audit.Verify(t.Context())
	if err != nil || report.Broken != nil {
		t.Fatalf("%+v, %v", report, err)
	}
	return report.Entries
}

func TestClientStopsWhenACertificateExpires(t *testing.T) {
	s := stack.New(t)
	r := s.Activate()
	if _, err := s.Issuer.Client(t.Context(), stack.Connector, r.ID); err != nil {
		t.Fatal(err)
	}
	s.Now = s.Now.Add(3 * 365 * 24 * time.Hour)
	_, err := s.Issuer.Client(t.Context(), stack.Connector, r.ID)
	if kind, code, message := fault.Public(err); kind != fault.Conflict || code != "not_ready" ||
		!strings.Contains(message, "expired") {
		t.Errorf("got %v", err)
	}
}

func TestClientNamesEveryBlocker(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.Institution)
	_, err := s.Issuer.Client(t.Context(), stack.Connector, r.ID)
	_, code, message := fault.Public(err)
	if code != "not_ready" {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{
		"QWAC is missing", "QSealC is missing", "client secret", "portal", "tested", "No bundle is active",
	} {
		if !strings.Contains(message, want) {
			t.Errorf("%q is not named in %q", want, message)
		}
	}
}

func TestConnectionTestReportsWhatTheBankRefuses(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.Institution)
	s.DoSteps(r.ID)
	s.SaveBundle(r.ID, s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC}))
	wrong := registration.BundleInput{ClientID: stack.ClientID, ClientSecret: secret.NewTextString("not the secret")}
	if _, err := s.Registrations.SaveBundle(t.Context(), stack.Engineer, r.ID, wrong); err != nil {
		t.Fatal(err)
	}
	report, err := s.Issuer.Test(t.Context(), stack.Engineer, r.ID)
	if err != nil || report.Passed || len(report.Probes) == 0 || !report.Probes[0].OK {
		t.Fatalf("got %+v, %v", report, err)
	}
	if strings.Contains(report.Says.Text, "not the secret") || report.Says.Text == "" {
		t.Errorf("detail: %q", report.Says.Text)
	}
	_, err = s.Registrations.Activate(t.Context(), stack.Engineer, r.ID, 1)
	if fault.Code(err) != "not_ready" {
		t.Errorf("a bundle that failed its test was activated: %v", err)
	}
}

// Without a payment subscription the credentials are tried with a code that was never issued.
func TestConnectionTestWithoutPayments(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.Institution)
	for _, step := range []string{
		"portal_account", "account_activated", "customer_organization", "application", "subscribe_aisp",
	} {
		if err := s.Registrations.SetStep(t.Context(), stack.Engineer, r.ID, step, checklist.Done,
			""); err != nil {
			t.Fatal(err)
		}
	}
	s.SaveBundle(r.ID, s.Import(qtsp.Request{Roles: []string{"PSP_AI"}}), s.Import(qtsp.Request{
		Kind:  certs.QSealC,
		Roles: []string{"PSP_AI"},
	}))
	s.TestConnection(r.ID)
	wrong := registration.BundleInput{ClientID: stack.ClientID, ClientSecret: secret.NewTextString("not the secret")}
	if _, err := s.Registrations.SaveBundle(t.Context(), stack.Engineer, r.ID, wrong); err != nil {
		t.Fatal(err)
	}
	if report, err := s.Issuer.Test(t.Context(), stack.Engineer, r.ID); err != nil || report.Passed {
		t.Errorf("a wrong secret passed: %+v, %v", report, err)
	}
}
