package registration_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.mozilla.org/pkcs7"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
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

func stateOf(t *testing.T, s *stack.Stack, id, step string) registration.StepState {
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
		s.Registrations.SetStep(t.Context(), stack.Engineer, first.ID, "portal_account", registration.StepDone,
			"psd2@exemple.example"))
	if got := stateOf(t, s, second.ID, "portal_account"); got != registration.StepDone {
		t.Errorf("the professional registration has to make the account again: %s", got)
	}
	if got := stateOf(t, s, live.ID, "portal_account"); got != registration.Todo {
		t.Errorf("live shares the sandbox's account: %s", got)
	}
	all, err := s.Registrations.Enrolments(t.Context(), stack.Auditor)
	must(t, err)
	if len(all) != 2 || len(all[0].Registrations) != 2 || len(all[1].Registrations) != 1 {
		t.Errorf("got %d enrolments", len(all))
	}
	// The enrolment itself can be worked on, and a step of a registration is none of its.
	must(t,
		s.Registrations.SetStep(t.Context(), stack.Engineer, all[0].Enrolment.ID, "account_activated",
			registration.StepDone, ""))
	if err := s.Registrations.SetStep(t.Context(), stack.Engineer, all[0].Enrolment.ID, "application",
		registration.StepDone, ""); codeOf(err) != "step_unknown" {
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
	must(t, s.Registrations.SetStep(t.Context(), stack.Engineer, r.ID, "customer_organization", registration.Todo, ""))
	v := viewOf(t, s, r.ID)
	step, _ := v.Step("application")
	if !step.Locked || step.State != registration.Todo || !step.Relocked() || step.Settled() {
		t.Errorf("the application counts as done although its organization is not: %+v", step)
	}
	must(t,
		s.Registrations.SetStep(t.Context(), stack.Engineer, r.ID, "customer_organization", registration.StepDone, ""))
	if got := stateOf(t, s, r.ID, "application"); got != registration.StepDone {
		t.Errorf("what was done has to be done again: %s", got)
	}
	history, err := s.Registrations.History(t.Context(), stack.Auditor, r.ID)
	must(t, err)
	if len(history) < 7 || history[0].Step != "customer_organization" || history[0].From != "todo" ||
		history[0].To != "done" || history[0].ByName != "Grace" {
		t.Errorf("the history says %+v", history[0])
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
	if got, _ := v.Step("application"); got.State != registration.InProgress || len(v.Warnings) == 0 || !v.Ready() {
		t.Errorf("state %s, warnings %v, ready %v", got.State, v.Warnings, v.Ready())
	}
	a.ClientURI = "https://www.exemple-paiement.example"
	if _, consequences, err = s.Registrations.UpdateApplication(t.Context(), stack.Engineer, a); err != nil ||
		len(consequences) != 1 || consequences[0].Code != "bank_to_be_told" {
		t.Errorf("still to be told: %+v, %v", consequences, err)
	}
	a.RedirectURIs = []string{"http://elsewhere.example/"}
	if _, _, err = s.Registrations.UpdateApplication(t.Context(), stack.Engineer, a); codeOf(err) != "redirect_uri_invalid" {
		t.Errorf("got %v", err)
	}
}

func TestGates(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.Institution)
	gate := func(step string) registration.Gate {
		v, _ := viewOf(t, s, r.ID).Step(step)
		if len(v.Gates) == 0 {
			t.Fatalf("nothing is checked about %s", step)
		}
		return v.Gates[0]
	}
	if g := gate("subscribe_pisp"); g.Level != registration.GateUnknown {
		t.Errorf("without a certificate: %+v", g)
	}
	poor := s.Import(qtsp.Request{Roles: []string{"PSP_AI"}})
	s.SaveBundle(r.ID, poor, s.Import(qtsp.Request{Kind: certs.QSealC, Roles: []string{"PSP_AI"}}))
	if g := gate("subscribe_pisp"); g.Code != "role_missing" || g.Level != registration.GateError {
		t.Errorf("with an account certificate: %+v", g)
	}
	for _, step := range []string{
		"portal_account", "account_activated", "customer_organization", "application", "subscribe_aisp",
	} {
		must(t, s.Registrations.SetStep(t.Context(), stack.Engineer, r.ID, step, registration.StepDone, ""))
	}
	if err := s.Registrations.SetStep(t.Context(), stack.Engineer, r.ID, "subscribe_pisp", registration.StepDone,
		""); codeOf(err) != "role_missing" {
		t.Errorf("a subscription the certificate is not for: %v", err)
	}
	if g := gate("customer_organization"); g.Code != "agreement_agrees" {
		t.Errorf("the same number: %+v", g)
	}
	e := viewOf(t, s, r.ID).Enrolment
	e.AgreementNumber = " PSDFR-ACPR-99999\n" // as it is pasted
	_, err := s.Registrations.UpdateEnrolment(t.Context(), stack.Engineer, e)
	must(t, err)
	if g := gate("customer_organization"); g.Code != "agreement_differs" || g.Level != registration.GateWarning {
		t.Errorf("another number is a warning: %+v", g)
	}
	if got := viewOf(t, s, r.ID).Enrolment.AgreementNumber; got != "PSDFR-ACPR-99999" {
		t.Errorf("kept as %q", got)
	}
	e.AgreementNumber = "12345"
	if _, err := s.Registrations.UpdateEnrolment(t.Context(), stack.Engineer, e); codeOf(err) != "agreement_number_invalid" {
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

func TestLiveWaitsForTheBanksAnswer(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.LiveAtSim)
	ctx, step := t.Context(), "customer_organization"
	sent := func() error {
		_, err := s.Registrations.RecordSent(ctx, stack.Officer, r.ID, step, registration.Sent{})
		return err
	}
	answered := func(a registration.Answer) error {
		return s.Registrations.RecordAnswer(ctx, stack.Officer, r.ID, step, a)
	}
	if got := codeOf(s.Registrations.SetStep(ctx, stack.Officer, r.ID, step, registration.StepDone,
		"")); got != "step_checked" {
		t.Errorf("it was ticked: %s", got)
	}
	if got := codeOf(answered(registration.Answer{From: "support", Confirmed: true})); got != "no_open_letter" {
		t.Errorf("an answer to nothing: %s", got)
	}
	if got := codeOf(sent()); got != "step_locked" {
		t.Errorf("sent before there was an account: %s", got)
	}
	for _, done := range []string{"portal_account", "account_activated"} {
		must(t, s.Registrations.SetStep(ctx, stack.Engineer, r.ID, done, registration.StepDone, ""))
	}
	s.Import(qtsp.Request{})
	s.Import(qtsp.Request{Kind: certs.QSealC})
	must(t, sent())
	if got := codeOf(sent()); got != "letter_open" {
		t.Errorf("sent twice: %s", got)
	}
	v, _ := viewOf(t, s, r.ID).Step(step)
	if v.State != registration.Waiting || v.Record.WaitingSince.IsZero() ||
		!v.Record.RemindAt.Equal(v.Record.WaitingSince.AddDate(0, 0, 7)) || v.Overdue {
		t.Errorf("waiting: %+v", v.Record)
	}
	s.Now = s.Now.AddDate(0, 0, 8)
	tasks, err := s.Registrations.Today(ctx, stack.Officer)
	must(t, err)
	if len(tasks) == 0 || tasks[0].Kind != registration.BankSilent || tasks[0].Urgency != registration.Overdue {
		t.Errorf("nobody is reminded: %+v", tasks)
	}
	if got := codeOf(answered(registration.Answer{From: " ", Confirmed: true})); got != "answer_from_missing" {
		t.Errorf("an answer of nobody: %s", got)
	}
	if got := codeOf(answered(registration.Answer{From: "support"})); got != "reason_missing" {
		t.Errorf("a refusal without a reason: %s", got)
	}
	must(t, answered(registration.Answer{From: "support", Note: "wrong number"}))
	if got := stateOf(t, s, r.ID, step); got != registration.InProgress {
		t.Errorf("after a refusal: %s", got)
	}
	must(t, sent())
	must(t, answered(registration.Answer{From: "support", Confirmed: true}))
	if got := stateOf(t, s, r.ID, step); got != registration.StepDone {
		t.Errorf("after the confirmation: %s", got)
	}
	if letters := viewOf(t, s, r.ID).Letters; len(letters) != 2 || letters[1].Answer.Note != "wrong number" {
		t.Errorf("the correspondence is %+v", letters)
	}
}

// letter prepares the e-mail of a live registration.
func letter(t *testing.T, s *stack.Stack, language string) registration.Letter {
	t.Helper()
	r := s.Register(stack.LiveAtSim)
	s.Import(qtsp.Request{})
	l, err := s.Registrations.PrepareLetter(t.Context(), stack.Engineer, r.ID, "customer_organization", language, "")
	must(t, err)
	return l
}

func TestTheEmailToTheBankOpensInAMailProgram(t *testing.T) {
	s := stack.New(t)
	l := letter(t, s, "fr")
	m, err := mail.ReadMessage(bytes.NewReader(l.EML))
	must(t, err)
	for header, want := range map[string]string{
		"To":         "<support-api-groupe-sg.fr@socgen.com>",
		"From":       "<psd2@exemple-paiement.example>",
		"X-Unsent":   "1",
		"Message-Id": "",
	} {
		is(t, header, m.Header.Get(header), want)
	}
	if subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil ||
		!strings.Contains(subject, "PSDFR-ACPR-12345") || subject != l.Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	must(t, err)
	is(t, "type", kind, "multipart/mixed")
	parts := map[string][]byte{}
	for reader := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		data, err := io.ReadAll(part)
		must(t, err)
		if part.Header.Get("Content-Transfer-Encoding") == "base64" {
			data, err = base64.StdEncoding.DecodeString(strings.ReplaceAll(string(data), "\r\n", ""))
			must(t, err)
		}
		parts[part.FileName()] = data
	}
	if body := string(parts[""]); !strings.Contains(body, "Numéro d'agrément : PSDFR-ACPR-12345") ||
		!strings.Contains(body, "psd2@exemple-paiement.example") || strings.Contains(body, "{") {
		t.Errorf("the text is %s", body)
	}
	p7, err := pkcs7.Parse(parts["qwac-chain.p7b"])
	must(t, err)
	if len(p7.Certificates) != strings.Count(string(parts["qwac-chain.pem"]), "BEGIN CERTIFICATE") ||
		len(p7.Signers) != 0 || len(p7.Certificates) < 2 {
		t.Errorf("%d certificates and %d signers", len(p7.Certificates), len(p7.Signers))
	}
	if bytes.Contains(l.EML, []byte("PRIVATE")) || bytes.Contains(parts["qwac-chain.pem"], []byte("PRIVATE")) {
		t.Error("a key is attached")
	}
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("no openssl to read the PKCS#7 with")
	}
	cmd := exec.CommandContext(t.Context(), "openssl", "pkcs7", "-inform", "DER", "-print_certs", "-noout")
	cmd.Stdin = bytes.NewReader(parts["qwac-chain.p7b"])
	if out, err := cmd.CombinedOutput(); err != nil || strings.Count(string(out), "subject=") != len(p7.Certificates) {
		t.Errorf("OpenSSL says %s, %v", out, err)
	}
}

