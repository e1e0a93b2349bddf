package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration/existing"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Two people agree to a list with files of evidence, and these files and no others come to its steps.
func TestEvidenceOfAnImport(t *testing.T) {
	s, dir := stack.New(t), t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		mustBe(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	digest := func(content string) string {
		sum := sha256.Sum256([]byte(content))
		return hex.EncodeToString(sum[:])
	}
	answer := "They activated it on the phone."
	list := fmt.Sprintf(`organizations:
- {identifier: PSDFR-ACPR-12345, legal_name: Exemple, country: FR, contact_email: a@example.com}
applications:
- {organization: PSDFR-ACPR-12345, name: Exemple, redirect_uris: ["https://app.example/callback"]}
registrations:
- application: Exemple
  institution: %s
  client_id: %s
  qwac: %s
  done_on: 2024-05-17
  steps:
    portal_account:
      evidence: {answer.txt: %s, later.txt: %s, other.txt: %s, program.txt: %s}
`, stack.Institution, stack.ClientID, digest("a certificate"), digest(answer), digest("Later."),
		digest("What was meant."),
		digest("\x7fELF\x02"))
	i, r, done, err := s.Imports.Request(t.Context(), stack.Engineer, existing.Files{
		Name:    "firm.yaml",
		List:    []byte(list),
		Secrets: secret.NewTextString(fmt.Sprintf("%s: %q\n", stack.ClientID, stack.ClientSecret)),
		Reason:  "we move in",
	})
	mustBe(t, err)
	if !done {
		if !strings.Contains(r.Changes[len(r.Changes)-1].After, "answer.txt "+digest(answer)) {
			t.Errorf("the second person sees %+v", r.Changes)
		}
		_, err = s.Approvals.Approve(t.Context(), stack.Officer, r.ID, "")
		mustBe(t, err)
	}
	_, err = s.Imports.Run(t.Context())
	mustBe(t, err)
	handler, err := s.Handler()
	mustBe(t, err)
	web := httptest.NewServer(handler)
	defer web.Close()
	_, err = s.Identity.AddUser(t.Context(), "Eve", []access.Role{access.Engineer})
	mustBe(t, err)
	token, err := s.Identity.NewToken(t.Context(), "Eve", time.Hour)
	mustBe(t, err)
	tokenFile := write("token", token.Reveal())
	write("answer.txt", answer)
	write("other.txt", "Something else.")
	write("program.txt", "\x7fELF\x02")
	add := func(list string) (int, string) {
		return run(t, "registrations", "import", "evidence", i.ID, list, "--files", dir, "--server", web.URL,
			"--token-file", tokenFile)
	}
	if code, said := add(write("changed.yaml", list+"# changed")); code == 0 || !strings.Contains(said, "list_other") {
		t.Errorf("another list: %s", said)
	}
	path := write("firm.yaml", list)
	code, said := add(path)
	for _, want := range []string{
		"portal_account answer.txt: added\n", "later.txt: the file is not in the folder\n",
		"other.txt: the file is not the one that the list names\n", "program.txt: Only ", "Not added: 3 files",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if code == 0 || t.Failed() {
		t.Fatalf("exit %d: %s", code, said)
	}
	write("later.txt", "Later.")
	if _, said = add(path); !strings.Contains(said, "answer.txt: there\n") ||
		!strings.Contains(said, "later.txt: added\n") {
		t.Errorf("repeated: %s", said)
	}
	all, err := s.DB.Registrations(t.Context())
	mustBe(t, err)
	view, err := s.Registrations.Registration(t.Context(), stack.Officer, all[0].ID)
	mustBe(t, err)
	if step, _ := view.Step("portal_account"); len(step.Evidence) != 2 {
		t.Errorf("%d files", len(step.Evidence))
	}
}
