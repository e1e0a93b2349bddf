package ui_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/bank/customer"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
)

// upload posts files, named in turn, as the form does.
func (b *browser) upload(path, passphrase string, files ...certs.File) reply {
	b.t.Helper()
	return b.uploadWith(path, url.Values{"passphrase": {passphrase}, "name": {""}}, files...)
}

func (b *browser) uploadWith(path string, fields url.Values, files ...certs.File) reply {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, f := range files {
		w, err := form.CreateFormFile("files", f.Name)
		check(b.t, err)
		_, err = w.Write(f.Data)
		check(b.t, err)
	}
	for name, values := range fields {
		for _, value := range values {
			check(b.t, form.WriteField(name, value))
		}
	}
	check(b.t, form.Close())
	return b.do(http.MethodPost, path, form.FormDataContentType(), &body)
}

func TestUploadInTwoSteps(t *testing.T) {
	s := newConsole(t)
	s.Now = s.Now.Truncate(24 * time.Hour).Add(36 * time.Hour) // noon, on the same day in UTC and by the banks' clock
	b := s.signedIn(t, "Ada", access.Compliance)
	issued := s.QTSP.MustIssue(t, qtsp.Request{NotAfter: s.Now.AddDate(0, 0, 300)})
	files := []certs.File{{Name: "qwac.pem", Data: issued.CertificatePEM()}, {Name: "qwac.key", Data: issued.KeyPEM()}}

	b.upload("/certificates/check", "", files...).want(t, http.StatusOK, "We found 1 certificate",
		"Nothing has been stored yet", "PSDFR-ACPR-12345", "belongs to this certificate")
	b.get("/certificates").want(t, http.StatusOK, "No certificate yet")
	b.upload("/certificates/check", "", files[0]).want(t, http.StatusOK, "a private key is missing")

	// Ada may describe the firm, and it is not described yet: storing leads there, with what the certificate says.
	page := b.upload("/certificates/upload", "", files...)
	page.want(t, http.StatusOK, "Stored. The private key is in custody", "from these certificates",
		`value="Exemple Paiement SAS"`, `value="PSDFR-ACPR-12345"`, `<option value="FR" selected>`, `value="FR-ACPR"`)
	if page.path != "/firm" {
		t.Errorf("storing ends at %s", page.path)
	}
	if page := b.get(page.path); strings.Contains(page.body, "Stored. The private key") {
		t.Error("what was done is confirmed twice")
	}
	b.upload("/certificates/upload", "", files...).want(t, http.StatusConflict, "already in custody")
}

// What has expired is stored when somebody has said so, files may have passphrases of their own, and what was checked
// is said.
func TestUploadAsksAboutWhatHasExpired(t *testing.T) {
	s := newConsole(t)
	b := s.signedIn(t, "Ada", access.Compliance)
	var files []certs.File
	for i, r := range []qtsp.Request{
		{},
		{Kind: certs.QSealC, NotBefore: s.Now.AddDate(0, 0, -30), NotAfter: s.Now.AddDate(0, 0, -3)},
	} {
		p12, err := s.QTSP.MustIssue(t, r).PKCS12([]string{"one", "two"}[i])
		check(t, err)
		files = append(files, certs.File{Name: []string{"qwac.p12", "seal.p12"}[i], Data: p12})
	}
	fields := url.Values{"passphrase": {"one", "", "two"}}
	b.uploadWith("/certificates/check", fields, files[0]).want(t, http.StatusOK, "checks passed",
		`form="upload" formaction="/certificates/upload"`, "Store 1 certificate")
	page := b.uploadWith("/certificates/check", fields, files...)
	page.want(t, http.StatusOK, "Store 2 certificates", `name="accept_expired"`, "It has expired; store it anyway")
	// Without script, what is in the template is not there.
	plain := regexp.MustCompile(`(?s)<template>.*?</template>`).ReplaceAllString(page.body, "")
	if n := strings.Count(plain, `name="accept_expired"`); n != 1 {
		t.Errorf("%d boxes accept what has expired", n)
	}
	if strings.Index(plain, "Store 2 certificates") < strings.Index(plain, `id="files"`) {
		t.Error("what stores the files stands before they are chosen again")
	}
	b.uploadWith("/certificates/upload", fields, files...).want(t, http.StatusUnprocessableEntity,
		"confirm that it is stored all the same", `name="accept_expired"`)
	b.get("/certificates").want(t, http.StatusOK, "No certificate yet")
	fields.Set("accept_expired", "true")
	b.uploadWith("/certificates/upload", fields, files...).want(t, http.StatusOK, "Stored.")
}

