package ui_test

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
)

var (
	// notProse is what is not said but shown: what people and other programs wrote.
	marked = regexp.MustCompile(`(?s)<[a-z]+[^>]*\slang="en"[^>]*>(.*?)<`)
	spoken = regexp.MustCompile(
		`\s(?:title|aria-label|placeholder|alt|data-confirm|data-confirm-yes|data-busy)="([^"]*)"`)
	tag  = regexp.MustCompile(`<[^>]*>`)
	word = regexp.MustCompile(`[\p{L}']+`)
	// notProse is what is not said but shown, what people and other programs wrote, and the choice of language.
	notProse = []*regexp.Regexp{
		regexp.MustCompile(`(?s)<footer>.*?</footer>`), regexp.MustCompile(`(?s)<p class="links" role="group".*?</p>`),
		regexp.MustCompile(`(?s)<code\b.*?</code>`), regexp.MustCompile(`(?s)<textarea\b.*?</textarea>`),
		regexp.MustCompile(`(?s)<blockquote>.*?</blockquote>`), regexp.MustCompile(`(?s)<q>.*?</q>`),
		regexp.MustCompile(`(?s)<option\b.*?</option>`), regexp.MustCompile(`Written to the bank on Monday`),
		// the manual is in English, and its page says so; the title of another page is in its heading too
		regexp.MustCompile(`(?s)<article class="card chapter" lang="en">.*?</article>`),
		regexp.MustCompile(`(?s)<ul class="plain chapters">.*?</ul>`),
		regexp.MustCompile(`(?s)<title>.*?</title>`),
		regexp.MustCompile(`\b[0-9a-f]{64}\b`), // a hash that happens to hold "be" twice
	}
)

// ofEnglish are words that English sentences are made of and French ones are not.
var ofEnglish = strings.Fields(`the is are of and to with not has have this that it was be for from by at its your which
	can`)

// french finds what a French page says in English: what is marked as English, is
// word for word in the English catalogue, or is made of English words.
type french struct {
	english map[string]bool // texts of the English catalogue that are not French too
}

func newFrench(t *testing.T) french {
	t.Helper()
	all, err := i18n.Load()
	check(t, err)
	f := french{map[string]bool{}}
	for _, key := range all[i18n.English].Keys() {
		text, err := all[i18n.English].Text(key)
		check(t, err)
		f.english[text] = true
	}
	for _, key := range all[i18n.French].Keys() {
		text, err := all[i18n.French].Text(key)
		check(t, err)
		delete(f.english, text)
	}
	return f
}

func (f french) foreign(page string) []string {
	for _, part := range notProse {
		page = part.ReplaceAllString(page, "")
	}
	var found, said []string
	for _, m := range marked.FindAllStringSubmatch(page, -1) {
		found = append(found, m[1])
	}
	for _, m := range spoken.FindAllStringSubmatch(page, -1) {
		said = append(said, m[1])
	}
	for _, text := range append(said, tag.Split(page, -1)...) {
		text = strings.Join(strings.Fields(html.UnescapeString(text)), " ")
		n := 0
		for _, w := range word.FindAllString(strings.ToLower(text), -1) {
			if slices.Contains(ofEnglish, w) {
				n++
			}
		}
		if n > 1 || f.english[text] {
			found = append(found, text)
		}
	}
	return found
}

// want fails the test for every English sentence of a page.
func (f french) want(t *testing.T, what string, page reply) {
	t.Helper()
	for _, text := range f.foreign(page.body) {
		t.Errorf("%s (%d) says in English: %q", what, page.status, text)
	}
}

func TestTheTestOfFrenchFindsEnglish(t *testing.T) {
	f := newFrench(t)
	for _, page := range []string{
		`<p><span lang="en">Ask again.</span></p>`, `<h1>Approvals</h1>`, `<p>The bank has not answered yet.</p>`,
		`<button aria-label="Take the version out of use"></button>`,
	} {
		if len(f.foreign(page)) == 0 {
			t.Errorf("%s passes for French", page)
		}
	}
	for _, page := range []string{
		`<p>La banque n&#39;a pas répondu.</p>`,
		`<code>the name of the thing</code>`,
		`<a>Societe Generale Personal (sandbox)</a>`,
	} {
		if found := f.foreign(page); len(found) > 0 {
			t.Errorf("%s passes for English: %q", page, found)
		}
	}
}

func TestEveryPageIsFrench(t *testing.T) {
	p, f := populate(t), newFrench(t)
	people := map[string]*browser{
		"Ada Admin": p.signedIn(t, "Ada Admin", access.Admin),
		"Otto":      p.signedIn(t, "Otto", access.Auditor),
		"Emma":      p.signedIn(t, "Emma", access.Engineer),
	}
	for name, b := range people {
		b.lang = "fr"
		for _, path := range p.paths() {
			f.want(t, path+" for "+name, b.get(path))
		}
	}
	b := p.browser(t)
	b.lang = "fr"
	f.want(t, "sign-in", b.get("/sign-in"))
}

