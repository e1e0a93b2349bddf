package ui_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/vault"
)

// populated is a firm in the middle of things: a registration that is ready,
// one that is blocked, one on live that waits for a second person, an
// expired certificate and one that ends soon.
type populated struct {
	*console
	ready, blocked, live string // registrations
	certificate          string
	request              string
	approval             string
	consent              string
	enrolment            string
	asking               string // a live registration that waits for the bank
	organization         string
	application          string
	liveUntil            string // the day on which the certificates of live end
}

func populate(t *testing.T) populated {
	t.Helper()
	s := newConsole(t)
	p := populated{console: s, ready: s.Activate().ID}
	ctx := t.Context()
	view, err := s.Registrations.Registration(ctx, stack.Engineer, p.ready)
	check(t, err)
	register := func(institution string) string {
		r, err := s.Registrations.Register(ctx, stack.Engineer, view.Application.ID, institution)
		check(t, err)
		return r.ID
	}
	p.blocked = register("soc-gen-business-sandbox")
	check(t, s.Registrations.SetStep(ctx, stack.Engineer, p.blocked, "portal_account", checklist.Done, ""))
	check(t,
		s.Registrations.SetStep(ctx, stack.Engineer, p.blocked, "application", checklist.Waiting,
			"Written to the bank on Monday."))
	p.certificate = s.Import(qtsp.Request{NotBefore: s.Now.AddDate(-1, 0, 0), NotAfter: s.Now.AddDate(0, 0, -3)})
	_, err = s.Registrations.SaveBundle(ctx, stack.Engineer, p.blocked, registration.BundleInput{QWACID: p.certificate})
	check(t, err)

	p.live = register(stack.LiveAtSim)
	s.DoSteps(p.live)
	transport, _, err := s.Vault.Certificate(ctx, stack.Engineer, view.Active().QWACID)
	check(t, err)
	p.liveUntil = transport.NotAfter.UTC().Format("2 January 2006")
	s.Import(qtsp.Request{
		Kind:      certs.QSealC,
		KeyType:   qtsp.P256,
		NotBefore: s.Now.AddDate(0, -11, 0),
		NotAfter:  s.Now.AddDate(0, 0, 23),
	})
	b := s.SaveBundle(p.live, view.Active().QWACID, view.Active().QSealCID)
	s.TestConnection(p.live)
	if done, err := s.Registrations.Activate(ctx, stack.Engineer, p.live, b.Version); err != nil || done {
		t.Fatalf("activating on live with one person: %v, %v", done, err)
	}
	request, err := s.Vault.Order(ctx, stack.Engineer, vault.NewRequest{
		Order: certs.Order{
			Kind:                   certs.QSealC,
			Organization:           "Exemple Paiement SAS",
			Country:                "FR",
			OrganizationIdentifier: stack.Organization,
			Roles:                  []string{"PSP_AI"},
			NCAID:                  "FR-ACPR",
		},
		Algorithm: "ecdsa-p256",
	})
	check(t, err)
	p.request = request.ID
	open, err := s.Approvals.Inbox(ctx, access.Caller{ID: "somebody", Roles: []access.Role{access.Admin}})
	check(t, err)
	p.approval = open[0].ID
	p.started(t, view)
	return p
}

// started begins a consent, and writes to the bank about live.
func (p *populated) started(t *testing.T, view registration.View) {
	t.Helper()
	ctx := t.Context()
	begun, err := p.Consents.Start(ctx, stack.Engineer, consent.Request{RegistrationID: p.ready})
	check(t, err)
	p.consent, p.organization, p.application = begun.Consent.ID, view.Organization.ID, view.Application.ID
	waiting, err := p.Registrations.Register(ctx, stack.Engineer, view.Application.ID, "soc-gen-business")
	check(t, err)
	p.asking = waiting.ID
	live, err := p.Registrations.Registration(ctx, stack.Engineer, p.asking)
	check(t, err)
	p.enrolment = live.Enrolment.ID
	step, _ := live.Step("customer_organization")
	if step.State == checklist.Todo {
		_, err = p.Registrations.RecordSent(ctx, stack.Engineer, p.asking, "customer_organization", email.Dispatch{})
		check(t, err)
	}
}