func TestUploadRefusedInWords(t *testing.T) {
	s := newConsole(t)
	b := s.signedIn(t, "Ada", access.Compliance)
	issued, other := s.QTSP.MustIssue(t, qtsp.Request{}), s.QTSP.MustIssue(t, qtsp.Request{})
	p12, err := issued.PKCS12("correct horse")
	check(t, err)
	zeros := make([]byte, 20<<20)
	mismatched := []certs.File{
		{Name: "a.pem", Data: issued.CertificatePEM()},
		{Name: "b.key", Data: other.KeyPEM()},
	}
	tests := []struct {
		name, passphrase string
		files            []certs.File
		status           int
		says             string
	}{
		{"nothing chosen", "", nil, 422, "Choose at least one file"},
		{"no passphrase", "", []certs.File{{Name: "a.p12", Data: p12}}, 422, "a.p12"},
		{"wrong passphrase", "wrong", []certs.File{{Name: "a.p12", Data: p12}}, 422, "a.p12"},
		{"key of another", "", mismatched, 422, "b.key"},
		{"no certificate", "", []certs.File{{Name: "a.txt", Data: []byte("hello")}}, 422, "a.txt"},
		{"zeros", "", []certs.File{{Name: "zeros.bin", Data: zeros}}, 413, "zeros.bin"},
	}
	for _, test := range tests {
		for _, path := range []string{"/certificates/check", "/certificates/upload"} {
			page := b.upload(path, test.passphrase, test.files...)
			page.want(t, test.status, test.says, `role="alert"`, `id="files"`)
			if test.passphrase != "" && strings.Contains(page.body, test.passphrase+`"`) {
				t.Errorf("%s: the passphrase is on the page", test.name)
			}
		}
	}
	b.get("/certificates").want(t, http.StatusOK, "No certificate yet")
}

func TestFirmFormsKeepWhatWasTyped(t *testing.T) {
	s := newConsole(t)
	b := s.signedIn(t, "Ada", access.Compliance)
	typed := url.Values{
		"legal_name":              {"Exemple <Paiement>"},
		"country":                 {"fr"},
		"organization_identifier": {"ACPR 12345"},
		"contact_email":           {"psd2@exemple.example"},
	}
	b.post("/organizations", typed).want(t, 422, "PSDXX-NCA-number", `value="Exemple &lt;Paiement&gt;"`,
		`value="ACPR 12345"`, "<title>Not done: ", `aria-invalid="true" aria-errormessage="field-problem" autofocus`)
	typed.Set("organization_identifier", "PSDFR-ACPR-12345")
	b.post("/organizations", typed).want(t, http.StatusOK, "The organization was added.", "Exemple &lt;Paiement&gt;")
	b.post("/applications", url.Values{
		"organization":  {"none"},
		"name":          {"Budget"},
		"redirect_uris": {"http://insecure.example/cb"},
	}).want(t, 422, "must be an absolute https address", "http://insecure.example/cb")
}