func TestNothingGetsIntoTheEmailsHeaders(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.LiveAtSim)
	s.Import(qtsp.Request{})
	o := viewOf(t, s, r.ID).Organization
	// Past the checks of the form, as from a database somebody wrote to.
	o.LegalName = "Exemple\r\nBcc: eve@evil.example"
	must(t, s.DB.UpdateOrganization(t.Context(), o, nil))
	l, err := s.Registrations.PrepareLetter(t.Context(), stack.Engineer, r.ID, "customer_organization", "en", "")
	must(t, err)
	m, err := mail.ReadMessage(bytes.NewReader(l.EML))
	must(t, err)
	if m.Header.Get("Bcc") != "" || strings.Contains(l.Subject, "\n") {
		t.Errorf("headers: %v", m.Header)
	}
	o.LegalName, o.ContactEmail = "Exemple", "Ada <ada@exemple.example>, eve@evil.example"
	if _, _, err := s.Registrations.UpdateOrganization(t.Context(), stack.Engineer, o); codeOf(err) != "contact_invalid" {
		t.Errorf("two addresses: %v", err)
	}
}

func TestTheEmailIsAboutTheOrganizationsQWAC(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.LiveAtSim)
	prepare := func(language, certificate string) string {
		_, err := s.Registrations.PrepareLetter(t.Context(), stack.Engineer, r.ID, "customer_organization", language,
			certificate)
		return codeOf(err)
	}
	is(t, "without a QWAC", prepare("en", ""), "qwac_missing")
	is(t, "of another organization", prepare("en", s.Import(qtsp.Request{OrganizationIdentifier: "PSDFR-ACPR-99999"})),
		"not_the_qwac")
	is(t, "a signing certificate", prepare("en", s.Import(qtsp.Request{Kind: certs.QSealC})), "not_the_qwac")
	is(t, "in no such language", prepare("de", s.Import(qtsp.Request{})), "language_unknown")
}

