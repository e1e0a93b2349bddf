package registration_test

import (
	"context"
	"encoding/pem"
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
	"github.com/sealkeeper/sealkeeper/secret"
)

// liveDraft is a registration on live whose first version is ready to be activated.
func liveDraft(t *testing.T) (*stack.Stack, registration.Registration) {
	t.Helper()
	s := stack.New(t)
	r := s.Register(stack.LiveAtSim)
	s.DoSteps(r.ID)
	s.SaveBundle(r.ID, s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC}))
	s.TestConnection(r.ID)
	return s, r
}

// ask has the engineer ask, and returns the request.
func ask(t *testing.T, s *stack.Stack, id string, a registration.ChangeRequest) approval.Request {
	t.Helper()
	r, done, err := s.Registrations.RequestChange(t.Context(), stack.Engineer, id, a)
	if err != nil || done {
		t.Fatalf("asked for %+v: done %v, %v", a, done, err)
	}
	return r
}

func approve(t *testing.T, s *stack.Stack, r approval.Request) {
	t.Helper()
	if _, err := s.Approvals.Approve(t.Context(), stack.Officer, r.ID, ""); err != nil {
		t.Fatal(err)
	}
}

func view(t *testing.T, s *stack.Stack, id string) registration.View {
	t.Helper()
	v, err := s.Registrations.Registration(t.Context(), stack.Engineer, id)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// The whole life of a registration on live, each step by two people.
func TestEveryChangeOfWhatIsInUseTakesTwoPeople(t *testing.T) {
	s, r := liveDraft(t)
	changed := 0
	s.Registrations.OnChange(func(id string) { changed++ })
	first := ask(t, s, r.ID, registration.ChangeRequest{Version: 1, Reason: "the bank has confirmed"})
	if v := view(t, s, r.ID); v.Active() != nil || v.WaitingFor(1) == nil || v.WaitingFor(1).ID != first.ID ||
		first.Reason == "" {
		t.Errorf("while it waits: %+v", v.Requests)
	}
	approve(t, s, first)
	if v := view(t, s, r.ID); !v.Ready() || v.Active().ActivatedBy != stack.Officer.ID || len(v.Requests) != 0 ||
		changed != 1 {
		t.Fatalf("after approval: %+v, %d changes", v.Active(), changed)
	}

	s.SaveBundle(r.ID, s.Import(qtsp.Request{}), "")
	s.TestConnection(r.ID)
	approve(t, s, ask(t, s, r.ID, registration.ChangeRequest{Version: 2}))
	back := ask(t, s, r.ID, registration.ChangeRequest{Version: 1})
	if back.Kind != access.BundleRollback {
		t.Errorf("going back is a %s", back.Kind)
	}
	approve(t, s, back)
	gone := ask(t, s, r.ID, registration.ChangeRequest{Version: 1, Retire: true})
	if done, err := s.Registrations.Activate(t.Context(), stack.Officer, r.ID, 1); err == nil || done {
		t.Errorf("a request to retire was approved by asking to activate: %v", err)
	}
	if v := view(t, s, r.ID); v.Active() == nil {
		t.Fatal("one person took it out of use")
	}
	approve(t, s, gone)
	v := view(t, s, r.ID)
	if v.Active() != nil || v.Ready() || len(v.Blockers) != 1 || v.Blockers[0].Code != "not_active" || changed != 4 {
		t.Errorf("out of use: %+v, %d changes", v.Blockers, changed)
	}
	if _, err := s.Issuer.Client(t.Context(), stack.Connector, r.ID); fault.Code(err) != "not_ready" {
		t.Errorf("a connector got a client: %v", err)
	}
	// And into use again, after a look at every blocker.
	approve(t, s, ask(t, s, r.ID, registration.ChangeRequest{Version: 2}))
	if v := view(t, s, r.ID); !v.Ready() || v.Active().Version != 2 {
		t.Errorf("not in use again: %+v", v.Bundles)
	}
}

func TestRequestSaysWhatChanges(t *testing.T) {
	s, r := liveDraft(t)
	approve(t, s, ask(t, s, r.ID, registration.ChangeRequest{Version: 1}))
	renewed := s.QTSP.MustIssue(t, qtsp.Request{})
	if _, err := s.Registrations.SaveBundle(t.Context(), stack.Engineer, r.ID, registration.BundleInput{
		QWACID:       s.ImportIssued(renewed),
		ClientID:     stack.ClientID,
		ClientSecret: secret.NewTextString(stack.ClientSecret),
		TrustAnchors: []string{rootPEM(s)},
	}); err != nil {
		t.Fatal(err)
	}
	s.TestConnection(r.ID)
	request := ask(t, s, r.ID, registration.ChangeRequest{Version: 2})
	seen := map[string]approval.Change{}
	for _, c := range request.Changes {
		seen[c.Field] = c
		if c.Consequence == "" || c.Code == "" || strings.Contains(c.Before+c.After+c.Consequence, stack.ClientSecret) {
			t.Errorf("%+v", c)
		}
	}
	for field, want := range map[string]string{
		"version":       "2",
		"qwac":          renewed.Certificate.SHA256,
		"qwac.key":      renewed.Certificate.SPKISHA256,
		"bank":          "registration",
		"consents":      "unknown",
		"client_secret": "another recorded",
		"trust_anchors": s.QTSP.Root().Subject.CommonName,
	} {
		if c, ok := seen[field]; !ok || !strings.Contains(c.After, want) {
			t.Errorf("%s: %+v does not say %q", field, c, want)
		}
	}
	for _, same := range []string{"qsealc", "client_id", "subscriptions"} {
		if c, ok := seen[same]; ok {
			t.Errorf("%s has not changed: %+v", same, c)
		}
	}
}

// What comes into use for the first time replaces nothing, and no customer has consented to anything.
func TestRequestOfAFirstUse(t *testing.T) {
	s, r := liveDraft(t)
	seen := map[string]approval.Change{}
	for _, c := range ask(t, s, r.ID, registration.ChangeRequest{Version: 1}).Changes {
		seen[c.Field] = c
		if c.Before != "" || strings.Contains(c.Consequence, "another") || strings.Contains(c.Consequence,
			"earlier") || strings.Contains(c.Consequence, " new") {
			t.Errorf("%+v", c)
		}
	}
	for field, code := range map[string]string{
		"version":       "change.version.first",
		"qwac":          "change.qwac.first",
		"qsealc":        "change.qsealc.first",
		"bank":          "change.bank.first",
		"client_id":     "change.client_id.first",
		"client_secret": "change.client_secret.first",
	} {
		if seen[field].Code != code || seen[field].Consequence == "" {
			t.Errorf("%s: %+v", field, seen[field])
		}
	}
	if c, ok := seen["consents"]; ok {
		t.Errorf("consents before a first use: %+v", c)
	}
}

// Out of use is not never used: the consents are there, and the bank meets what it has seen before or not.
func TestRequestAfterOutOfUse(t *testing.T) {
	s, r := liveDraft(t)
	approve(t, s, ask(t, s, r.ID, registration.ChangeRequest{Version: 1}))
	approve(t, s, ask(t, s, r.ID, registration.ChangeRequest{
		Version: 1,
		Retire:  true,
		Reason:  "The bank asked for it.",
	}))
	s.SaveBundle(r.ID, s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC}))
	s.TestConnection(r.ID)
	fields := map[string]bool{}
	for _, c := range ask(t, s, r.ID, registration.ChangeRequest{Version: 2}).Changes {
		fields[c.Field] = true
	}
	if !fields["consents"] || !fields["bank"] {
		t.Errorf("the request says of %v", fields)
	}
}

