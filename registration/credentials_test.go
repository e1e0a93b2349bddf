package registration_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/secret"
)

const givenByTheBank = `credentials:
  - {id: client_id, pattern: "[0-9]+"}
  - {id: client_secret, secret: true}
  - {id: subscription_key, label: {en: Subscription key, fr: Clé}, secret: true, pattern: "[0-9a-f]{8}"}
  - {id: app, label: {en: Application number, fr: Numéro}, optional: true}
acceptance:
  recog`

// fictive registers at a bank whose file lists what it gives.
func fictive(t *testing.T, credentials string) (*stack.Stack, registration.Registration) {
	t.Helper()
	text, err := os.ReadFile("catalogue/testdata/banque-fictive.yaml")
	must(t, err)
	s := stack.New(t)
	file := strings.Replace(string(text), "acceptance:\n  recog", credentials, 1)
	file = strings.Replace(file, "profile: {accept", "profile: {oauth: {token_auth: body}, accept", 1)
	must(t, s.Catalogue.Take([][]byte{[]byte(file)}, nil))
	return s, s.Register("fictive-sandbox")
}

func texts(given ...string) map[string]secret.Text {
	all := map[string]secret.Text{}
	for i := 0; i < len(given); i += 2 {
		all[given[i]] = secret.NewTextString(given[i+1])
	}
	return all
}

// What else a bank gives is checked by its file, its secrets are in custody, and stay when the client secret changes.
func TestWhatElseTheBankGives(t *testing.T) {
	s, r := fictive(t, givenByTheBank)
	ctx := t.Context()
	client := secret.NewTextString("s3cret")
	lacks := func() bool {
		return slices.ContainsFunc(view(t, s, r.ID).Blockers, func(b registration.Blocker) bool {
			return b.Code == "credential_missing" && b.Args[0] == "Subscription key" && b.Args[1] == "Clé"
		})
	}
	for name, test := range map[string]struct {
		in   registration.BundleInput
		code string
	}{
		"what it does not give": {registration.BundleInput{ClientID: "1", ClientSecret: client,
			Credentials: texts("token", "x")}, "credential_unknown"},
		"another form": {registration.BundleInput{ClientID: "1", ClientSecret: client,
			Credentials: texts("subscription_key", "no")}, "credential_form"},
		"two lines": {registration.BundleInput{ClientID: "1", ClientSecret: client,
			Credentials: texts("app", "1\n2")}, "credential_form"},
		"a client id of another form": {registration.BundleInput{ClientID: "x", ClientSecret: client},
			"credential_form"},
		"the client id among them": {registration.BundleInput{ClientID: "1", ClientSecret: client,
			Credentials: texts("client_id", "2")}, "credential_twice"},
		"nothing but a key": {registration.BundleInput{Credentials: texts("subscription_key", "0123abcd")},
			"credentials_incomplete"},
	} {
		if _, err := s.Registrations.SaveBundle(ctx, stack.Engineer, r.ID, test.in); fault.Code(err) != test.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := s.Registrations.SaveBundle(ctx, stack.Engineer, r.ID,
		registration.BundleInput{ClientID: "1", ClientSecret: client})
	must(t, err)
	if !lacks() {
		t.Errorf("without the key: %+v", view(t, s, r.ID).Blockers)
	}
	b, err := s.Registrations.SaveBundle(ctx, stack.Engineer, r.ID,
		registration.BundleInput{Credentials: texts("subscription_key", "0123abcd", "app", "42")})
	must(t, err)
	if b.Credentials["app"] != "42" || b.Credentials["subscription_key"] != "" || lacks() {
		t.Errorf("the version has %+v", b.Credentials)
	}
	b, err = s.Registrations.SaveBundle(ctx, stack.Engineer, r.ID,
		registration.BundleInput{ClientSecret: secret.NewTextString("another")})
	must(t, err)
	id, text, further, err := s.Vault.AllCredentials(ctx, stack.Engineer, b.CredentialsRef)
	if err != nil || id != "1" || text.Reveal() != "another" || further["subscription_key"].Reveal() != "0123abcd" ||
		len(further) != 1 {
		t.Errorf("custody has %s, %d further, %v", id, len(further), err)
	}
}

// Where a bank gives no client secret, none is asked for, and none is taken.
func TestABankWithoutClientSecrets(t *testing.T) {
	s, r := fictive(t, "credentials:\n  - {id: client_id}\n  - {id: app, label: {en: A, fr: A}}\n"+
		"acceptance:\n  recog")
	ctx := t.Context()
	_, err := s.Registrations.SaveBundle(ctx, stack.Engineer, r.ID,
		registration.BundleInput{ClientID: "1", ClientSecret: secret.NewTextString("x")})
	if fault.Code(err) != "credential_unknown" {
		t.Errorf("a secret: %v", err)
	}
	b, err := s.Registrations.SaveBundle(ctx, stack.Engineer, r.ID, registration.BundleInput{ClientID: "1"})
	if err != nil || b.CredentialsRef == "" {
		t.Errorf("the version is %+v, %v", b, err)
	}
}

// When the client secret ends is noted of the version that has it, without a new one, and is over with the secret.
func TestTheEndOfAClientSecret(t *testing.T) {
	s, r := liveDraft(t)
	ctx := t.Context()
	approve(t, s, ask(t, s, r.ID, registration.ChangeRequest{Version: 1}))
	ends := calendar.Of(s.Now.AddDate(0, 6, 0), time.UTC)
	_, err := s.Registrations.SaveBundle(ctx, stack.Engineer, r.ID, registration.BundleInput{SecretEndsOn: &ends})
	must(t, err)
	if v := view(t, s, r.ID); v.Draft() != nil || !v.Active().SecretEndsOn.Equal(ends) {
		t.Errorf("in use is %+v, and the draft %+v", v.Active(), v.Draft())
	}
	_, err = s.Registrations.SaveBundle(ctx, stack.Engineer, r.ID,
		registration.BundleInput{SecretEndsOn: &calendar.Date{}})
	must(t, err)
	if v := view(t, s, r.ID); v.Draft() != nil || !v.Active().SecretEndsOn.IsZero() {
		t.Errorf("taken back, it ends on %s", v.Active().SecretEndsOn)
	}
	b, err := s.Registrations.SaveBundle(ctx, stack.Engineer, r.ID,
		registration.BundleInput{QWACID: view(t, s, r.ID).Active().QWACID, SecretEndsOn: &ends})
	if err != nil || !b.SecretEndsOn.Equal(ends) {
		t.Errorf("with a certificate it ends on %s, %v", b.SecretEndsOn, err)
	}
	b, err = s.Registrations.SaveBundle(ctx, stack.Engineer, r.ID,
		registration.BundleInput{ClientSecret: secret.NewTextString("another")})
	if err != nil || !b.SecretEndsOn.IsZero() {
		t.Errorf("another secret ends on %s, %v", b.SecretEndsOn, err)
	}
	other, err := s.Registrations.Register(ctx, stack.Engineer, r.ApplicationID, stack.Institution)
	must(t, err)
	_, err = s.Registrations.SaveBundle(ctx, stack.Engineer, other.ID, registration.BundleInput{SecretEndsOn: &ends})
	if fault.Code(err) != "secret_end_nothing" {
		t.Errorf("where there is none: %v", err)
	}
}
