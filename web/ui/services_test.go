package ui_test

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/clientcert"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/usage"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

var shownToken = regexp.MustCompile(`skp_[0-9A-Za-z]{49}`)

// accountForm is a form as a browser sends it, bound to an application in one place.
func accountForm(name, application, at string, purposes ...string) url.Values {
	return url.Values{
		"name":        {name},
		"owner":       {"data team"},
		"description": {"nightly reports"},
		"purpose":     purposes,
		"application": {application, "", ""},
		"at":          {at, "sandbox", "sandbox"},
		"per_second":  {"50"},
		"per_day":     {"1000"},
		"reason":      {"The report of the month."},
	}
}

// An administrator makes an account without script, a second person agrees to live, and tokens take turns.
func TestServiceAccountInTheConsole(t *testing.T) {
	s := newConsole(t)
	r := s.Activate()
	root := s.signedIn(t, "Root", access.Admin)
	ada := s.signedIn(t, "Ada", access.Compliance)

	root.get("/services").want(t, http.StatusOK, "No service accounts yet", "/services/new")
	root.get("/services/new").want(t, http.StatusOK, "Exemple Budget", "every bank&#39;s sandbox",
		"Societe Generale Personal (sandbox)")
	wrong := accountForm("reports", r.ApplicationID, "live", "signing")
	wrong.Set("per_second", "many")
	root.post("/services", wrong).want(t, http.StatusUnprocessableEntity, "The limit per second is from 1",
		`value="reports"`, `name="binding" value="`+r.ApplicationID+`@live" checked`)
	made := root.post("/services", accountForm("reports", r.ApplicationID, "live", "transport", "signing"))
	made.want(t, http.StatusOK, "may do nothing until a second person has agreed", "nothing yet", "nowhere yet")
	request := regexp.MustCompile(`/approvals/[0-9a-f-]+`).FindString(made.body)
	ada.get(request).want(t, http.StatusOK, "The service may", "transport; signing; Exemple Budget@live; 50/s; 1000/d",
		`href="`+made.path+`"`)
	ada.post(request+"/approve", nil).want(t, http.StatusOK)
	root.get(made.path).want(t, http.StatusOK, "every bank, live", "50 requests and signatures a second",
		"1000 signatures")

	first := root.post(made.path+"/tokens", url.Values{"days": {"30"}})
	first.want(t, http.StatusOK, "It is shown this once")
	text := shownToken.FindString(first.body)
	caller, found, err := s.Accounts.Caller(t.Context(), secret.NewTextString(text))
	if err != nil || !found || caller.Name != "reports" {
		t.Fatalf("the token shown is of %q: %v", caller.Name, err)
	}
	if strings.Contains(root.get(made.path).body, text) {
		t.Error("the token is shown again")
	}
	root.post(made.path+"/tokens", url.Values{"days": {"0"}}).
		want(t, http.StatusUnprocessableEntity, "A token ends in the future")
	root.post(made.path+"/tokens", url.Values{"days": {"30"}}).want(t, http.StatusOK, "skp_")
	root.get(made.path).want(t, http.StatusOK, "Two tokens are valid")
	a, err := s.Accounts.Get(t.Context(), stack.Admin, made.path[len("/services/"):])
	check(t, err)
	old := a.Tokens[1]
	root.post(made.path+"/tokens/"+old.ID+"/revoke", nil).want(t, http.StatusOK, "The token was revoked.")
	if _, _, err := s.Accounts.Caller(t.Context(), secret.NewTextString(text)); err == nil {
		t.Error("a revoked token is good")
	}

	s.changesAndEnds(t, root, made.path, r.ApplicationID)
	s.signedIn(t, "Otto", access.Auditor).get(made.path).want(t, http.StatusOK, "nightly reports")
}

// changesAndEnds takes from an account, asks for more, and ends it.
func (s *console) changesAndEnds(t *testing.T, root *browser, path, application string) {
	t.Helper()
	less := accountForm("reports", "", "sandbox", "transport")
	less["binding"] = []string{application + "@live"}
	root.post(path, less).want(t, http.StatusOK, "The account was changed", "every bank, live")
	more := accountForm("reports", "", "sandbox", "transport", "export")
	more["binding"] = less["binding"]
	root.post(path, more).want(t, http.StatusOK, "This takes two people")
	s.Now = s.Now.Add(access.ConfirmedFor)
	root.post(path+"/tokens", url.Values{"days": {"30"}}).want(t, http.StatusForbidden, "Confirm that it is you")
	root.post(path+"/end", nil).want(t, http.StatusForbidden, "Confirm that it is you")
	root.signIn("Root")
	root.post(path+"/end", nil).want(t, http.StatusOK, "Its tokens are refused.")
	root.get("/services").want(t, http.StatusOK, "Out of use")
	root.get("/services?ended=true").want(t, http.StatusOK, "nightly reports")

	s.signedIn(t, "Olga", access.Auditor).post("/services", accountForm("mine", application, "sandbox", "transport")).
		want(t, http.StatusForbidden)
}

