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
	"github.com/sealkeeper/sealkeeper/lab/required"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
)

// TestSentOnADayOfTheBank: in summer the bank's day begins two hours before that of UTC.
func TestSentOnADayOfTheBank(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.LiveAtSim)
	ctx, step := t.Context(), "customer_organization"
	for _, done := range []string{"portal_account", "account_activated"} {
		must(t, s.Registrations.SetStep(ctx, stack.Engineer, r.ID, done, checklist.Done, ""))
	}
	s.Import(qtsp.Request{})
	s.Import(qtsp.Request{Kind: certs.QSealC})
	summer := s.Now.AddDate(0, 0, 1)
	for summer.In(viewOf(t, s, r.ID).Institution.Zone()).Format("-0700") != "+0200" {
		summer = summer.AddDate(0, 0, 1)
	}
	s.Now = time.Date(summer.Year(), summer.Month(), summer.Day(), 22, 30, 0, 0, time.UTC)
	sent := func(days int) string {
		day := time.Date(summer.Year(), summer.Month(), summer.Day()+days, 0, 0, 0, 0, time.UTC)
		_, err := s.Registrations.RecordSent(ctx, stack.Officer, r.ID, step, email.Dispatch{At: day})
		return fault.Code(err)
	}
	if got := sent(2); got != "sent_in_future" {
		t.Errorf("tomorrow at the bank: %s", got)
	}
	if got := sent(1); got != "" {
		t.Errorf("today at the bank: %s", got)
	}
}

func TestLiveWaitsForTheBanksAnswer(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.LiveAtSim)
	ctx, step := t.Context(), "customer_organization"
	sent := func() error {
		_, err := s.Registrations.RecordSent(ctx, stack.Officer, r.ID, step, email.Dispatch{})
		return err
	}
	answered := func(a email.Answer) error {
		return s.Registrations.RecordAnswer(ctx, stack.Officer, r.ID, step, a)
	}
	if got := fault.Code(s.Registrations.SetStep(ctx, stack.Officer, r.ID, step, checklist.Done,
		"")); got != "step_checked" {
		t.Errorf("it was ticked: %s", got)
	}
	if got := fault.Code(answered(email.Answer{From: "support", Confirmed: true})); got != "no_open_email" {
		t.Errorf("an answer to nothing: %s", got)
	}
	if got := fault.Code(sent()); got != "step_locked" {
		t.Errorf("sent before there was an account: %s", got)
	}
	for _, done := range []string{"portal_account", "account_activated"} {
		must(t, s.Registrations.SetStep(ctx, stack.Engineer, r.ID, done, checklist.Done, ""))
	}
	s.Import(qtsp.Request{})
	s.Import(qtsp.Request{Kind: certs.QSealC})
	must(t, sent())
	if got := fault.Code(sent()); got != "email_open" {
		t.Errorf("sent twice: %s", got)
	}
	v, _ := viewOf(t, s, r.ID).Step(step)
	if v.State != checklist.Waiting || v.Record.WaitingSince.IsZero() ||
		!v.Record.RemindAt.Equal(v.Record.WaitingSince.AddDate(0, 0, 7)) || v.Overdue {
		t.Errorf("waiting: %+v", v.Record)
	}
	s.Now = s.Now.AddDate(0, 0, 8)
	tasks, err := s.Registrations.Today(ctx, stack.Officer)
	must(t, err)
	if len(tasks.Tasks) == 0 || tasks.Tasks[0].Kind != registration.BankSilent ||
		tasks.Tasks[0].Urgency != registration.Overdue {
		t.Errorf("nobody is reminded: %+v", tasks)
	}
	if got := fault.Code(answered(email.Answer{From: " ", Confirmed: true})); got != "answer_from_missing" {
		t.Errorf("an answer of nobody: %s", got)
	}
	if got := fault.Code(answered(email.Answer{From: "support"})); got != "reason_missing" {
		t.Errorf("a refusal without a reason: %s", got)
	}
	must(t, answered(email.Answer{From: "support", Note: "wrong number"}))
	if v, _ = viewOf(t, s, r.ID).Step(step); v.Record.ChangedAt.Before(s.Now.Truncate(time.Microsecond)) {
		t.Errorf("the step was changed at %s, says its record after the answer of %s", v.Record.ChangedAt, s.Now)
	}
	if got := stateOf(t, s, r.ID, step); got != checklist.InProgress {
		t.Errorf("after a refusal: %s", got)
	}
	must(t, sent())
	_, err = s.Registrations.AddEvidence(ctx, stack.Officer, r.ID, step, "answer.txt", []byte(stack.BanksAnswer))
	must(t, err)
	must(t, answered(email.Answer{From: "support", Confirmed: true}))
	if got := stateOf(t, s, r.ID, step); got != checklist.Done {
		t.Errorf("after the confirmation: %s", got)
	}
	if emails := viewOf(t, s, r.ID).Emails; len(emails) != 2 || emails[1].Answer.Note != "wrong number" {
		t.Errorf("the e-mails are %+v", emails)
	}
}

// prepared is the e-mail of a live registration.
func prepared(t *testing.T, s *stack.Stack, language string) email.Draft {
	t.Helper()
	r := s.Register(stack.LiveAtSim)
	s.Import(qtsp.Request{})
	l, err := s.Registrations.PrepareEmail(t.Context(), stack.Engineer, r.ID, "customer_organization", language, "")
	must(t, err)
	return l
}

func TestTheEmailToTheBankOpensInAMailProgram(t *testing.T) {
	s := stack.New(t)
	l := prepared(t, s, "fr")
	m, err := mail.ReadMessage(bytes.NewReader(l.EML(s.Now)))
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
	if bytes.Contains(l.EML(s.Now), []byte("PRIVATE")) || bytes.Contains(parts["qwac-chain.pem"], []byte("PRIVATE")) {
		t.Error("a key is attached")
	}
	cmd := exec.CommandContext(t.Context(), required.Program(t, "openssl"), "pkcs7", "-inform", "DER", "-print_certs",
		"-noout")
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
	l, err := s.Registrations.PrepareEmail(t.Context(), stack.Engineer, r.ID, "customer_organization", "en", "")
	must(t, err)
	m, err := mail.ReadMessage(bytes.NewReader(l.EML(s.Now)))
	must(t, err)
	if m.Header.Get("Bcc") != "" || strings.Contains(l.Subject, "\n") {
		t.Errorf("headers: %v", m.Header)
	}
	o.LegalName, o.ContactEmail = "Exemple", "Ada <ada@exemple.example>, eve@evil.example"
	_, _, err = s.Registrations.UpdateOrganization(t.Context(), stack.Engineer, o)
	if fault.Code(err) != "contact_invalid" {
		t.Errorf("two addresses: %v", err)
	}
}

func TestTheEmailIsAboutTheOrganizationsQWAC(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.LiveAtSim)
	refused := func(name, language, certificate, code string) {
		t.Run(name, func(t *testing.T) {
			_, err := s.Registrations.PrepareEmail(t.Context(), stack.Engineer, r.ID, "customer_organization",
				language, certificate)
			is(t, "refusal", fault.Code(err), code)
		})
	}
	refused("without a QWAC", "en", "", "qwac_missing")
	other := s.Import(qtsp.Request{OrganizationIdentifier: "PSDFR-ACPR-99999"})
	refused("of another organization", "en", other, "not_the_qwac")
	refused("a signing certificate", "en", s.Import(qtsp.Request{Kind: certs.QSealC}), "not_the_qwac")
	refused("in no such language", "de", s.Import(qtsp.Request{}), "language_unknown")
}