func (p populated) paths() []string {
	return []string{
		"/", "/certificates", "/certificates/upload", "/certificates/" + p.certificate,
		"/certificates/request", "/certificates/requests/" + p.request, "/certificates/" + p.certificate +
			"/compare?with=" + p.certificate, "/certificates/" + p.certificate + "/compare", "/institutions",
		"/institutions/" + stack.Institution, "/institutions/soc-gen-corporate", "/firm", "/registrations",
		"/registrations/" + p.ready, "/registrations/" + p.blocked, "/registrations/" + p.live,
		"/registrations/" + p.ready + "/accounts", "/audit", "/approvals", "/approvals/" + p.approval,
		"/try", "/consents/" + p.consent, "/registrations/" + p.ready + "/payment", "/enrolments/" + p.enrolment,
		"/organizations/" + p.organization, "/applications/" + p.application, "/registrations/" +
			p.asking, "/registrations/" + p.asking + "/steps/customer_organization/email",
	}
}

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
// A program's consent is nobody else's, not even another program's.
func TestEveryPageForEveryRole(t *testing.T) {
	p := populate(t)
	for _, role := range []access.Role{access.Compliance, access.Engineer, access.Connector, access.Auditor} {
		b := p.signedIn(t, string(role), role)
		for _, path := range p.paths() {
			want := []int{http.StatusOK, http.StatusForbidden}
			if role == access.Connector && path == "/consents/"+p.consent {
				want = []int{http.StatusNotFound}
			}
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
	engineer.get("/audit").want(t, http.StatusForbidden, "This is not for your role")
	if page := engineer.get("/"); strings.Contains(page.body, `href="/audit"`) {
		t.Error("an engineer is offered the audit log")
	}
}

func TestHomeSaysWhatNeedsAttention(t *testing.T) {
	p := populate(t)
	b := p.signedIn(t, "Ada", access.Compliance)
	page := b.get("/")
	page.want(t, http.StatusOK, "The certificate expired on", "ends in 23 days", "Bank&#39;s answer",
		"Societe Generale Professional (sandbox)", "has been waiting for the bank&#39;s answer since today",
		"Your decision is needed; it expires in 3 days", "Recent activity", "State of the parts", "Four-eyes on live")
	if !strings.Contains(page.body, p.Now.AddDate(0, 0, 23).UTC().Format("2 January 2006")) {
		t.Error("days are shown without their date")
	}
	b.lang = "fr"
	b.get("/").want(t, http.StatusOK, "Le certificat a expiré le", "se termine dans 23 jours",
		"Votre décision est attendue", "attend la réponse de la banque")
}

// Recent activity says what was acted on, and leads there.
func TestRecentActivityNamesItsObjects(t *testing.T) {
	p := populate(t)
	ctx := t.Context()
	one, err := p.Vault.Get(ctx, stack.Engineer, p.certificate)
	check(t, err)
	for _, act := range []struct {
		action       access.Action
		object, want string
	}{
		{access.CertUse, p.certificate, `<a href="/certificates/` + p.certificate + `">` + one.Name + `</a>`},
		{access.CertRequest, p.request, `<a href="/certificates/requests/` + p.request + `">`},
		{
			access.ConnectionTest,
			p.ready,
			`<a href="/registrations/` + p.ready + `">Societe Generale Personal (sandbox)</a>`,
		},
		{
			access.RegistrationWrite,
			p.organization,
			`<a href="/organizations/` + p.organization + `">Exemple Paiement SAS</a>`,
		},
		{access.RegistrationWrite, p.application, `<a href="/applications/` + p.application + `">Exemple Budget</a>`},
		{access.RegistrationWrite, p.enrolment, `<a href="/enrolments/` + p.enrolment + `">Societe Generale</a>`},
		{access.ApprovalDecide, p.approval, `<a href="/approvals/` + p.approval + `">Take a version into use · `},
		{
			access.AccountsRead,
			p.consent,
			`<a href="/consents/` + p.consent + `">Consent at Societe Generale Personal (sandbox)</a>`,
		},
		{access.UserManage, "Grace", "Add or remove a user: Grace"},
		// gone: no name, no link
		{access.CertUse, "01a205e0-0000-7000-8000-000000000000", "Open a certificate for use <span"},
	} {
		check(t, p.Audit.Record(ctx, stack.Engineer, act.action, act.object, audit.Done, ""))
		b := p.signedIn(t, "Otto "+act.object, access.Auditor)
		page := b.get("/")
		_, recent, _ := strings.Cut(page.body, `aria-labelledby="recent"`)
		if recent, _, _ = strings.Cut(recent, "</section>"); !strings.Contains(recent, act.want) {
			t.Errorf("%s of %s: the page does not say %s:\n%s", act.action, act.object, act.want, recent)
		}
		for _, address := range regexp.MustCompile(`href="(/[^"]+)"`).FindAllStringSubmatch(recent, -1) {
			if led := b.get(address[1]); led.status != http.StatusOK {
				t.Errorf("recent activity leads to %s, which answers %d", address[1], led.status)
			}
		}
	}
}

func TestHomeLeadsNewcomers(t *testing.T) {
	s := newConsole(t)
	b := s.signedIn(t, "Ada", access.Admin)
	b.get("/").want(t, http.StatusOK, "Three steps to your first bank", `href="/certificates/upload"`, `href="/firm"`,
		`href="/institutions"`)
	for path, text := range map[string]string{
		"/certificates":  "No certificate yet",
		"/registrations": "No registration yet",
	} {
		b.get(path).want(t, http.StatusOK, text)
	}
}

func TestRegistrationSaysWhatBlocksItAndWhere(t *testing.T) {
	p := populate(t)
	b := p.signedIn(t, "Emma", access.Engineer)
	page := b.get("/registrations/" + p.blocked)
	page.want(t, http.StatusOK, "things stand in the way", "The QSealC is missing",
		`href="/registrations/`+p.blocked+`#bundle"`,
		`href="/certificates/`+p.certificate+
			`"`, `#step-application"`, "Written to the bank on Monday.", "6 of 14 steps")
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
		page.want(t, http.StatusNotFound, "There is nothing here", "find it from the home page", "Ada")
	}
	b.get("/assets/0/app.css").want(t, http.StatusNotFound, "There is nothing here")
	b.lang = "fr"
	b.get("/certificates/unknown").want(t, http.StatusNotFound, "Il n&#39;y a rien ici")
}

func TestTheDatabaseGoneIsAnErrorPage(t *testing.T) {
	s := newConsole(t)
	b := s.signedIn(t, "Ada", access.Admin)
	check(t, s.DB.Close())
	page := b.get("/certificates")
	page.want(t, http.StatusServiceUnavailable, "Not available just now", "Try again in a moment")
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
		if got := answer.header.Get("Content-Type"); strings.HasSuffix(file, ".js") && !strings.HasPrefix(got,
			"text/javascript") {
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
	b.get("/institutions/soc-gen-corporate").want(t, http.StatusOK, "the consent ends with the access token",
		"24 hours, good for 4")
}

func TestAcrossTheYearsOfAnExpiry(t *testing.T) {
	s := newConsole(t)
	id := s.Import(qtsp.Request{NotBefore: s.Now.Add(-time.Hour), NotAfter: s.Now.AddDate(0, 0, 1)})
	b := s.signedIn(t, "Ada", access.Compliance)
	b.get("/certificates/"+id).want(t, http.StatusOK, "tomorrow")
	s.Now = s.Now.AddDate(0, 0, 2)
	b.get("/certificates/"+id).want(t, http.StatusOK, "yesterday")
}