func TestFromFormsToAccounts(t *testing.T) {
	s := newConsole(t)
	b := s.signedIn(t, "Ada", access.Admin)
	const id, secretText = "forms", "secret-of-the-simulated-bank"
	check(t, s.Bank.Register(portal.Client{
		ID:                     id,
		Secret:                 secretOf(secretText),
		OrganizationIdentifier: stack.Organization,
		RedirectURIs:           []string{s.url + "/callback"},
	}))
	qwac, qsealc := s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC})
	page := b.post("/registrations", url.Values{
		"application": {b.describesFirm()},
		"institution": {stack.Institution},
	})
	page.want(t, http.StatusOK, "The registration was started", "9 things block it")
	home := page.path

	b.doesSteps(home)
	b.post(home+"/test", nil).want(t, http.StatusConflict, "The QWAC is missing")
	b.post(home+"/bundle", url.Values{"client_id": {id}}).want(t, 422, "together with its client secret")
	page = b.post(home+"/bundle", url.Values{
		"qwac":          {qwac},
		"qsealc":        {qsealc},
		"client_id":     {id},
		"client_secret": {secretText},
	})
	page.want(t, http.StatusOK, "Nothing has changed at the bank", `placeholder="In custody"`)
	if strings.Contains(page.body, secretText) {
		t.Fatal("the client secret came back out")
	}
	b.post(home+"/bundle", url.Values{"client_id": {id}}).want(t, http.StatusOK, "The draft was saved")
	b.post(home+"/activate", url.Values{"version": {"1"}}).want(t, http.StatusConflict, "has not been tested")
	b.post(home+"/activate", url.Values{"version": {"one"}}).want(t, 422, "which version")
	b.post(home+"/test", nil).want(t, http.StatusOK, "The bank accepted the certificate and the client credentials",
		"TLS 1.3", "Version 1 can be activated")
	b.post(home+"/activate", url.Values{"version": {"1"}}).want(t, http.StatusOK,
		"Connectors use this version from now on", `readiness ready`)
	b.readsAccounts(home)
}

// describesFirm adds an organization and an application, and returns the application's id.
func (b *browser) describesFirm() string {
	b.t.Helper()
	b.post("/organizations", url.Values{
		"legal_name":              {"Exemple"},
		"country":                 {"FR"},
		"organization_identifier": {stack.Organization},
		"contact_email":           {"a@b.example"},
	})
	organizations, err := b.s.Registrations.OrganizationPage(b.t.Context(), stack.Engineer,
		registration.Organizations.Query())
	check(b.t, err)
	b.post("/applications", url.Values{
		"organization":  {organizations.Items[0].ID},
		"name":          {"Budget"},
		"redirect_uris": {b.s.url + "/callback"},
		"client_uri":    {"https://exemple.example"},
		"terms_uri":     {"https://exemple.example/terms"},
	})
	applications, err := b.s.Registrations.ApplicationPage(b.t.Context(), stack.Engineer,
		registration.Applications.Query())
	check(b.t, err)
	return applications.Items[0].ID
}

// doesSteps does the steps that a person ticks, of the registration whose page is home.
func (b *browser) doesSteps(home string) {
	b.t.Helper()
	step := func(id string, form url.Values) reply { return b.post(home+"/steps/"+id, form) }
	step("application", url.Values{"state": {"done"}}).want(b.t, http.StatusConflict, "finish that first")
	step("subscribe_pisp", url.Values{"state": {"not_needed"}}).want(b.t, 422, "Say in the note why")
	step("subscribe_pisp", url.Values{"state": {"not_needed"}, "note": {"We only read."}}).
		want(b.t, http.StatusOK, "The step was updated", "We only read.")
	for _, id := range []string{
		"portal_account", "account_activated", "customer_organization", "application", "subscribe_aisp",
	} {
		step(id, url.Values{"state": {"done"}}).want(b.t, http.StatusOK, "The step was updated")
	}
}