// costlyLine is an empty PKCS#12 under an empty passphrase, the integrity code of which takes 2.39 million iterations.
const costlyLine = "MFsCAQMwEQYJKoZIhvcNAQcBoAQEAjAAMEMwMTANBglghkgBZQMEAgEFAAQg/1VmBNe75DZeWfA8" +
	"xKKbhavfFW2b+fPSGIsVWVYWj3EECS0TC5YqoLYdeAIDJHfw\n"

func TestEvidence(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.Institution)
	add := func(name string, content []byte) (registration.Evidence, error) {
		return s.Registrations.AddEvidence(t.Context(), stack.Engineer, r.ID, "portal_account", name, content)
	}
	for _, test := range []struct{ name, content, kind, code string }{
		{"a.pdf", "%PDF-1.7\n...", "application/pdf", ""},
		{"page.png", "\x89PNG\r\n\x1a\n...", "image/png", ""},
		{"photo.jpeg", "\xff\xd8\xff\xe0...", "image/jpeg", ""},
		{"answer.eml", "From: a@b.example\r\nSubject: done\r\n\r\nIt is active.\r\n", "message/rfc822", ""},
		{"note.txt", "They called.\n", "text/plain", ""},
		{"page.html.png", "<html><script>alert(1)</script>", "text/plain", ""}, // kept as the text it is
		{"empty.txt", "", "", "evidence_empty"},
		{"program.pdf", "\x7fELF\x02\x01\x01\x00", "", "evidence_type"},
		{"archive.pdf", "PK\x03\x04\x00", "", "evidence_type"},
		{"key.txt", "-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n", "", "evidence_holds_key"},
		{"big.txt", strings.Repeat("x", registration.MaxEvidence+1), "", "evidence_too_large"},
		{"costly.txt", strings.Repeat(costlyLine, 40), "", "evidence_too_costly"},
	} {
		e, err := add(test.name, []byte(test.content))
		if codeOf(err) != test.code || (err == nil && e.Type != test.kind) {
			t.Errorf("%s: %s, %v", test.name, e.Type, err)
		}
	}
	e, err := add(`..\..\C:\"evil"`+"\r\n.txt", []byte("A secret of the bank."))
	must(t, err)
	if strings.ContainsAny(e.Name, `/\":`+"\r\n") || !strings.HasPrefix(e.Disposition(), "attachment; ") {
		t.Errorf("name %q, %s", e.Name, e.Disposition())
	}
	got, content, err := s.Registrations.OpenEvidence(t.Context(), stack.Auditor, e.ID)
	if err != nil || string(content) != "A secret of the bank." || got.SHA256 != e.SHA256 {
		t.Errorf("got %q, %v", content, err)
	}
	if _, _, err := s.Registrations.OpenEvidence(t.Context(), stack.Connector, e.ID); !errors.Is(err, fault.Denied) {
		t.Errorf("a connector reads evidence: %v", err)
	}
	if step, _ := viewOf(t, s, r.ID).Step("portal_account"); len(step.Evidence) != 7 {
		t.Errorf("%d files", len(step.Evidence))
	}
}