// Whatever the request shows may not change under the approver's hand.
func TestApprovalIsOfWhatWasShown(t *testing.T) {
	for name, test := range map[string]struct {
		happens func(t *testing.T, s *stack.Stack, id string)
		code    string
	}{
		"the draft was saved again": {func(t *testing.T, s *stack.Stack, id string) {
			s.SaveBundle(id, "", "")
			s.TestConnection(id)
		}, "approval_decided"}, // saving ended the request
		"a subscription was given up": {func(t *testing.T, s *stack.Stack, id string) {
			set(t, s, id, "subscribe_pisp", checklist.NotNeeded)
		}, "approval_outdated"},
		"customers would be sent elsewhere": {func(t *testing.T, s *stack.Stack, id string) {
			a := view(t, s, id).Application
			a.RedirectURIs = append(a.RedirectURIs, "https://elsewhere.example/cb")
			if _, _, err := s.Registrations.UpdateApplication(t.Context(), stack.Engineer, a); err != nil {
				t.Fatal(err)
			}
			for _, step := range []string{"application", "subscribe_aisp", "subscribe_pisp"} {
				set(t, s, id, step, checklist.Done)
			}
			s.TestConnection(id)
		}, "approval_outdated"},
		"a step was opened again": {func(t *testing.T, s *stack.Stack, id string) {
			set(t, s, id, "portal_account", checklist.Todo)
		}, "not_ready"},
		"its test fails now": {func(t *testing.T, s *stack.Stack, id string) {
			s.Bank.Close()
			if report, err := s.Issuer.Test(t.Context(), stack.Engineer, id); err != nil || report.Passed {
				t.Fatalf("%+v, %v", report, err)
			}
		}, "not_ready"},
		"whoever asked was removed": {func(_ *testing.T, s *stack.Stack, _ string) {
			s.Leave(stack.Engineer)
		}, "requester_gone"},
	} {
		t.Run(name, func(t *testing.T) {
			s, r := liveDraft(t)
			request := ask(t, s, r.ID, registration.ChangeRequest{Version: 1})
			test.happens(t, s, r.ID)
			_, err := s.Approvals.Approve(t.Context(), stack.Officer, request.ID, "")
			if fault.Code(err) != test.code {
				t.Errorf("got %v, want %s", err, test.code)
			}
			if v := view(t, s, r.ID); v.Active() != nil {
				t.Error("it is active")
			}
			if after, err := s.Approvals.Get(t.Context(), stack.Officer, request.ID); err != nil ||
				after.State != approval.Failed || after.Note.Text == "" {
				t.Errorf("the request: %+v, %v", after, err)
			}
		})
	}
}