func TestServiceAccountsAreFoundInPages(t *testing.T) {
	s := newConsole(t)
	for i := range 60 {
		_, _, _, err := s.Accounts.Add(t.Context(), stack.Admin, service.Input{
			Name:        fmt.Sprintf("worker %02d", i),
			Owner:       "équipe " + string(rune('a'+i%7)),
			Description: "for a test",
		})
		check(t, err)
	}
	b := s.signedIn(t, "Otto", access.Auditor)
	page := b.get("/services")
	page.want(t, http.StatusOK, "60 in all", "worker 00", "worker 49", "Next page")
	if strings.Contains(page.body, "worker 50") {
		t.Error("the first page shows more than a page")
	}
	next := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(page.body)
	b.get(strings.ReplaceAll(next[1], "&amp;", "&")).want(t, http.StatusOK, "worker 50", "worker 59", "Previous page")
	b.get("/services?q=equipe+g").want(t, http.StatusOK, "8 in all", "worker 06")
	b.get("/services?sort=-created_at&q=WORK").want(t, http.StatusOK, "60 in all", "worker 59")
}

// An old certificate that is still in use is said on the page of the registration, of the account, and on Home.
func TestOldCertificateInUseIsSaid(t *testing.T) {
	s := newConsole(t)
	r := s.Activate()
	batch, _ := s.Service("reports-batch", access.Transport)
	web, _ := s.Service("reports-web", access.Transport)
	id, sum := batch.ID, s.presented(t, r.ID)
	tell := func(a service.Account, version int, sum string) {
		caller := access.Caller{ID: a.ID, Name: a.Name, Grant: stack.Everything}
		check(t, s.Usage.Report(t.Context(), caller, "host-1", []usage.Report{{
			RegistrationID: r.ID,
			Host:           "bank.example:443",
			Version:        version,
			SHA256:         sum,
			UsedAt:         s.Now,
		}}, false))
	}
	tell(batch, 1, sum)
	tell(web, 1, sum)
	b := s.signedIn(t, "Emma", access.Engineer)
	const home = "An old certificate is still in use, by reports-batch (host-1)."
	if strings.Contains(b.get("/").body, home) {
		t.Error("said before there is another version")
	}
	s.SaveBundle(r.ID, "", "")
	s.TestConnection(r.ID)
	_, err := s.Registrations.Activate(t.Context(), stack.Engineer, r.ID, 2)
	check(t, err)
	tell(web, 2, sum)
	const sentence = "reports-batch (host-1) still uses version 1; the old certificate was last used"
	b.get("/").want(t, http.StatusOK, home, "/registrations/"+r.ID+"#services")
	b.get("/registrations/"+r.ID).want(t, http.StatusOK, sentence, "1 of 2 services use version 2.")
	b.get("/services/"+id).want(t, http.StatusOK, sentence, "1 of 2 services use version 2.")
	today, err := s.Registrations.Today(t.Context(), stack.Engineer)
	check(t, err)
	said := ""
	for _, task := range today.Tasks {
		said += string(task.Kind) + " " + task.Title + "\n"
	}
	const task = "old_version_used Societe Generale Personal (sandbox): an old certificate is still in use"
	if !strings.Contains(said, task) {
		t.Errorf("today is\n%s", said)
	}
	tell(batch, 2, strings.Repeat("a", 64))
	const other = "reports-batch (host-1) says that it uses version 2, and presents a certificate"
	b.get("/").want(t, http.StatusOK,
		"Another certificate than the version&#39;s own is in use, by reports-batch (host-1).")
	b.get("/registrations/"+r.ID).want(t, http.StatusOK, other, "other certificate")
	b.lang = "fr"
	b.get("/services/"+id).want(t, http.StatusOK, "reports-batch (host-1) dit utiliser la version 2",
		"autre certificat")
	b.get("/").want(t, http.StatusOK, "Un autre certificat que celui de la version sert, à reports-batch (host-1).")
	b.lang = "en"
	tell(batch, 2, sum)
	if strings.Contains(b.get("/").body, home) {
		t.Error("still said when every service is over")
	}
}

// presented is the SHA-256 of the certificate that clients of a registration present.
func (s *console) presented(t *testing.T, registrationID string) string {
	t.Helper()
	view, err := s.Registrations.Registration(t.Context(), stack.Engineer, registrationID)
	check(t, err)
	record, err := s.Vault.Get(t.Context(), stack.Auditor, view.Active().QWACID)
	check(t, err)
	return record.Leaf.SHA256
}