func TestEvidenceIsSealed(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.Institution)
	add := func(text string) registration.Evidence {
		e, err := s.Registrations.AddEvidence(t.Context(), stack.Engineer, r.ID, "portal_account", "a.txt",
			[]byte(text))
		must(t, err)
		return e
	}
	one, two := add("The first file."), add("The second file.")
	_, sealed, err := s.DB.EvidenceFile(t.Context(), one.ID)
	must(t, err)
	if bytes.Contains(sealed, []byte("first")) {
		t.Error("the database holds it in clear")
	}
	other, moved := one, one
	other.ID, moved.ID, moved.Step = "exchanged", "moved", "application"
	for name, forged := range map[string]registration.Evidence{"another row": other, "another step": moved} {
		must(t, s.DB.AddEvidence(t.Context(), forged, sealed, registration.HistoryEntry{Subject: forged.Subject}))
		if _, _, err := s.Registrations.OpenEvidence(t.Context(), stack.Engineer, forged.ID); codeOf(err) != "file_damaged" {
			t.Errorf("%s: %v", name, err)
		}
	}
	cut := one
	cut.ID = "cut"
	must(t, s.DB.AddEvidence(t.Context(), cut, sealed[:20], registration.HistoryEntry{Subject: cut.Subject}))
	if _, _, err := s.Registrations.OpenEvidence(t.Context(), stack.Engineer, cut.ID); codeOf(err) != "file_damaged" {
		t.Errorf("cut off: %v", err)
	}
	must(t, s.Custody.Delete(t.Context(), "file-encryption"))
	if _, _, err := s.Registrations.OpenEvidence(t.Context(), stack.Engineer, two.ID); codeOf(err) != "file_key_missing" {
		t.Errorf("without its key: %v", err)
	}
	add("Makes another key.")
	if _, _, err := s.Registrations.OpenEvidence(t.Context(), stack.Engineer, two.ID); codeOf(err) != "file_damaged" {
		t.Errorf("with another key: %v", err)
	}
}

