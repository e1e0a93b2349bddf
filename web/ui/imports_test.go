package ui_test

import (
	"bytes"
	"encoding/base64"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
)

const (
	answer  = "They activated it on the phone."
	program = "\x7fELF\x02"
)

// sends posts a multipart form of files and texts, as browsers do.
func (b *browser) sends(path string, files, texts map[string]string) reply {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, text := range texts {
		check(b.t, form.WriteField(name, text))
	}
	for name, text := range files {
		part, err := form.CreateFormFile(name, name+".yaml")
		check(b.t, err)
		_, err = part.Write([]byte(text))
		check(b.t, err)
	}
	check(b.t, form.Close())
	return b.do(http.MethodPost, path, form.FormDataContentType(), &body)
}

// addsEvidence adds files on an import's page: each goes where the list names its content, once.
func (s *console) addsEvidence(t *testing.T, b *browser, path string) {
	t.Helper()
	for _, test := range []struct{ name, content, lang, want string }{
		{"a file under another name", answer, "en", "added"},
		{"once more", answer, "en", "the step has it already"},
		{"once more, in French", answer, "fr", "l&#39;étape l&#39;a déjà"},
		{"one that the list does not name", "Something else.", "en", "not in the list"},
		{"a program", program, "en", "Only PDF, PNG, JPEG"},
	} {
		b.lang = test.lang
		p := b.sends(path+"/evidence", map[string]string{"file": test.content}, nil)
		if p.want(t, http.StatusOK, test.want); unsaid.MatchString(p.body) {
			t.Errorf("%s:\n%s", test.name, main(p.body))
		}
	}
	b.lang = "en"
	b.sends(path+"/evidence", nil, nil).want(t, http.StatusUnprocessableEntity, "Choose a file.")
	s.signedIn(t, "Bea", access.Auditor).sends(path+"/evidence", map[string]string{"file": program}, nil).
		want(t, http.StatusForbidden)
}

// TestImportPages: a list is judged, requested by one person and agreed to by another; its pages speak both languages.
func TestImportPages(t *testing.T) {
	s := newConsole(t)
	stored, err := s.Vault.Get(t.Context(), stack.Officer, s.Import(qtsp.Request{}))
	check(t, err)
	list := `organizations:
  - {identifier: PSDFR-ACPR-12345, legal_name: Exemple, country: FR, contact_email: a@exemple.example}
applications:
  - {organization: PSDFR-ACPR-12345, name: Budget & Co, redirect_uris: [https://exemple.example/cb]}
registrations:
  - {application: Budget & Co, institution: soc-gen-personal, client_id: c-1, qwac: ` + stored.Leaf.SHA256 +
		`, qsealc: ` + strings.Repeat("ab", 32) + `, done_on: 2024-05-17,
     steps: {portal_account: {evidence: {answer.txt: ` + evidence.Digest([]byte(answer)) + `,
       program.txt: ` + evidence.Digest([]byte(program)) + `}}}}
`
	b := s.signedIn(t, "Camille", access.Engineer)
	for _, lang := range []string{"fr", "en"} {
		b.lang = lang
		for _, page := range []reply{
			b.get("/imports"),
			b.sends("/imports/check", map[string]string{"list": list}, nil),
			b.sends("/imports/check", map[string]string{"list": strings.ReplaceAll(list, "2024-05-17", "17.5.24")},
				nil),
		} {
			page.want(t, http.StatusOK, `<html lang="`+lang+`">`)
			if at := unsaid.FindString(page.body); at != "" {
				t.Errorf("in %s a page holds %q:\n%s", lang, at, main(page.body))
			}
		}
	}
	b.sends("/imports/check", map[string]string{"list": list}, nil).want(t, http.StatusOK,
		"Nothing is stored yet.", "are not in custody", "Budget &amp; Co")
	b.sends("/imports/check", map[string]string{"list": strings.ReplaceAll(list, "2024-05-17", "17.5.24")}, nil).
		want(t, http.StatusOK, "Line 6:", "done_on is not a day")
	kept := base64.StdEncoding.EncodeToString([]byte(list))
	b.sends("/imports", map[string]string{"secrets": `c-2: "hunter2"`}, map[string]string{"kept": kept}).
		want(t, http.StatusUnprocessableEntity, "The file with the secrets has none under the name")
	asked := b.sends("/imports", map[string]string{"secrets": `c-1: "hunter2"`},
		map[string]string{"kept": kept, "name": "firm.yaml", "reason": "we move in"})
	asked.want(t, http.StatusOK, "A second person has to agree.", "firm.yaml", "to come in")
	open, err := s.Approvals.List(t.Context(), stack.Officer, approval.Filter{Kind: access.RegistrationImport})
	check(t, err)
	b.get("/approvals/"+open[0].ID).want(t, http.StatusOK, asked.path)
	officer := s.signedIn(t, "Ada", access.Compliance)
	officer.get("/approvals/"+open[0].ID).want(t, http.StatusOK, asked.path, "Steps that count as done before")
	_, err = s.Approvals.Approve(t.Context(), stack.Officer, open[0].ID, "")
	check(t, err)
	_, err = s.Imports.Run(t.Context())
	check(t, err)
	in := officer.get(asked.path)
	in.want(t, http.StatusOK, "came in", "1 registration lacks a certificate")
	s.addsEvidence(t, officer, asked.path)
	officer.lang = "fr"
	if page := officer.get(asked.path); unsaid.MatchString(page.body) {
		t.Errorf("in French:\n%s", main(page.body))
	}
	all, err := s.DB.Registrations(t.Context())
	check(t, err)
	b.get("/registrations/"+all[0].ID).want(t, http.StatusOK, "Done before, on 17 May 2024", "1 file of evidence")
	for _, page := range []reply{asked, in} {
		if strings.Contains(page.body, "hunter2") {
			t.Error("a page has the secret")
		}
	}
	s.signedIn(t, "Bob", access.Auditor).sends("/imports/check", map[string]string{"list": list}, nil).
		want(t, http.StatusForbidden)
}
