package ui_test

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
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
	spoken = regexp.MustCompile(`\s(?:title|aria-label|placeholder|alt|data-confirm|data-confirm-yes|data-busy)="([^"]*)"`)
	tag    = regexp.MustCompile(`<[^>]*>`)
	word   = regexp.MustCompile(`[\p{L}']+`)
	// notProse is what is not said but shown, what people and other programs wrote, and the choice of language.
	notProse = []*regexp.Regexp{
		regexp.MustCompile(`(?s)<footer>.*?</footer>`), regexp.MustCompile(`(?s)<p class="links" role="group".*?</p>`),
		regexp.MustCompile(`(?s)<code\b.*?</code>`), regexp.MustCompile(`(?s)<textarea\b.*?</textarea>`),
		regexp.MustCompile(`(?s)<blockquote>.*?</blockquote>`), regexp.MustCompile(`(?s)<q>.*?</q>`),
		regexp.MustCompile(`(?s)<option\b.*?</option>`), regexp.MustCompile(`Written to the bank on Monday`),
	}
)

// ofEnglish are words that English sentences are made of and French ones are not.
var ofEnglish = map[string]bool{
	"the":   true,
	"is":    true,
	"are":   true,
	"of":    true,
	"and":   true,
	"to":    true,
	"with":  true,
	"not":   true,
	"has":   true,
	"have":  true,
	"this":  true,
	"that":  true,
	"it":    true,
	"was":   true,
	"be":    true,
	"for":   true,
	"from":  true,
	"by":    true,
	"at":    true,
	"its":   true,
	"your":  true,
	"which": true,
	"can":   true,
}

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
			if ofEnglish[w] {
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
func (f french) want(t *testing.T, what string, page answered) {
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

// form is a post that a page offers, or that one of its forms can be made to send.
type form struct {
	path   string
	fields url.Values
}

// refusals are forms that are refused, each for a reason of its own.
func (p populated) refusals() []form {
	ready, blocked, live, asking := "/registrations/"+p.ready, "/registrations/"+p.blocked, "/registrations/"+
		p.live, "/registrations/"+p.asking
	one := func(name, value string) url.Values { return url.Values{name: {value}} }
	firm := func(name, value string) url.Values {
		v := url.Values{
			"legal_name":              {"Exemple"},
			"country":                 {"FR"},
			"organization_identifier": {"PSDFR-ACPR-99999"},
			"contact_email":           {"a@b.example"},
		}
		v.Set(name, value)
		return v
	}
	app := func(name, value string) url.Values {
		v := url.Values{"organization": {p.organization}, "name": {"Budget"}, "redirect_uris": {"https://a.example/cb"}}
		v.Set(name, value)
		return v
	}
	order := func(name, value string) url.Values {
		v := url.Values{
			"kind":                    {"qwac"},
			"domains":                 {"tpp.example"},
			"legal_name":              {"Exemple"},
			"organization":            {"Exemple"},
			"country":                 {"FR"},
			"organization_identifier": {"PSDFR-ACPR-12345"},
			"roles":                   {"PSP_AI"},
			"role":                    {"PSP_AI"},
			"algorithm":               {"ecdsa-p256"},
		}
		v.Set(name, value)
		return v
	}
	pay := func(name, value string) url.Values {
		v := url.Values{
			"id":         {"reference-1"},
			"amount":     {"1.00"},
			"creditor":   {"Marchand"},
			"iban":       {"FR7630006000011234567890189"},
			"remittance": {"Essai"},
		}
		v.Set(name, value)
		return v
	}
	return []form{
		{"/sign-in", one("link", "used")}, {"/sign-in", one("api_token", "wrong")},
		{"/organizations", firm("organization_identifier", "12345")}, {
			"/organizations",
			firm("country", "DE"),
		}, {"/organizations", firm("country", "F1")}, {"/organizations", firm("legal_name", "")},
		{"/organizations", firm("contact_email", "nobody")}, {
			"/organizations",
			firm("nca", "DE-BAFIN"),
		}, {"/organizations", firm("legal_name", strings.Repeat("a", 2000))}, {
			"/organizations",
			firm("legal_name", "a\x07b"),
		},
		{"/organizations/" + p.organization, firm("country", "DE")}, {"/organizations/unknown", firm("country", "FR")},
		{"/applications", app("organization", "none")}, {
			"/applications",
			app("redirect_uris", "http://a.example"),
		}, {"/applications", app("redirect_uris", "")}, {"/applications", app("name", "")},
		{"/applications", app("redirect_uris", "https://a.example/cb\nhttps://a.example/cb")}, {
			"/applications",
			app("terms_uri", "ftp://x"),
		}, {"/applications/" + p.application, app("client_uri", "x")},
		{"/registrations", url.Values{"application": {"none"}, "institution": {"soc-gen-personal"}}}, {
			"/registrations",
			url.Values{
				"application": {p.application},
				"institution": {"none"},
			},
		},
		{"/registrations", url.Values{"application": {p.application}, "institution": {"soc-gen-personal"}}},
		{blocked + "/steps/subscribe_aisp", one("state", "done")}, {ready + "/steps/subscribe_pisp", url.Values{
			"state": {"not_needed"},
			"note":  {""},
		}}, {blocked + "/steps/portal_account", one("state", "not_needed")},
		{blocked + "/steps/none", one("state", "done")}, {
			blocked + "/steps/activated",
			one("state", "done"),
		}, {blocked + "/steps/portal_account", one("state", "almost")},
		{blocked + "/steps/portal_account", one("due", "tomorrow")}, {
			blocked + "/steps/portal_account",
			one("note", strings.Repeat("a", 20000)),
		}, {asking + "/steps/customer_organization", one("state", "done")},
		{asking + "/steps/customer_organization/sent", one("day", "30 November")}, {
			asking + "/steps/customer_organization/sent",
			one("day", "2099-01-01"),
		}, {asking + "/steps/customer_organization/sent", nil},
		{asking + "/steps/customer_organization/answer", one("answer", "confirmed")}, {
			asking + "/steps/customer_organization/answer",
			url.Values{
				"answer": {"refused"},
				"from":   {"Support"},
			},
		},
		{asking + "/steps/customer_organization/answer", url.Values{
			"answer": {"confirmed"},
			"from":   {"Support"},
			"day":    {"2099-01-01"},
		}}, {blocked + "/steps/portal_account/sent", nil},
		{"/enrolments/" + p.enrolment, one("portal_account", "nobody")}, {
			"/enrolments/" + p.enrolment,
			one("agreement_number", "12345"),
		}, {"/enrolments/none", one("portal_account", "a@b.example")},
		{blocked + "/bundle", one("client_id", "x")}, {blocked + "/bundle", one("qwac", "none")}, {
			blocked + "/bundle",
			one("trust_anchors", "none"),
		},
		{blocked + "/test", nil}, {blocked + "/activate", one("version", "1")}, {
			ready + "/activate",
			one("version", "one"),
		}, {ready + "/activate", one("version", "9")}, {ready + "/activate", one("version", "1")},
		{live + "/activate", one("version", "1")}, {live + "/retire", one("version", "1")}, {
			blocked + "/retire",
			one("version", "1"),
		},
		{"/approvals/" + p.approval + "/reject", nil}, {
			"/approvals/" + p.approval + "/withdraw",
			nil,
		}, {"/approvals/none/approve", nil},
		{"/certificates/" + p.certificate + "/retire", one("reason", "")}, {
			"/certificates/" + p.certificate + "/destroy",
			one("confirmation", "00000000"),
		}, {"/certificates/" + p.certificate + "/allow-on-live", nil},
		{"/certificates/request", order("domains", "")}, {
			"/certificates/request",
			order("domains", "not a domain"),
		}, {"/certificates/request", order("kind", "other")}, {"/certificates/request", order("country", "F1")},
		{"/certificates/request", order("organization_identifier", "12345")}, {
			"/certificates/request",
			order("organization", ""),
		}, {"/certificates/request", order("common_name", "other.example")}, {
			"/certificates/request",
			order("roles", ""),
		},
		{"/certificates/request", order("nca_id", "ACPR")}, {
			"/certificates/request",
			order("algorithm", "rsa-512"),
		}, {"/certificates/request", order("kind", "qsealc")}, {
			"/certificates/request",
			order("replaces", p.certificate),
		},
		{"/consents/none/revoke", nil}, {ready + "/payment", pay("amount", "1e9")}, {
			ready + "/payment",
			pay("amount", "0"),
		}, {ready + "/payment", pay("iban", "FR00")}, {ready + "/payment", pay("creditor", "")},
		{ready + "/payment", pay("remittance", "é€")}, {ready + "/payment", pay("day", "soon")}, {
			ready + "/payment",
			pay("day", "2020-01-01"),
		}, {ready + "/payment", pay("id", "é")}, {blocked + "/payment", pay("amount", "1.00")}, {
			"/payments/none/cancel",
			nil,
		},
		{ready + "/payment", pay("amount", "1.00")}, {"/nowhere", nil},
	}
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
			"/registrations/" + p.blocked + "/authorize",
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
	for _, page := range []answered{b.post(ready+"/test", nil), b.get(ready)} {
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