// readsAccounts goes to the bank and back.
func (b *browser) readsAccounts(home string) {
	t := b.t
	t.Helper()
	b.get(home+"/accounts").want(t, http.StatusOK, "55000002", home+"/authorize")
	elsewhere, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.s.url+home+"/authorize", nil)
	check(t, err)
	elsewhere.Header.Set("Sec-Fetch-Site", "cross-site")
	answer, err := b.c.Do(elsewhere)
	check(t, err)
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("another site's form is answered %d", answer.StatusCode)
	}
	if p := b.get(home + "/authorize"); p.path != home {
		t.Errorf("an address begins an authorization: %s", p.path)
	}
	leaves := b.post(home+"/authorize", nil)
	leaves.want(t, http.StatusOK, "On the way to Societe Generale")
	_, bank, _ := strings.Cut(leaves.header.Get("Refresh"), "url=")
	back, err := customer.Approve(t.Context(), bank, "55000002", "111111")
	check(t, err)
	b.get(back.RequestURI()).want(t, http.StatusOK, "Consent at Societe Generale", "FR76", "EUR",
		"in custody, and none of what they give access to")
	b.get(back.RequestURI()).want(t, 409, "already handled")
	b.get("/callback?error=access_denied").want(t, http.StatusOK, "access_denied", `<a class="button" href="/try">`)
	b.get("/callback").want(t, 422, "incomplete")
}

// A certificate's subject is whatever its issuer wrote: it cannot pose as another's fingerprint.
func TestApproverSeesTheTrueFingerprint(t *testing.T) {
	s := newConsole(t)
	r := s.Register(stack.LiveAtSim)
	s.DoSteps(r.ID)
	pretended := strings.Repeat("0a", 32)
	issued := s.QTSP.MustIssue(t, qtsp.Request{CommonName: "x, SHA-256 " + pretended + ", valid until 1 January 2030"})
	b := s.SaveBundle(r.ID, s.ImportIssued(issued), s.Import(qtsp.Request{Kind: certs.QSealC}))
	s.TestConnection(r.ID)
	_, err := s.Registrations.Activate(t.Context(), stack.Engineer, r.ID, b.Version)
	check(t, err)
	ada := s.signedIn(t, "Ada", access.Compliance)
	request := regexp.MustCompile(`href="(/approvals/[^"]+)"`).FindStringSubmatch(ada.get("/approvals").body)[1]
	shown := regexp.MustCompile(`SHA-256 <code class="hash">([^<]+)`).FindStringSubmatch(ada.get(request).body)
	if shown == nil || strings.ReplaceAll(shown[1], " ", "") != issued.Certificate.SHA256 {
		t.Errorf("the approver is shown %q, the certificate is %s", shown, issued.Certificate.SHA256)
	}
}

func TestLiveTakesTwoPeople(t *testing.T) {
	p := populate(t) // an engineer has asked for the activation already
	path := "/registrations/" + p.live
	ada := p.signedIn(t, "Ada", access.Compliance)
	ada.get(path).want(t, http.StatusOK, "Grace requested: Activate a bundle", "See what changes, and decide",
		"takes two people")
	inbox := ada.get("/approvals")
	inbox.want(t, http.StatusOK, "Waiting for you", "requested by Grace today", "expires in 3 days", "two people",
		"one person is enough")
	request := regexp.MustCompile(`href="(/approvals/[^"]+)"`).FindStringSubmatch(inbox.body)[1]
	ada.get(request).want(t, http.StatusOK, "What changes", "Version in use", "Connectors begin to reach this bank.",
		"Connections to the bank present this QWAC.", "its registration with the bank",
		"The bank knows the application by it.", "Now", "Then", "Approve", "Reject", "Expires", "until "+p.liveUntil)
	ada.post(request+"/reject", nil).want(t, 422, "Say why you reject it")
	ada.post(request+"/approve", url.Values{"note": {"Checked with the bank."}}).want(t, http.StatusOK,
		"Approved and carried out.", "Checked with the bank.", "Decided by", "Before", "After")
	ada.get(path).want(t, http.StatusOK, "Version 1 is active")
	ada.post(request+"/approve", nil).want(t, http.StatusConflict, "no longer open")

	// A new draft, asked for and approved by the same person: no.
	p.SaveBundle(p.live, "", "")
	p.TestConnection(p.live)
	ada.post(path+"/activate", url.Values{"version": {"2"}, "reason": {"A new secret."}}).want(t, http.StatusOK,
		"A second person has to confirm", "See the request")
	request = regexp.MustCompile(`href="(/approvals/[^"]+)"`).FindStringSubmatch(ada.get(path).body)[1]
	page := ada.get(request)
	page.want(t, http.StatusOK, "A new secret.", "You requested this", "Withdraw", "another one, recorded")
	if strings.Contains(page.body, "/approve") {
		t.Error("whoever asked is offered to approve")
	}
	ada.post(request+"/approve", nil).want(t, http.StatusForbidden, "second person")
	ada.post(path+"/activate", url.Values{"version": {"2"}}).want(t, http.StatusForbidden, "second person")
	ada.post(request+"/withdraw", nil).want(t, http.StatusOK, "Withdrawn. Nothing has changed.")
	ada.lang = "fr"
	ada.get(request).want(t, http.StatusOK, "Secret client", "un autre, noté",
		"Les jetons sont demandés avec le nouveau secret")
}