func TestEveryRefusalIsFrench(t *testing.T) {
	p, f := populate(t), newFrench(t)
	for name, b := range map[string]*browser{
		"Ada Admin": p.signedIn(t, "Ada Admin", access.Admin),
		"Otto":      p.signedIn(t, "Otto", access.Auditor),
	} {
		b.lang = "fr"
		for _, form := range p.refusals() {
			f.want(t, fmt.Sprintf("%s?%.100s for %s", form.path, form.fields.Encode(), name),
				b.post(form.path, form.fields))
		}
		for _, path := range []string{
			"/nowhere",
			"/certificates/none",
			"/consents/none",
			"/payments/none",
			"/evidence/none",
			"/callback",
			"/callback?error=access_denied",
			"/callback?state=none&code=none",
			"/registrations/" + p.asking + "/steps/customer_organization/email/attachments/9",
			"/registrations/" + p.blocked + "/steps/none/email",
			"/consents/" + p.consent + "/accounts/none",
			"/approvals/" + p.approval,
			"/audit",
			"/",
		} {
			f.want(t, path+" for "+name, b.get(path))
		}
	}
}

func TestEveryUploadRefusedIsFrench(t *testing.T) {
	s, f := newConsole(t), newFrench(t)
	b := s.signedIn(t, "Ada", access.Admin)
	b.lang = "fr"
	issued, other := s.QTSP.MustIssue(t, qtsp.Request{}), s.QTSP.MustIssue(t, qtsp.Request{})
	p12, err := issued.PKCS12("correct horse")
	check(t, err)
	file := func(name string, data []byte) certs.File { return certs.File{Name: name, Data: data} }
	for _, test := range []struct {
		says  string
		files []certs.File
	}{
		{"Choisissez au moins un fichier", nil},
		{"« a.p12 »", []certs.File{file("a.p12", p12)}},
		{"« b.key »", []certs.File{file("a.pem", issued.CertificatePEM()), file("b.key", other.KeyPEM())}},
		{"« b.key »", []certs.File{file("b.key", other.KeyPEM())}},
		{"« a.txt »", []certs.File{file("a.txt", []byte("hello"))}},
		{"« a.txt »", []certs.File{file("a.txt", nil)}},
		{"« a.pem »", []certs.File{file("a.pem", []byte("-----BEGIN CERTIFICATE-----\nAAAA\n"))}},
		{
			"« a.pem »",
			[]certs.File{file("a.pem",
				[]byte("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"))},
		},
		{"1 Mio", []certs.File{file("zeros.bin", make([]byte, 2<<20))}},
		{"La clé privée", []certs.File{file("a.pem", issued.CertificatePEM())}},
	} {
		for _, path := range []string{"/certificates/check", "/certificates/upload"} {
			page := b.upload(path, "", test.files...)
			f.want(t, path+" of "+test.says, page)
			if said := strings.ReplaceAll(page.body, "\u00a0", " "); !strings.Contains(said, test.says) {
				t.Errorf("%s does not say %q:\n%s", path, test.says, main(page.body))
			}
		}
	}
	b.upload("/certificates/upload", "", file("a.pem", issued.CertificatePEM()), file("a.key", issued.KeyPEM()))
	f.want(t, "twice",
		b.upload("/certificates/upload", "", file("a.pem", issued.CertificatePEM()), file("a.key", issued.KeyPEM())))
	f.want(t, "log", b.get("/audit"))
}

// What the bank's silence and refusals are recorded as is told in French, also when it is read again.
func TestABankThatFailsIsFrench(t *testing.T) {
	p, f := populate(t), newFrench(t)
	b := p.signedIn(t, "Emma", access.Admin)
	b.lang = "fr"
	ready := "/registrations/" + p.ready
	f.want(t, "a payment", b.post(ready+"/payment", url.Values{
		"id":         {"reference-2"},
		"amount":     {"1.00"},
		"creditor":   {"Marchand"},
		"iban":       {"FR7630006000011234567890189"},
		"remittance": {"Essai"},
	}))
	p.SaveBundle(p.ready, "", "")
	p.Bank.Close()
	for _, page := range []reply{b.post(ready+"/test", nil), b.get(ready)} {
		page.want(t, 200, "La banque n&#39;a pas pu être jointe")
		f.want(t, "a failed test", page)
	}
	f.want(t, "a payment to nowhere", b.post(ready+"/payment", url.Values{
		"id":         {"reference-3"},
		"amount":     {"1.00"},
		"creditor":   {"Marchand"},
		"iban":       {"FR7630006000011234567890189"},
		"remittance": {"Essai"},
	}))
	f.want(t, "accounts", b.get("/consents/"+p.consent))
	f.want(t, "payments", b.get("/try"))
	p.Now = p.Now.AddDate(0, 0, 5) // the request for live has expired
	for _, path := range []string{"/approvals", "/approvals/" + p.approval, "/audit", "/registrations/" + p.live} {
		f.want(t, path, b.get(path))
	}
	f.want(t, "too late", b.post("/approvals/"+p.approval+"/approve", nil))
	f.want(t, "expired", b.get("/approvals/"+p.approval))
}
