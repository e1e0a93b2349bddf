package incident_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/incident"
	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err error, code string) {
	t.Helper()
	if err == nil || fault.Code(err) != code {
		t.Errorf("%v, wanted %s", err, code)
	}
}

func compromised(s *stack.Stack, id string) incident.Declaration {
	return incident.Declaration{
		CertificateID: id,
		Reason:        incident.KeyCompromise,
		What:          "The host was broken into.",
		HappenedAt:    s.Now,
	}
}

// From the declaration to the end: what is frozen, who is told, and the facts that close it.
func TestIncident(t *testing.T) {
	s, service := stack.Asking(t, stack.Options{})
	ctx := t.Context()
	issued, seal := s.QTSP.MustIssue(t, qtsp.Request{}), s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC})
	r := s.ActivateWith(issued, seal)
	v, err := s.Registrations.Registration(ctx, stack.Engineer, r.ID)
	check(t, err)
	old := v.Active().QWACID
	renewal := s.ImportIssued(s.QTSP.MustIssue(t, qtsp.Request{
		Key:      issued.Key.Signer(),
		NotAfter: issued.Certificate.NotAfter.AddDate(1, 0, 0),
	}))
	draft := s.SaveBundle(r.ID, renewal, "")

	_, err = s.Incidents.Declare(ctx, stack.Auditor, compromised(s, old))
	refused(t, err, "not_permitted")
	wrong := compromised(s, old)
	wrong.Reason = "removeFromCRL"
	_, err = s.Incidents.Declare(ctx, stack.Officer, wrong)
	refused(t, err, "incident_reason_unknown")
	var made sync.Map
	var both sync.WaitGroup
	for i := range 2 { // two people at once
		both.Go(func() {
			if one, err := s.Incidents.Declare(ctx, stack.Officer, compromised(s, old)); err == nil {
				made.Store(i, one)
			} else {
				refused(t, err, "incident_open")
			}
		})
	}
	both.Wait()
	var i incident.Incident
	n := 0
	made.Range(func(_, one any) bool {
		i, n = one.(incident.Incident), n+1
		return true
	}) //nolint:forcetypeassert // stored above
	if n != 1 || !i.WholeKey || i.Uses != 1 || i.InUse != 1 || i.Untold != 1 {
		t.Fatalf("%d declared: %+v", n, i)
	}

	// The renewal has the key, so it is frozen as well. What is in use stops by itself where the policy says so of what
	// is revoked, as it does of a sandbox, and goes on elsewhere.
	_, err = s.Registrations.SaveBundle(ctx, stack.Engineer, r.ID, registration.BundleInput{QWACID: renewal})
	refused(t, err, "bundle_compromised")
	_, err = s.Registrations.Activate(ctx, stack.Engineer, r.ID, draft.Version)
	if err == nil || !strings.Contains(err.Error(), "compromised") {
		t.Errorf("a frozen version was activated: %v", err)
	}
	blocked := func() int {
		t.Helper()
		v, err := s.Registrations.Registration(ctx, stack.Engineer, r.ID)
		check(t, err)
		return len(v.InUse)
	}
	if blocked() != 1 {
		t.Error("what is in use goes on in a sandbox")
	}
	goOn(t, s)
	if blocked() != 0 {
		t.Error("what is in use is cut off")
	}
	_, err = s.Cases.Evaluate(ctx)
	check(t, err)
	page, err := s.Cases.Page(ctx, stack.Officer, cases.Listed.Query())
	check(t, err)
	urgent := 0
	for _, c := range page.Items {
		if c.Kind == cases.Compromised && c.Urgent && c.ClosedAt.IsZero() {
			urgent++
		}
	}
	if urgent != 2 {
		t.Errorf("%d urgent cases of two frozen certificates: %+v", urgent, page.Items)
	}

	for language, words := range map[string][]string{
		"en": {"revoke the following certificate", "the private key may be in other hands"},
		"fr": {"révoquer immédiatement", "la clé privée peut être en d'autres mains"},
	} {
		letter, err := s.Incidents.Letter(ctx, stack.Officer, i.ID, incident.QTSP, language)
		check(t, err)
		for _, w := range append(words, issued.Certificate.Serial, issued.Certificate.SHA256, issued.Certificate.Issuer,
			"keyCompromise") {
			if !strings.Contains(letter.Body, w) {
				t.Errorf("the letter to the QTSP lacks %q:\n%s", w, letter.Body)
			}
		}
		if strings.Contains(string(letter.EML(s.Now)), "To: <>") || strings.Contains(letter.Body, "broken into") ||
			strings.Contains(letter.Body, "{") {
			t.Errorf("the letter: %s", letter.Body)
		}
		bank, err := s.Incidents.Letter(ctx, stack.Officer, i.ID, r.ID, language)
		check(t, err)
		if bank.To == "" || !strings.Contains(bank.Body, v.Institution.Name) || strings.Contains(bank.Body, "{") {
			t.Errorf("to %q:\n%s", bank.To, bank.Body)
		}
	}
	_, err = s.Incidents.Letter(ctx, stack.Officer, i.ID, "other", "en")
	if err == nil {
		t.Error("a letter to nobody")
	}
	check(t, s.Incidents.Told(ctx, stack.Engineer, i.ID, incident.QTSP))
	check(t, s.Incidents.Told(ctx, stack.Engineer, i.ID, r.ID))
	refused(t, s.Incidents.Told(ctx, stack.Engineer, i.ID, "other"), "not_found")

	service.Revoke(issued.Certificate.X509.SerialNumber, 1)
	s.Now = s.Now.Add(2 * time.Minute)
	_, err = s.Revocation.AskNow(ctx, stack.Officer, old)
	check(t, err)
	f, err := s.Incidents.Get(ctx, stack.Auditor, i.ID)
	check(t, err)
	if f.Untold != 0 || f.Told.By != stack.Engineer.ID || f.Revocation != revocation.Revoked || f.Replaced() ||
		f.Over() {
		t.Errorf("%+v", f)
	}
	s.SaveBundle(r.ID, s.Import(qtsp.Request{}), "")
	s.TestConnection(r.ID)
	v, err = s.Registrations.Registration(ctx, stack.Engineer, r.ID)
	check(t, err)
	_, err = s.Registrations.Activate(ctx, stack.Engineer, r.ID, v.Bundles[0].Version)
	check(t, err)
	_, err = s.Vault.Retire(ctx, stack.Officer, old, "compromised")
	check(t, err)
	f, err = s.Incidents.Get(ctx, stack.Auditor, i.ID)
	check(t, err)
	if !f.Replaced() || f.Retired() || f.Revoked() || f.Over() || len(f.Others) != 1 || f.Others[0].ID != renewal {
		t.Errorf("over, though the renewal has the key: %+v", f)
	}
	second, err := s.Vault.Get(ctx, stack.Officer, renewal)
	check(t, err)
	letter, err := s.Incidents.Letter(ctx, stack.Officer, i.ID, incident.QTSP, "en")
	check(t, err)
	if !strings.Contains(letter.Body, second.Leaf.SHA256) {
		t.Errorf("the letter does not name the renewal:\n%s", letter.Body)
	}
	service.Revoke(second.Leaf.X509.SerialNumber, 1)
	_, err = s.Revocation.AskNow(ctx, stack.Officer, renewal)
	check(t, err)
	_, err = s.Vault.Retire(ctx, stack.Officer, renewal, "compromised")
	check(t, err)
	if f, err = s.Incidents.Get(ctx, stack.Auditor, i.ID); err != nil || !f.Retired() || !f.Over() {
		t.Errorf("%+v, %v", f, err)
	}
}