func set(t *testing.T, s *stack.Stack, id, step string, state checklist.State) {
	t.Helper()
	if err := s.Registrations.SetStep(t.Context(), stack.Engineer, id, step, state, "a reason"); err != nil {
		t.Fatal(err)
	}
}

// Somebody at the server's command line with every role is nobody's second person.
func TestTheCommandLineIsNoSecondPerson(t *testing.T) {
	s, r := liveDraft(t)
	operator := access.SystemCaller("command line")
	operator.Roles = []access.Role{access.Admin}
	if _, err := s.Registrations.Activate(t.Context(), operator, r.ID, 1); fault.Code(err) != "person_needed" {
		t.Errorf("it asked: %v", err)
	}
	ask(t, s, r.ID, registration.ChangeRequest{Version: 1})
	if _, err := s.Registrations.Activate(t.Context(), operator, r.ID, 1); fault.Code(err) != "person_needed" {
		t.Errorf("it approved: %v", err)
	}
}

func rootPEM(s *stack.Stack) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.QTSP.Root().Raw}))
}

// The bank is trusted by the version's own anchors, as soon as and as long as it is in use.
func TestTrustAnchorsOfAVersion(t *testing.T) {
	s, r := liveDraft(t)
	ctx := context.Background()
	for name, text := range map[string]string{
		"a certificate that is no CA": string(s.QTSP.MustIssue(t, qtsp.Request{}).CertificatePEM()),
		"a private key":               string(s.QTSP.MustIssue(t, qtsp.Request{}).KeyPEM()),
		"text":                        "trust me",
		"a damaged certificate":       strings.Replace(rootPEM(s), "MII", "AAA", 1),
	} {
		_, err := s.Registrations.SaveBundle(ctx, stack.Engineer, r.ID,
			registration.BundleInput{TrustAnchors: []string{text}})
		if fault.Code(err) != "trust_anchor_invalid" {
			t.Errorf("%s: %v", name, err)
		}
	}
	save := func(anchors []string) registration.Bundle {
		b, err := s.Registrations.SaveBundle(ctx, stack.Engineer, r.ID, registration.BundleInput{TrustAnchors: anchors})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if b := save([]string{rootPEM(s) + rootPEM(s), rootPEM(s)}); len(b.TrustAnchors) != 1 {
		t.Errorf("the same three times: %d anchors", len(b.TrustAnchors))
	}
	if b := save(nil); len(b.TrustAnchors) != 1 {
		t.Error("what was left out did not stay")
	}
	if v := view(t, s, r.ID); len(v.Draft().TrustAnchors) != 1 {
		t.Error("the anchors were not stored")
	}
	if b := save([]string{}); len(b.TrustAnchors) != 0 {
		t.Error("they cannot be removed")
	}
}

func FuzzReadAnchors(f *testing.F) {
	f.Add("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
	f.Add("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n")
	f.Fuzz(func(t *testing.T, text string) {
		anchors, err := registration.ReadAnchors([]string{text})
		if err != nil {
			return
		}
		again, err := registration.ReadAnchors(anchors)
		if err != nil || len(again) != len(anchors) {
			t.Errorf("%d anchors read, of which %d are read again: %v", len(anchors), len(again), err)
		}
	})
}
