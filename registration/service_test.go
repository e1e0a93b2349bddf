package registration_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/secret"
)

func TestOrganizationIsChecked(t *testing.T) {
	s := stack.New(t)
	good := registration.Organization{
		LegalName:              "Exemple",
		Country:                "FR",
		OrganizationIdentifier: "PSDFR-ACPR-12345",
		ContactEmail:           "a@b.example",
	}
	for name, test := range map[string]struct {
		change func(o *registration.Organization)
		code   string
	}{
		"no name":            {func(o *registration.Organization) { o.LegalName = " " }, "legal_name_missing"},
		"country in words":   {func(o *registration.Organization) { o.Country = "France" }, "country_invalid"},
		"lower-case country": {func(o *registration.Organization) { o.Country = "fr" }, "country_invalid"},
		"not a PSD number": {func(o *registration.Organization) {
			o.OrganizationIdentifier = "12345"
		}, "agreement_number_invalid"},
		"typo": {func(o *registration.Organization) {
			o.OrganizationIdentifier = "PADFR-ACPR-30748"
		}, "agreement_number_invalid"},
		"no number": {func(o *registration.Organization) {
			o.OrganizationIdentifier = "PSDFR-ACPR-"
		}, "agreement_number_invalid"},
		"another country":   {func(o *registration.Organization) { o.Country = "BE" }, "country_differs"},
		"another authority": {func(o *registration.Organization) { o.NCA = "BE-NBB" }, "nca_differs"},
		"nobody's address": {func(o *registration.Organization) {
			o.Contacts = []registration.Contact{{Name: "Ada", Email: "ada"}}
		}, "contact_invalid"},
		"a second line": {func(o *registration.Organization) {
			o.LegalName = "Exemple\r\nBcc: eve@evil.example"
		}, "text_invalid"},
		"no contact": {func(o *registration.Organization) { o.ContactEmail = "nobody" }, "contact_invalid"},
		"number pasted with blanks": {func(o *registration.Organization) {
			o.OrganizationIdentifier = "\tPSDFR-ACPR-12345 \n"
		}, ""},
		"number with a blank": {func(o *registration.Organization) {
			o.Country, o.OrganizationIdentifier = "MT", "PSDMT-MFSA-C 56251"
		}, ""},
		"number with hyphens": {func(o *registration.Organization) {
			o.Country, o.OrganizationIdentifier = "FI", "PSDFI-FINFSA-2858394-9"
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := good
			test.change(&o)
			_, err := s.Registrations.AddOrganization(t.Context(), stack.Engineer, o)
			if got := fault.Code(err); got != test.code {
				t.Errorf("got %q, want %q (%v)", got, test.code, err)
			}
		})
	}
}