// What a proxy refuses is said in the reader's language, on the page of the registration and of the account.
func TestRefusalByAProxyIsSaid(t *testing.T) {
	s := newConsole(t)
	r := s.Activate()
	a, _ := s.Service("envoys", access.Transport)
	check(t, s.Usage.Report(t.Context(), access.Caller{ID: a.ID, Name: a.Name, Grant: stack.Everything}, "sds-1",
		[]usage.Report{{
			RegistrationID: r.ID,
			Host:           "bank.example:443",
			Version:        1,
			SHA256:         s.presented(t, r.ID),
			Problem:        api.ProblemRefusedByProxy + "<inline> is no key",
		}}, false))
	const reason = "&lt;inline&gt; is no key"
	for language, sentence := range map[string]string{
		"en": "Its proxy has refused the certificate",
		"fr": "Son proxy a refusé le certificat",
	} {
		b := s.signedIn(t, "Emma "+language, access.Engineer)
		b.lang = language
		b.get("/registrations/"+r.ID).want(t, http.StatusOK, sentence, reason)
		b.get("/services/"+a.ID).want(t, http.StatusOK, sentence, reason)
	}
}

// TestServicesInABrowser goes from nothing to a token, and looks at each page.
func TestServicesInABrowser(t *testing.T) {
	p := populate(t)
	b := chromium(t, p.console)
	p.user(t, "Root", access.Admin)
	b.signsIn("Root")
	b.open("/services/new")
	b.look("service-new")
	b.fill(map[string]string{
		"#name":        "ledger",
		"#owner":       "accounting",
		"#description": "books what customers paid",
	})
	evaluate[bool](b, `document.querySelector("#application-1").selectedIndex = 1,
		document.querySelector("[name=purpose]").checked = true`)
	b.submit("form.card button.primary", ".note.good")
	b.look("service")
	b.submit(`form[action$="/tokens"] button`, "#token")
	b.look("service-token")
	b.submit("section .button", "#tokens")
	b.click("#tokens form button.danger", "dialog")
	b.look("service-revoke")
	b.submit("dialog .primary", ".note.good")
	b.open("/services")
	b.look("services")
	b.submit(`footer button[value="fr"]`, `:lang(fr) h1`)
	b.look("fr-services")
	b.open("/services/" + p.service)
	b.look("fr-service")
}

// An administrator has a workload count as a service, and takes it back.
func TestWorkloadOfAServiceInTheConsole(t *testing.T) {
	issuer := stack.NewIssuer(t)
	s := newConsoleOn(t, stack.NewWith(t, stack.Options{Workloads: []string{issuer.URL}}))
	r := s.Activate()
	root := s.signedIn(t, "Root", access.Admin)
	made := root.post("/services", accountForm("reports", r.ApplicationID, "sandbox", "transport"))
	made.want(t, http.StatusOK, "Without a token", issuer.URL)
	typed := url.Values{
		"issuer":   {issuer.URL},
		"audience": {"https://sealkeeper.example"},
		"subject":  {"*"},
		"claims":   {"environment=prod\r\nref_protected=true\r\n"},
	}
	root.post(made.path+"/identities", typed).want(t, http.StatusUnprocessableEntity,
		"Give the audience and the subject",
		`value="https://sealkeeper.example"`, "environment=prod\nref_protected=true")
	typed.Set("subject", "system:serviceaccount:payments:reports")
	root.post(made.path+"/identities", typed).want(t, http.StatusOK, "The workload counts as this service",
		"system:serviceaccount:payments:reports", "ref_protected=true", "never used")
	a, err := s.Accounts.Get(t.Context(), stack.Admin, made.path[len("/services/"):])
	check(t, err)
	path := made.path + "/identities/" + a.Identities[0].ID + "/remove"
	s.signedIn(t, "Otto", access.Auditor).post(path, nil).want(t, http.StatusForbidden)
	root.post(path, nil).want(t, http.StatusOK, "Removed: it is refused from now on", "Nobody yet")
}

// An administrator has whoever has a client certificate count as a service.
func TestCertificateOfAServiceInTheConsole(t *testing.T) {
	issuing := qtsp.Must(t)
	s := newConsoleOn(t, stack.NewWith(t, stack.Options{ClientCertificates: clientcert.Config{
		Form:    clientcert.NGINX,
		Anchors: []*x509.Certificate{issuing.Root()},
	}}))
	r := s.Activate()
	root := s.signedIn(t, "Root", access.Admin)
	made := root.post("/services", accountForm("reports", r.ApplicationID, "sandbox", "transport"))
	made.want(t, http.StatusOK, "Add a client certificate", "Sealkeeper Test Root CA")
	typed := url.Values{
		"kind": {"certificate"},
		"by":   {"uri"},
		"name": {"spiffe://example/*"},
	}
	root.post(made.path+"/identities", typed).want(t, http.StatusUnprocessableEntity, `value="spiffe://example/*"`,
		`<option value="uri" selected>`, "Name the issuer by the SHA-256")
	typed.Set("anchor", s.Accounts.CertificateAnchors()[0].SHA256)
	root.post(made.path+"/identities", typed).want(t, http.StatusUnprocessableEntity, "without *")
	typed.Set("name", "spiffe://example/reports")
	root.post(made.path+"/identities", typed).want(t, http.StatusOK, "Whoever has the client certificate counts",
		"uri:spiffe://example/reports", "client certificate, issued under", "never used")
}