// goOn has the use of what is revoked or compromised go on in sandboxes.
func goOn(t *testing.T, s *stack.Stack) {
	t.Helper()
	decided := policy.Setting{Name: policy.StopSandbox, Version: 1, Value: "false", Way: policy.ByApproval}
	check(t, s.DB.AddPolicySettings(t.Context(), []policy.Setting{decided}))
}

// A frozen key is not exported, and two people undo a mistake, even where one is enough for everything else.
func TestDeclaredByMistake(t *testing.T) {
	s := stack.New(t)
	ctx := t.Context()
	id := s.ImportExportable(s.QTSP.MustIssue(t, qtsp.Request{}))
	i, err := s.Incidents.Declare(ctx, stack.Engineer, compromised(s, id))
	check(t, err)
	_, err = s.Vault.ExportKey(ctx, stack.Engineer, id, "pem")
	refused(t, err, "certificate_compromised")
	refused(t, s.Incidents.Withdraw(ctx, stack.Auditor, i.ID, "wrong one"), "not_permitted")
	refused(t, s.Incidents.Withdraw(ctx, stack.Engineer, i.ID, " "), "reason_missing")
	check(t, s.Incidents.Withdraw(ctx, stack.Engineer, i.ID, "another one was meant"))
	f, err := s.Incidents.Get(ctx, stack.Auditor, i.ID)
	check(t, err)
	if !f.Standing() || f.Waiting == "" {
		t.Fatalf("%+v", f)
	}
	_, err = s.Approvals.Approve(ctx, stack.Engineer, f.Waiting, "")
	refused(t, err, "second_person_needed")
	_, err = s.Approvals.Approve(ctx, stack.Officer, f.Waiting, "")
	check(t, err)
	if f, err = s.Incidents.Get(ctx, stack.Auditor, i.ID); err != nil || f.Standing() ||
		f.Withdrawal.By != stack.Officer.ID {
		t.Errorf("%+v, %v", f, err)
	}
	key, err := s.Vault.ExportKey(ctx, stack.Engineer, id, "pem")
	check(t, err)
	key.KeyPEM.Wipe()
	_, err = s.Incidents.Declare(ctx, stack.Engineer, compromised(s, id)) // in earnest
	check(t, err)
}

