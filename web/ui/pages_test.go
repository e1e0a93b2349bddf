package ui_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/usage"
	"github.com/sealkeeper/sealkeeper/internal/version"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

// unsaid is what a template or a catalogue that went wrong leaves on a page.
var unsaid = regexp.MustCompile(`%!|<no value>|ZgotmplZ|\{\{|%[sd]|&lt;nil&gt;`)

func TestEveryPageInBothLanguages(t *testing.T) {
	p := populate(t)
	b := p.signedIn(t, "Ada Admin", access.Admin)
	for _, lang := range []string{"en", "fr"} {
		b.lang = lang
		for _, path := range p.paths() {
			page := b.get(path)
			page.want(t, http.StatusOK, `<html lang="`+lang+`">`, "<h1")
			if at := unsaid.FindString(page.body); at != "" {
				t.Errorf("%s in %s holds %q:\n%s", path, lang, at, page.body)
			}
			if got := page.header.Get("Cache-Control"); strings.Contains(got, "immutable") {
				t.Errorf("%s is cached: %s", path, got)
			}
		}
	}
}

// Every role opens every page: what it may not see is refused in words or left out, never broken.
func TestEveryPageForEveryRole(t *testing.T) {
	p := populate(t)
	for _, role := range []access.Role{access.Compliance, access.Engineer, access.Auditor} {
		b := p.signedIn(t, string(role), role)
		for _, path := range p.paths() {
			want := []int{http.StatusOK, http.StatusForbidden}
			if page := b.get(path); !slices.Contains(want, page.status) {
				t.Errorf("%s for the %s: %d", path, role, page.status)
			}
		}
		if page := b.get("/"); page.status != http.StatusOK {
			t.Errorf("the %s has no home page: %d", role, page.status)
		}
	}
}

func TestRolesSeeWhatTheyMayDo(t *testing.T) {
	p := populate(t)
	auditor := p.signedIn(t, "Otto", access.Auditor)
	page := auditor.get("/registrations/" + p.blocked)
	page.want(t, http.StatusOK, "Changing this is for compliance officers and engineers.",
		"Changing the bundle is for engineers.")
	if strings.Contains(page.body, "Save draft") || strings.Contains(page.body, `value="done"`) {
		t.Error("an auditor is offered to change a registration")
	}
	auditor.get("/certificates").want(t, http.StatusOK, "Storing certificates is for compliance officers.")
	auditor.get("/audit").want(t, http.StatusOK, "Activate a bundle")
	// Hiding is for people; the server enforces.
	auditor.post("/registrations/"+p.blocked+"/steps/portal_account", url.Values{"state": {"todo"}}).
		want(t, http.StatusForbidden, "Your role does not allow")

	engineer := p.signedIn(t, "Emma", access.Engineer)
	engineer.get("/audit").want(t, http.StatusForbidden, "Your role does not allow this")
	if page := engineer.get("/"); strings.Contains(page.body, `href="/audit"`) {
		t.Error("an engineer is offered the audit log")
	}
}

func TestRegistrationSaysWhatBlocksItAndWhere(t *testing.T) {
	p := populate(t)
	b := p.signedIn(t, "Emma", access.Engineer)
	page := b.get("/registrations/" + p.blocked)
	page.want(t, http.StatusOK, "things block it", "The QSealC is missing",
		`href="/registrations/`+p.blocked+`#bundle"`,
		`href="/certificates/`+p.certificate+`"`,
		`#step-application"`, "Written to the bank on Monday.", "6 of 14 steps")
	for _, where := range regexp.MustCompile(`#([a-z_-]+)"><span`).FindAllStringSubmatch(page.body, -1) {
		if !strings.Contains(page.body, `id="`+where[1]+`"`) {
			t.Errorf("a blocker leads to #%s, which is not on the page", where[1])
		}
	}
	b.lang = "fr"
	b.get("/registrations/"+p.blocked).want(t, http.StatusOK, "font obstacle", "Le QSealC manque",
		"Certificat de transport (QWAC)\u00a0: le certificat a expiré le",
		"L&#39;étape «", "n&#39;est pas terminée")
}