func TestRedirectURIsAreChecked(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.Institution)
	v, err := s.Registrations.Registration(t.Context(), stack.Engineer, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	for uri, want := range map[string]string{
		"https://app.example/cb":      "",
		"http://127.0.0.1:8420/cb":    "", // no network is crossed
		"http://app.example/cb":       "redirect_uri_invalid",
		"http://127.0.0.1.evil/cb":    "redirect_uri_invalid",
		"https://app.example/cb#x":    "redirect_uri_invalid",
		"https://u:p@app.example/cb":  "redirect_uri_invalid",
		"/cb":                         "redirect_uri_invalid",
		"javascript:alert(1)//https:": "redirect_uri_invalid",
	} {
		t.Run(uri, func(t *testing.T) {
			_, err := s.Registrations.AddApplication(t.Context(), stack.Engineer, registration.Application{
				OrganizationID: v.Organization.ID,
				Name:           "at " + uri,
				RedirectURIs:   []string{uri},
			})
			if got := fault.Code(err); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestStepsUnlockInOrder(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.Institution)
	set := func(step string, state checklist.State, note string) string {
		return fault.Code(s.Registrations.SetStep(t.Context(), stack.Engineer, r.ID, step, state, note))
	}
	for _, test := range []struct {
		step  string
		state checklist.State
		note  string
		code  string
	}{
		{"application", checklist.Done, "", "step_locked"},
		{"portal_account", checklist.Waiting, "e-mail not here yet", ""},
		{"customer_organization", checklist.Done, "", "step_locked"},
		{"portal_account", checklist.Done, "", ""},
		{"account_activated", checklist.Done, "", ""},
		{"customer_organization", checklist.Done, "", ""},
		{"application", checklist.Done, "", ""},
		{"subscribe_pisp", checklist.NotNeeded, " ", "reason_missing"},
		{"subscribe_pisp", checklist.NotNeeded, "we only read accounts", ""},
		{"subscribe_aisp", checklist.NotNeeded, "no", "step_required"},
		{"subscribe_aisp", "maybe", "", "step_state_unknown"},
		{"certificates_uploaded", checklist.Done, "", "step_checked"},
		{"activated", checklist.Done, "", "step_checked"},
		{"client_and_terms_uri", checklist.Todo, "", "step_checked"},
		{"made_up", checklist.Done, "", "step_unknown"},
	} {
		t.Run(test.step+" to "+string(test.state), func(t *testing.T) {
			if got := set(test.step, test.state, test.note); got != test.code {
				t.Errorf("got %q, want %q", got, test.code)
			}
		})
	}
}

func blockers(t *testing.T, s *stack.Stack, id string) []string {
	t.Helper()
	v, err := s.Registrations.Registration(t.Context(), stack.Engineer, id)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, b := range v.Blockers {
		if b.Message == "" {
			t.Errorf("%s has no sentence", b.Code)
		}
		codes = append(codes, b.Code)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func TestReadinessSeesWhatIsInTheSlots(t *testing.T) {
	for name, test := range map[string]struct {
		qwac, qsealc qtsp.Request
		want         string
	}{
		"signing certificate as transport": {
			qtsp.Request{Kind: certs.QSealC},
			qtsp.Request{Kind: certs.QSealC},
			"qwac_wrong_kind",
		},
		"transport certificate as signing": {qtsp.Request{}, qtsp.Request{}, "qsealc_wrong_kind"},
		"role missing": {qtsp.Request{Roles: []string{"PSP_AI"}}, qtsp.Request{
			Kind:  certs.QSealC,
			Roles: []string{"PSP_AI"},
		}, "role_missing"},
		"another organization": {qtsp.Request{OrganizationIdentifier: "PSDFR-ACPR-99999"},
			qtsp.Request{Kind: certs.QSealC, OrganizationIdentifier: "PSDFR-ACPR-99999"}, "other_organization"},
	} {
		t.Run(name, func(t *testing.T) {
			s := stack.New(t)
			r := s.Register(stack.Institution)
			s.DoSteps(r.ID)
			s.SaveBundle(r.ID, s.Import(test.qwac), s.Import(test.qsealc))
			if got := blockers(t, s, r.ID); !slices.Contains(got, test.want) {
				t.Errorf("got %v, want %s among them", got, test.want)
			}
			_, err := s.Registrations.Activate(t.Context(), stack.Engineer, r.ID, 1)
			if fault.Code(err) != "not_ready" {
				t.Errorf("activated: %v", err)
			}
		})
	}
}

func TestSavingTakesOnlyWholeCredentials(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.Institution)
	save := func(in registration.BundleInput) (registration.Bundle, error) {
		return s.Registrations.SaveBundle(t.Context(), stack.Engineer, r.ID, in)
	}
	if _, err := save(registration.BundleInput{ClientID: "id"}); fault.Code(err) != "credentials_incomplete" {
		t.Errorf("a client id without a secret: %v", err)
	}
	if _, err := save(registration.BundleInput{QWACID: "nothing"}); !errors.Is(err, fault.NotFound) {
		t.Errorf("an unknown certificate: %v", err)
	}
	first, err := save(registration.BundleInput{ClientID: "id", ClientSecret: secret.NewTextString("one")})
	if err != nil {
		t.Fatal(err)
	}
	second, err := save(registration.BundleInput{ClientSecret: secret.NewTextString("two")})
	if err != nil || second.ClientID != "id" || second.Version != 1 || second.CredentialsRef == first.CredentialsRef {
		t.Errorf("a new secret for the same client: %+v, %v", second, err)
	}
	if diff := cmp.Diff(first.ID, second.ID); diff != "" {
		t.Errorf("there are two drafts: %s", diff)
	}
}

func TestLiveTakesTwoPeople(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.LiveAtSim)
	s.DoSteps(r.ID)
	s.SaveBundle(r.ID, s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC}))
	s.TestConnection(r.ID)
	done, err := s.Registrations.Activate(t.Context(), stack.Engineer, r.ID, 1)
	if err != nil || done {
		t.Fatalf("the first person alone: activated %v, %v", done, err)
	}
	if _, err := s.Registrations.Activate(t.Context(), stack.Engineer, r.ID, 1); fault.Code(err) !=
		"second_person_needed" {
		t.Errorf("the same person again: %v", err)
	}
	if _, err := s.Registrations.Activate(t.Context(), stack.Officer, r.ID, 1); fault.Code(err) != "approval_open" {
		t.Errorf("a second person who asks, and was shown nothing: %v", err)
	}
	waiting, err := s.Approvals.Waiting(t.Context(), r.ID)
	if err != nil || len(waiting) != 1 {
		t.Fatalf("%d requests wait, %v", len(waiting), err)
	}
	if _, err := s.Approvals.Approve(t.Context(), stack.Officer, waiting[0].ID, ""); err != nil {
		t.Errorf("a second person approves: %v", err)
	}
}

// Whoever asks on an old page does not ask for what was put there since.
func TestAskingForWhatWasShown(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.LiveAtSim)
	s.DoSteps(r.ID)
	qsealc := s.Import(qtsp.Request{Kind: certs.QSealC})
	s.SaveBundle(r.ID, s.Import(qtsp.Request{}), qsealc)
	shown, err := s.Registrations.Registration(t.Context(), stack.Officer, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.SaveBundle(r.ID, s.Import(qtsp.Request{}), qsealc)
	s.TestConnection(r.ID)
	ask := registration.ChangeRequest{Version: 1, Content: shown.Draft().Content()}
	_, _, err = s.Registrations.RequestChange(t.Context(), stack.Officer, r.ID, ask)
	if fault.Code(err) != "changed_meanwhile" {
		t.Errorf("asked for another draft than was shown: %v", err)
	}
	now, err := s.Registrations.Registration(t.Context(), stack.Officer, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	ask.Content = now.Draft().Content()
	if _, done, err := s.Registrations.RequestChange(t.Context(), stack.Officer, r.ID, ask); err != nil || done {
		t.Errorf("asked for what was shown: done %v, %v", done, err)
	}
}

func TestChangingARequestedDraftWithdrawsTheRequest(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.LiveAtSim)
	s.DoSteps(r.ID)
	qsealc := s.Import(qtsp.Request{Kind: certs.QSealC})
	s.SaveBundle(r.ID, s.Import(qtsp.Request{}), qsealc)
	s.TestConnection(r.ID)
	if _, err := s.Registrations.Activate(t.Context(), stack.Engineer, r.ID, 1); err != nil {
		t.Fatal(err)
	}
	s.SaveBundle(r.ID, s.Import(qtsp.Request{}), qsealc)
	if _, err := s.Registrations.Activate(t.Context(), stack.Officer, r.ID, 1); fault.Code(err) != "not_ready" {
		t.Errorf("what nobody tested or asked for was confirmed: %v", err)
	}
}

// Whatever is called in whatever order, nothing is active that has a blocker.
func TestNoOrderOfCallsActivatesABlockedBundle(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.Institution)
	good := s.Import(qtsp.Request{})
	seal := s.Import(qtsp.Request{Kind: certs.QSealC})
	poor := s.Import(qtsp.Request{Roles: []string{"PSP_AI"}})
	ctx := t.Context()
	random := rand.New(rand.NewPCG(1, uint64(len(t.Name())))) // a reproducible walk
	states := slices.Repeat([]checklist.State{checklist.Done}, 30)
	states[0] = checklist.Todo
	steps := []string{
		"portal_account", "account_activated", "customer_organization", "application", "subscribe_aisp",
		"subscribe_pisp",
	}
	activated := 0
	for range 500 {
		switch random.IntN(8) {
		case 0, 1, 2:
			_ = s.Registrations.SetStep(ctx, stack.Engineer, r.ID, steps[random.IntN(len(steps))],
				states[random.IntN(len(states))], "")
		case 3:
			qwac := []string{good, good, poor}[random.IntN(3)]
			_, _ = s.Registrations.SaveBundle(ctx, stack.Engineer, r.ID, registration.BundleInput{
				QWACID:       qwac,
				QSealCID:     seal,
				ClientID:     stack.ClientID,
				ClientSecret: secret.NewTextString(stack.ClientSecret),
			})
		case 4, 5:
			_, _ = s.Issuer.Test(ctx, stack.Engineer, r.ID)
		default:
			version := 1 + random.IntN(activated+2)
			done, err := s.Registrations.Activate(ctx, stack.Engineer, r.ID, version)
			if err != nil || !done {
				continue
			}
			activated++
			if _, _, err := s.Registrations.ActiveBundle(ctx, r.ID); err != nil {
				t.Fatalf("version %d became active with a blocker left: %v", version, err)
			}
		}
	}
	if activated == 0 {
		t.Error("nothing was ever activated, so nothing was shown")
	}
}