func TestTakingOutOfUse(t *testing.T) {
	p := populate(t)
	b := p.signedIn(t, "Emma", access.Engineer)
	path := "/registrations/" + p.ready
	b.post(path+"/retire", url.Values{"version": {"1"}, "reason": {"The sandbox is closed."}}).want(t, http.StatusOK,
		"Taken out of use.", "block", "Roll back to this version")
}

func TestRollBack(t *testing.T) {
	p := populate(t)
	b := p.signedIn(t, "Emma", access.Engineer)
	path := "/registrations/" + p.ready
	p.SaveBundle(p.ready, "", "")
	p.TestConnection(p.ready)
	b.post(path+"/activate", url.Values{"version": {"2"}}).want(t, http.StatusOK, "Roll back to this version")
	b.post(path+"/activate", url.Values{"version": {"1"}}).want(t, http.StatusOK, "Version 1 is active")
}

var revision = regexp.MustCompile(`name="revision" value="([^"]+)"`)

// Two people fill in the draft at once: the later one is told, keeps what was typed, and decides.
func TestADraftSavedMeanwhile(t *testing.T) {
	p := populate(t)
	ada, emma := p.signedIn(t, "Ada", access.Admin), p.signedIn(t, "Emma", access.Engineer)
	path, emmas := "/registrations/"+p.ready, p.Import(qtsp.Request{})
	form := func(b *browser) string { return revision.FindStringSubmatch(b.get(path).body)[1] }
	adas, seen := form(ada), form(emma)
	ada.post(path+"/bundle", url.Values{
		"client_id":     {"adas"},
		"client_secret": {secretOfAda},
		"revision":      {adas},
	}).want(t, http.StatusOK, "The draft was saved")
	page := emma.post(path+"/bundle", url.Values{
		"qwac":          {emmas},
		"client_id":     {"emmas"},
		"client_secret": {secretOfAda},
		"revision":      {seen},
	})
	page.want(t, http.StatusConflict, "Somebody else saved the draft in the meantime", `value="emmas"`,
		"Saved there now: adas", `value="`+emmas+`" selected`, "Type it again", "<details class=\"edit\" open>")
	if strings.Contains(page.body, secretOfAda) {
		t.Error("a client secret is on the page")
	}
	if got := emma.get(path); !strings.Contains(got.body, `value="adas"`) {
		t.Error("the draft that was saved first is gone")
	}
	emma.lang = "fr"
	emma.post(path+"/bundle", url.Values{"client_id": {"emmas"}, "client_secret": {secretOfAda}, "revision": {seen}}).
		want(t, http.StatusConflict, "entre-temps", "Enregistré à présent\u00a0: adas")
	emma.lang = "en"
	again := revision.FindStringSubmatch(page.body)[1]
	emma.post(path+"/bundle", url.Values{
		"client_id":     {"emmas"},
		"client_secret": {secretOfAda},
		"revision":      {again},
	}).want(t, http.StatusOK, "The draft was saved", `value="emmas"`)
}

const secretOfAda = "a-secret-that-is-typed"