// A draft is saved and tested by one button. Where the bank refuses it, the act has failed, in the log too, and the
// reason stands at the field that repairs it.
func TestAConnectionTestThatFailsIsAFailedAct(t *testing.T) {
	s := newConsole(t)
	r := s.Activate()
	b := s.signedIn(t, "Emma", access.Engineer)
	page := b.post("/registrations/"+r.ID+"/bundle", url.Values{
		"client_id":     {stack.ClientID},
		"client_secret": {"not the bank's"},
		"then":          {"test"},
	})
	page.want(t, http.StatusOK, "test failed", `aria-invalid="true" aria-describedby="secret-failed secret-help"`,
		"The connection test failed", `<details class="edit" open>`)
	entries, err := s.DB.LatestAudit(t.Context(), listing.MaxLimit)
	check(t, err)
	i := slices.IndexFunc(entries, func(e audit.Entry) bool {
		return e.Action == access.ConnectionTest && e.Outcome != audit.Allowed
	})
	if i < 0 || entries[i].Outcome != audit.Failed || entries[i].Code != "client_refused" {
		t.Errorf("the log has %+v", entries)
	}
	b.lang = "fr"
	b.get("/registrations/"+r.ID).want(t, http.StatusOK, "test échoué", "Le test de connexion a échoué")
}

// Whoever opens the address of a form again is led to the page that it is on, and is not told that it is for other
// methods.
func TestAddressesOfFormsLeadToTheirPages(t *testing.T) {
	s := newConsole(t)
	r := s.Register(stack.Institution)
	b := s.signedIn(t, "Emma", access.Admin)
	path := "/registrations/" + r.ID
	b.post(path+"/steps", url.Values{}).want(t, http.StatusUnprocessableEntity)
	for from, to := range map[string]string{
		path + "/steps":                path,
		path + "/bundle":               path,
		path + "/steps/portal_account": path,
		"/confirm":                     "/",
		"/access-reviews/x/proposals":  "/access-reviews/x",
		"/people/x/grants/y/revoke":    "/people/x",
	} {
		if p := b.get(from); p.path != to || p.status == http.StatusMethodNotAllowed {
			t.Errorf("%s leads to %s with %d, want %s", from, p.path, p.status, to)
		}
	}
	b.get("/").want(t, http.StatusOK, "<small>"+version.Of().Version+"</small>")
}

// What blocks a version stands in the order of the work, with the one thing to do next; several steps are recorded as
// done at once, each with its own checks.
func TestStepsAreRecordedTogether(t *testing.T) {
	s := newConsole(t)
	r := s.Register(stack.Institution)
	b := s.signedIn(t, "Emma", access.Engineer)
	path := "/registrations/" + r.ID
	page := b.get(path)
	page.want(t, http.StatusOK, `class="button primary" href="`+path+`#step-portal_account"`, `class="locked"`)
	first := strings.Index(page.body, "Create an account on the portal")
	later := strings.Index(page.body, "QWAC is missing")
	if first < 0 || later < first {
		t.Error("the missing QWAC stands before the first step")
	}
	b.post(path+"/steps", url.Values{}).want(t, http.StatusUnprocessableEntity, "Tick the steps that are done")
	b.post(path+"/steps", url.Values{"step": {"application"}}).want(t, http.StatusConflict, "comes after")
	b.post(path+"/steps", url.Values{"step": {"account_activated", "portal_account", "certificates_uploaded"}}).
		want(t, http.StatusConflict, "is checked, not ticked")
	view, err := s.Registrations.Registration(t.Context(), stack.Engineer, r.ID)
	check(t, err)
	done := 0
	for _, step := range view.Steps {
		if !step.Checked() && step.State == checklist.Done {
			done++
		}
	}
	if done != 2 {
		t.Errorf("%d steps are done, want the two before the one that was refused", done)
	}
	// The address of the account was not given, which is said until it is.
	b.get(path).want(t, http.StatusOK, "done, address missing", `name="portal_account"`)
	account := path + "/steps/portal_account"
	b.post(account, url.Values{"portal_account": {"nobody"}}).want(t, http.StatusUnprocessableEntity, "e-mail address")
	b.post(account, url.Values{"portal_account": {"portal@firm.example"}}).want(t, http.StatusOK, "portal@firm.example")
	if page := b.get(path); strings.Contains(page.body, "address missing") {
		t.Error("the address is missing still")
	}
	if view, err = s.Registrations.Registration(t.Context(), stack.Engineer, r.ID); view.Enrolment.PortalAccount !=
		"portal@firm.example" {
		t.Errorf("the enrolment has %q, %v", view.Enrolment.PortalAccount, err)
	}
}

