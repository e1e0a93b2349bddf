package ui_test

import (
	"bytes"
	"encoding/pem"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

func TestTrustAnchorsOfABundle(t *testing.T) {
	p := populate(t)
	b := p.signedIn(t, "Emma", access.Engineer)
	path := "/registrations/" + p.ready
	root := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.QTSP.Root().Raw}))
	b.post(path+"/bundle", url.Values{"trust_anchors": {"not a certificate"}}).want(t, 422, "CA certificates in PEM")
	b.post(path+"/bundle", url.Values{"trust_anchors": {root}}).
		want(t, http.StatusOK, "The draft was saved", "what differs is marked", "be sure that they are the bank&#39;s",
			"-----BEGIN CERTIFICATE-----")
	b.post(path+"/bundle", url.Values{"client_id": {""}}).want(t, http.StatusOK, "-----BEGIN CERTIFICATE-----")
	page := b.post(path+"/bundle", url.Values{"trust_anchors": {""}})
	if page.want(t, http.StatusOK, "The draft was saved"); strings.Contains(page.body, "-----BEGIN CERTIFICATE-----") {
		t.Error("trust anchors that were taken out are still there")
	}
}

func TestFourEyesSwitchedOffIsSaid(t *testing.T) {
	s := newConsole(t)
	s.cfg.Approvals = approval.NewService(approval.New(approval.Config{
		Store:  s.DB,
		People: s.Identity,
		Audit:  s.Audit,
		Now:    s.cfg.Now,
		Policy: approval.Policy{ExpiresAfter: approval.DefaultExpiry},
	}))
	s.url = newServer(t, s.cfg)
	b := s.signedIn(t, "Ada", access.Admin)
	b.get("/").want(t, http.StatusOK, "Four-eyes on live", "off: one person can change what is in use")
	b.get("/approvals").want(t, http.StatusOK, "one person is enough; the policy can demand two")
	for _, page := range []string{"/certificates", "/people", "/account", "/help"} {
		b.get(page).want(t, http.StatusOK, "One person is enough here to change what is in use on live.")
	}
}

func TestCustodyThatDiffersIsSaid(t *testing.T) {
	s := newConsole(t)
	officer := s.signedIn(t, "Ada", access.Compliance)
	home := func(says string) {
		t.Helper()
		check(t, s.Vault.WatchCustody(t.Context()))
		officer.get("/").want(t, http.StatusOK, "Custody and database", says)
	}
	home("agree")
	_, err := s.Custody.Put(t.Context(), "stranger", map[string]string{"type": "tokens"}, 0)
	check(t, err)
	home("names what")
	if page := s.signedIn(t, "Emma", access.Engineer).get("/"); strings.Contains(page.body, "Custody and database") {
		t.Error("it is said to somebody who may not read the audit log")
	}
}

func TestEvidenceIsKeptAndNeverShownInPlace(t *testing.T) {
	p := populate(t)
	b := p.signedIn(t, "Emma", access.Engineer)
	path := "/registrations/" + p.blocked + "/steps/application/evidence"
	b.evidence(path, "key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").want(t, 422,
		"keys belong into custody")
	b.evidence(path, "page.html", "<script>alert(1)</script>\x00").want(t, 422, "Only PDF, PNG, JPEG")
	b.evidence(path, "", "").want(t, 422, "Choose a file")
	page := b.evidence(path, "portal <1>.txt", "Application created.\n")
	page.want(t, http.StatusOK, "The file is kept with the step", "1 file of evidence", "SHA-256")
	file := b.get(regexp.MustCompile(`href="(/evidence/[^"]+)"`).FindStringSubmatch(page.body)[1])
	file.want(t, http.StatusOK, "Application created.")
	if d := file.header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") {
		t.Errorf("Content-Disposition %q", d)
	}
}

// evidence posts a file as the form does; without a name, nothing was chosen.
func (b *browser) evidence(path, name, content string) reply {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	w, err := form.CreateFormFile("file", name)
	check(b.t, err)
	_, err = w.Write([]byte(content))
	check(b.t, err)
	check(b.t, form.Close())
	return b.do(http.MethodPost, path, form.FormDataContentType(), &body)
}

func TestWhatABankWasToldIsChanged(t *testing.T) {
	p := populate(t)
	b := p.signedIn(t, "Ada", access.Compliance, access.Engineer)
	page := b.post("/applications/"+p.application, url.Values{
		"name":          {"Exemple Budget"},
		"redirect_uris": {"http://insecure.example/cb"},
	})
	page.want(t, 422, "must be an absolute https address", "http://insecure.example/cb")
	b.post("/applications/"+p.application, url.Values{
		"name":          {"Exemple Épargne"},
		"redirect_uris": {"https://app.exemple-paiement.example/callback"},
		"client_uri":    {"https://exemple.example"},
		"terms_uri":     {"https://exemple.example/terms"},
	}).
		want(t, http.StatusOK, "A bank was told something else", "Exemple Épargne")
	b.get("/registrations/"+p.ready).want(t, http.StatusOK, "tell the bank, or change it back", "Opened again:")
	b.get("/applications/"+p.application).want(t, http.StatusOK, "Name: Exemple Budget → Exemple Épargne")
}

func TestTheEMailToTheBank(t *testing.T) {
	p := populate(t)
	b := p.signedIn(t, "Ada", access.Compliance)
	page := "/registrations/" + p.asking + "/steps/customer_organization"
	b.get(page+"/email?lang=fr").want(t, http.StatusOK, "Madame, Monsieur", `lang="fr"`, "qwac-chain.p7b",
		"Certificates only")
	for path, want := range map[string]string{
		"/email.eml?lang=en":           "Subject:",
		"/email/attachments/0?lang=en": "-----BEGIN CERTIFICATE-----",
	} {
		file := b.get(page + path)
		file.want(t, http.StatusOK, want)
		if strings.Contains(file.body, "PRIVATE") || !strings.HasPrefix(file.header.Get("Content-Disposition"),
			"attachment") {
			t.Errorf("%s: %q holds a key or is shown in place", path, file.header.Get("Content-Disposition"))
		}
	}
	b.get(page+"/email/attachments/9").want(t, http.StatusNotFound, "no such attachment")
	b.post(page+"/sent", url.Values{"day": {"30 November"}}).want(t, 422, "year-month-day")
	b.post(page, url.Values{"state": {string(checklist.Done)}}).want(t, http.StatusConflict,
		"is done when the bank&#39;s answer is recorded")
	// Which QWAC the bank was sent stays in sight.
	b.post(page+"/sent", url.Values{"certificate": {p.certificate}, "day": {p.Now.Format(time.DateOnly)}}).
		want(t, http.StatusOK)
	b.get(page+"/email").want(t, http.StatusOK, `<a href="/certificates/`+p.certificate+`">The QWAC that was sent</a>`)
}
