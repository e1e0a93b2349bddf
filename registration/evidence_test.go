package registration_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
)

// costlyLine is an empty PKCS#12 under an empty passphrase, the integrity code of which takes 2.39 million iterations.
const costlyLine = "MFsCAQMwEQYJKoZIhvcNAQcBoAQEAjAAMEMwMTANBglghkgBZQMEAgEFAAQg/1VmBNe75DZeWfA8" +
	"xKKbhavfFW2b+fPSGIsVWVYWj3EECS0TC5YqoLYdeAIDJHfw\n"

func TestEvidence(t *testing.T) {
	s := stack.New(t)
	r := s.Register(stack.Institution)
	add := func(name string, content []byte) (evidence.File, error) {
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
		{"big.txt", strings.Repeat("x", evidence.MaxSize+1), "", "evidence_too_large"},
		{"costly.txt", strings.Repeat(costlyLine, 40), "", "evidence_too_costly"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e, err := add(test.name, []byte(test.content))
			if fault.Code(err) != test.code || (err == nil && e.Type != test.kind) {
				t.Errorf("%s, %v", e.Type, err)
			}
		})
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
	add := func(text string) evidence.File {
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
	for name, forged := range map[string]evidence.File{"another row": other, "another step": moved} {
		must(t, s.DB.AddEvidence(t.Context(), forged, sealed, registration.HistoryEntry{Subject: forged.Subject}))
		_, _, err := s.Registrations.OpenEvidence(t.Context(), stack.Engineer, forged.ID)
		if fault.Code(err) != "file_damaged" {
			t.Errorf("%s: %v", name, err)
		}
	}
	cut := one
	cut.ID = "cut"
	must(t, s.DB.AddEvidence(t.Context(), cut, sealed[:20], registration.HistoryEntry{Subject: cut.Subject}))
	if _, _, err := s.Registrations.OpenEvidence(t.Context(), stack.Engineer, cut.ID); fault.Code(err) !=
		"file_damaged" {
		t.Errorf("cut off: %v", err)
	}
	must(t, s.Custody.Delete(t.Context(), "file-encryption"))
	_, _, err = s.Registrations.OpenEvidence(t.Context(), stack.Engineer, two.ID)
	if fault.Code(err) != "file_key_missing" {
		t.Errorf("without its key: %v", err)
	}
	add("Makes another key.")
	if _, _, err := s.Registrations.OpenEvidence(t.Context(), stack.Engineer, two.ID); fault.Code(err) !=
		"file_damaged" {
		t.Errorf("with another key: %v", err)
	}
}