// A certificate that was retired before its issuer revoked it is asked about until it is.
func TestRetiredBeforeItIsRevoked(t *testing.T) {
	s, service := stack.Asking(t, stack.Options{})
	ctx := t.Context()
	issued := s.QTSP.MustIssue(t, qtsp.Request{})
	id := s.ImportIssued(issued)
	i, err := s.Incidents.Declare(ctx, stack.Officer, compromised(s, id))
	check(t, err)
	_, err = s.Vault.Retire(ctx, stack.Officer, id, "compromised")
	check(t, err)
	service.Revoke(issued.Certificate.X509.SerialNumber, 1)
	for range 2 { // the second has removed what nothing asks for any more
		s.Now = s.Now.Add(30 * 24 * time.Hour)
		_, err = s.Revocation.AskDue(ctx)
		check(t, err)
	}
	f, err := s.Incidents.Get(ctx, stack.Auditor, i.ID)
	check(t, err)
	if !f.Revoked() || !f.Over() || f.RevokedAt.IsZero() {
		t.Errorf("%+v", f)
	}
}

// The key stays frozen when its certificate is destroyed: one that is uploaded later with the key is known by it.
func TestAKeyStaysFrozen(t *testing.T) {
	s := stack.New(t)
	ctx := t.Context()
	issued := s.QTSP.MustIssue(t, qtsp.Request{})
	id := s.ImportExportable(issued)
	_, err := s.Incidents.Declare(ctx, stack.Officer, compromised(s, id))
	check(t, err)
	_, err = s.Vault.Retire(ctx, stack.Officer, id, "compromised")
	check(t, err)
	_, err = s.Vault.Destroy(ctx, stack.Officer, id, issued.Certificate.SHA256[:8])
	check(t, err)
	later := s.ImportExportable(s.QTSP.MustIssue(t, qtsp.Request{Key: issued.Key.Signer()}))
	_, err = s.Vault.ExportKey(ctx, stack.Engineer, later, "pem")
	refused(t, err, "certificate_compromised")
}