// What must be so before an activation does not cut off what is active.
func TestActiveVersionOutlivesItsChecklistAndTest(t *testing.T) {
	s := stack.New(t)
	r := s.Activate()
	s.Bank.Close()
	if report, err := s.Issuer.Test(t.Context(), stack.Engineer, r.ID); err != nil || report.Passed {
		t.Fatalf("a test of a bank that is gone: %+v, %v", report, err)
	}
	if err := s.Registrations.SetStep(t.Context(), stack.Engineer, r.ID, "portal_account", checklist.Todo,
		""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Issuer.Client(t.Context(), stack.Connector, r.ID); err != nil {
		t.Errorf("a new caller is refused: %v", err)
	}
	if v, err := s.Registrations.Registration(t.Context(), stack.Engineer, r.ID); err != nil || !v.Ready() {
		t.Errorf("not ready: %+v, %v", v.InUse, err)
	}
}

// Ready speaks of the active version, whatever the draft is.
func TestReadyIsAboutTheActiveVersion(t *testing.T) {
	s := stack.New(t)
	soon := s.QTSP.MustIssue(t, qtsp.Request{NotAfter: s.Now.Add(time.Hour)})
	r := s.ActivateWith(soon, s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC}))
	view := func() registration.View {
		v, err := s.Registrations.Registration(t.Context(), stack.Engineer, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	s.SaveBundle(r.ID, s.Import(qtsp.Request{}), "")
	if v := view(); !v.Ready() || len(v.Blockers) == 0 {
		t.Errorf("with an untested draft: ready %v, %v", v.Ready(), v.Blockers)
	}
	s.TestConnection(r.ID)
	s.Now = s.Now.Add(2 * time.Hour)
	if v := view(); v.Ready() || len(v.Blockers) != 0 {
		t.Errorf("with an expired active and a good draft: ready %v, draft blocked by %v", v.Ready(), v.Blockers)
	}
	if _, _, err := s.Registrations.ActiveBundle(t.Context(), r.ID); fault.Code(err) != "not_ready" {
		t.Errorf("the connector is told %v", err)
	}
}