func FuzzEvidenceType(f *testing.F) {
	f.Add([]byte("From: a@b.example\r\nSubject: x\r\n\r\n"))
	f.Add([]byte("%PDF-"))
	f.Fuzz(func(_ *testing.T, content []byte) { _, _ = registration.Sniff(content) })
}

func TestToday(t *testing.T) {
	s := stack.New(t)
	soon := s.QTSP.MustIssue(t, qtsp.Request{NotAfter: s.Now.AddDate(0, 0, 20)})
	r := s.ActivateWith(soon, s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC}))
	next, err := s.Registrations.Register(t.Context(), stack.Engineer, viewOf(t, s, r.ID).Application.ID,
		"soc-gen-business-sandbox")
	must(t, err)
	due, owner := s.Now.AddDate(0, 0, -1), "Grace"
	must(t, s.Registrations.EditStep(t.Context(), stack.Engineer, next.ID, "application", registration.StepEdit{
		DueAt: &due,
		Owner: &owner,
	}))
	tasks, err := s.Registrations.Today(t.Context(), stack.Engineer)
	must(t, err)
	var kinds []string
	for _, task := range tasks {
		kinds = append(kinds, string(task.Kind))
		if task.Title == "" || task.Object == "" {
			t.Errorf("%+v", task)
		}
	}
	is(t, "tasks", strings.Join(kinds, " "), "step_due certificate_expiring step_next")
	s.Now = s.Now.Add(21 * 24 * time.Hour)
	tasks, err = s.Registrations.Today(t.Context(), stack.Officer)
	must(t, err)
	if len(tasks) == 0 || tasks[0].Kind != registration.InUseBlocked {
		t.Errorf("after the certificate has ended: %+v", tasks)
	}
}