// Enter in a field of a step's form saves it: the first of its buttons is what Enter presses.
func TestEnterSavesAStep(t *testing.T) {
	p := populate(t)
	b := p.signedIn(t, "Emma", access.Engineer)
	page := b.get("/registrations/" + p.blocked)
	forms := regexp.MustCompile(`(?s)<form[^>]*class="step-form">.*?</form>`).FindAllString(page.body, -1)
	if len(forms) < 5 || !strings.Contains(page.body, `name="portal_account"`) {
		t.Fatalf("the page has %d forms of steps", len(forms))
	}
	for _, form := range forms {
		if first := regexp.MustCompile(`<button[^>]*>`).FindString(form); first != "<button>" {
			t.Errorf("Enter presses %s in %s", first, form)
		}
	}
}

func TestConsentWhoseCustomerIsAtTheBank(t *testing.T) {
	p := populate(t)
	b := p.signedIn(t, "Emma", access.Engineer)
	page := b.get("/consents/" + p.consent)
	page.want(t, http.StatusOK, "has not come back from the bank yet", "Start a new consent")
	if strings.Contains(page.body, "gives no refresh token") || strings.Contains(page.body, "any more.</p>") {
		t.Errorf("a consent that nobody has given is told as one that is over:\n%s", main(page.body))
	}
}

func TestUnknownThingsAreErrorPages(t *testing.T) {
	s := newConsole(t)
	b := s.signedIn(t, "Ada", access.Admin)
	for _, path := range []string{
		"/nowhere", "/certificates/unknown", "/institutions/unknown", "/registrations/unknown",
	} {
		page := b.get(path)
		page.want(t, http.StatusNotFound, "Page not found", "find it from the home page", "Ada")
	}
	b.get("/assets/0/app.css").want(t, http.StatusNotFound, "Page not found")
	b.lang = "fr"
	b.get("/certificates/unknown").want(t, http.StatusNotFound, "Il n&#39;y a rien ici")
}

func TestTheDatabaseGoneIsAnErrorPage(t *testing.T) {
	s := newConsole(t)
	b := s.signedIn(t, "Ada", access.Admin)
	check(t, s.DB.Close())
	page := b.get("/certificates")
	page.want(t, http.StatusServiceUnavailable, "Temporarily unavailable", "Try again in a moment")
	if strings.Contains(page.body, "sql:") {
		t.Errorf("the page shows the cause:\n%s", page.body)
	}
}

func TestStaticFilesAreKeptForGood(t *testing.T) {
	s := newConsole(t)
	b := s.browser(t)
	page := b.get("/sign-in")
	files := regexp.MustCompile(`/assets/[0-9a-f]+/[a-z.]+`).FindAllString(page.body, -1)
	if len(files) < 3 {
		t.Fatalf("the page has the static files %v", files)
	}
	for _, file := range files {
		answer := b.get(file)
		answer.want(t, http.StatusOK)
		if got := answer.header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
			t.Errorf("%s: Cache-Control %q", file, got)
		}
		got := answer.header.Get("Content-Type")
		if strings.HasSuffix(file, ".js") && !strings.HasPrefix(got, "text/javascript") {
			t.Errorf("%s: Content-Type %q", file, got)
		}
	}
}

func TestCertificatePage(t *testing.T) {
	p := populate(t)
	b := p.signedIn(t, "Ada", access.Auditor)
	page := b.get("/certificates/" + p.certificate)
	page.want(t, http.StatusOK, "PSDFR-ACPR-12345", "PSP_AI", "Sealkeeper Test QTSP", "3 days ago",
		"The certificate expired on",
		"Sealkeeper Test Qualified CA", "Societe Generale Professional (sandbox)", "sealed in Sealkeeper",
		"Fingerprint (SHA-256)")
	pem := b.get("/certificates/" + p.certificate + "/pem")
	pem.want(t, http.StatusOK, "-----BEGIN CERTIFICATE-----")
	if strings.Contains(pem.body, "PRIVATE") || strings.Count(pem.body, "BEGIN") != 2 {
		t.Errorf("the public part is %q", pem.body)
	}
	if got := pem.header.Get("Content-Disposition"); !strings.Contains(got, "attachment") {
		t.Errorf("Content-Disposition %q", got)
	}
}

func TestInstitutionFacts(t *testing.T) {
	s := newConsole(t)
	b := s.signedIn(t, "Emma", access.Engineer)
	b.get("/institutions").want(t, http.StatusOK, "Societe Generale Personal (sandbox)", "Societe Generale Enterprise",
		"Not started")
	b.get("/institutions/"+stack.Institution).want(t, http.StatusOK, "accounts-pri", "1.4.2.17.3", "90 days",
		"55000002", "1 November 2026", "support-api-groupe")
	b.get("/institutions/soc-gen-corporate").want(t, http.StatusOK,
		"a consent is valid only as long as the access token", "24 hours, 4 access tokens in all")
}

func TestAcrossTheYearsOfAnExpiry(t *testing.T) {
	s := newConsole(t)
	// At noon: in the last hours of UTC's day it is tomorrow already for the banks.
	s.Now = s.Now.Truncate(24 * time.Hour).Add(36 * time.Hour)
	id := s.Import(qtsp.Request{NotBefore: s.Now.Add(-time.Hour), NotAfter: s.Now.AddDate(0, 0, 1)})
	b := s.signedIn(t, "Ada", access.Compliance)
	b.get("/certificates/"+id).want(t, http.StatusOK, "tomorrow")
	s.Now = s.Now.AddDate(0, 0, 2)
	b.signIn("Ada")
	b.get("/certificates/"+id).want(t, http.StatusOK, "yesterday")
}

// After an activation the page says who still uses the former certificate.
func TestServicesOnTheirPage(t *testing.T) {
	s := newConsole(t)
	r := s.Activate()
	s.SaveBundle(r.ID, "", "")
	s.TestConnection(r.ID)
	if _, err := s.Registrations.Activate(t.Context(), stack.Engineer, r.ID, 2); err != nil {
		t.Fatal(err)
	}
	for name, version := range map[string]int{"reports-batch": 1, "reports-web": 2, "accounts": 2} {
		a, _ := s.Service(name, access.Transport)
		caller := access.Caller{ID: a.ID, Name: a.Name, Grant: stack.Everything}
		check(t, s.Usage.Report(t.Context(), caller, "host-1", []usage.Report{{
			RegistrationID: r.ID,
			Host:           "bank.example:443",
			Version:        version,
			SHA256:         s.presented(t, r.ID),
		}}, false))
	}
	b := s.signedIn(t, "Otto", access.Auditor)
	b.get("/registrations/"+r.ID).want(t, http.StatusOK, "2 of 3 services use version 2.", "reports-batch",
		"An old certificate is still in use", "former version")
	b.lang = "fr"
	b.get("/registrations/"+r.ID).want(t, http.StatusOK, "2 services sur 3 utilisent la version 2",
		"version antérieure")
}
