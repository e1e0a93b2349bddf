package ui_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/email"
)

// lacks fails where a page says what it is not to say.
func (a reply) lacks(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			t.Errorf("%s says %q", a.path, text)
		}
	}
}

// inOrder fails where the texts do not stand on the page one behind the other.
func (a reply) inOrder(t *testing.T, texts ...string) {
	t.Helper()
	rest := a.body
	for _, text := range texts {
		at := strings.Index(rest, text)
		if at < 0 {
			t.Errorf("%s has %q nowhere, or too early", a.path, text)
			return
		}
		rest = rest[at+len(text):]
	}
}

// What a walk through every page of a firm in the middle of things was to find.
func TestWalkThroughABusyFirm(t *testing.T) {
	p := populate(t)
	b := p.signedIn(t, "Camille", access.Admin)
	for name, page := range map[string]struct {
		path       string
		has, lacks []string
		order      []string
	}{
		"the list says what is in use, once": {
			path:  "/certificates",
			has:   []string{`<span class="tag active">In use</span>`, `<span class="tag">Not used</span>`},
			lacks: []string{">transport certificate<", "12345 (20"},
		},
		"a checklist that is done is folded, and the bundle has the width": {
			path:  "/registrations/" + p.ready,
			has:   []string{`<details id="checklist" class="card folded-steps">`, "Subscribe to", "PSP_AI"},
			lacks: []string{`class="columns work"`},
			order: []string{`id="readiness"`, `id="bundle"`, `<div class="columns">`, `id="test"`, `id="versions"`},
		},
		"the action stands before the facts, which are of these customers": {
			path: "/institutions/" + stack.Institution,
			has: []string{
				"90 days", "facts that the bank has not published",
				`<a class="copy" href="mailto:support-api-groupe-sg.fr@socgen.com">`,
			},
			lacks: []string{"enterprise accounts there", "BNP enterprise", "A refresh token lasts"},
			order: []string{`aria-labelledby="register"`, `aria-labelledby="apis"`, `aria-labelledby="points"`},
		},
		"what others are told about is said to them": {
			path:  "/institutions/soc-gen-corporate",
			has:   []string{"BNP enterprise", "Announced: a refresh token of 24 hours"},
			lacks: []string{"For personal accounts", "There is no refresh token: the"},
		},
		"the e-mail is prepared here, and opened nowhere else": {
			path:  "/registrations/" + p.asking,
			has:   []string{"Have the customer organization created"},
			lacks: []string{`href="mailto:`},
		},
		"names, not ids, and words, not codes": {
			path: "/audit?action=registration.write&sort=at",
			has: []string{
				`<a href="/organizations/` + p.organization + `">Exemple Paiement SAS</a>`,
				`<a href="/registrations/` + p.ready + `">Societe Generale Personal (sandbox)</a>`,
				"step “Create the application”",
			},
			lacks: []string{"step application", "<code>0"},
		},
		"values that are typed elsewhere are copied": {
			path: "/firm",
			has: []string{
				`<code class="copy">` + stack.RedirectURI + `</code>`, `<code class="copy">PSDFR-ACPR-12345</code>`,
			},
		},
		"places are told apart": {
			path: "/registrations/" + p.live,
			has: []string{
				"<h1>Exemple Budget at ", `<a href="/registrations">Registrations</a>`, `href="/help#bundle"`,
			},
			order: []string{`id="readiness"`, `id="checklist"`},
		},
	} {
		reply := b.get(page.path)
		t.Run(name, func(t *testing.T) {
			reply.want(t, http.StatusOK, page.has...)
			reply.lacks(t, page.lacks...)
			reply.inOrder(t, page.order...)
		})
	}
}

// A version that names what is out of use is named with it, and nobody is offered to go back to it; what still names a
// certificate is said before anything is typed.
func TestNobodyGoesBackToWhatIsOutOfUse(t *testing.T) {
	s := newConsole(t)
	r := s.Activate()
	b := s.signedIn(t, "Camille", access.Admin)
	path := "/registrations/" + r.ID
	view, err := s.Registrations.Registration(t.Context(), stack.Engineer, r.ID)
	check(t, err)
	old, err := s.Vault.Get(t.Context(), stack.Auditor, view.Active().QWACID)
	check(t, err)
	s.SaveBundle(r.ID, s.Import(s.renewed(qtsp.Request{})), "")
	s.TestConnection(r.ID)
	b.post(path+"/activate", url.Values{"version": {"2"}}).want(t, http.StatusOK)
	back := `data-confirm="Connectors will use version 1`
	b.get(path).want(t, http.StatusOK, back, `name="reason"`, `<button class="danger">`)
	b.get("/certificates/"+old.ID).want(t, http.StatusOK, "One person can do this.",
		"These versions of bundles still name it", "Version 1 · superseded", `<details class="card" id="end">`)
	b.post("/certificates/"+old.ID+"/retire", url.Values{"reason": {"Renewed."}}).want(t, http.StatusOK)
	page := b.get(path)
	page.want(t, http.StatusOK, "Nobody can go back to this version", old.Name)
	page.lacks(t, back)
}

// What two people have retired, two destroy, whatever drafts have been changed since; the approval says by name and in
// words what it is about.
func TestTwoWhoRetireAreTwoWhoDestroy(t *testing.T) {
	s := newConsole(t)
	r := s.Register(stack.LiveAtSim)
	s.DoSteps(r.ID)
	named, seal := s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC})
	s.SaveBundle(r.ID, named, seal)
	ada, joan := s.signedIn(t, "Ada", access.Compliance), s.signedIn(t, "Joan", access.Compliance)
	path := "/certificates/" + named
	ada.get(path).want(t, http.StatusOK, "This takes two people: you ask for it", "Version 1 · draft")
	agree := func(action string, form url.Values, says map[string][]string) {
		t.Helper()
		ada.post(path+"/"+action, form).want(t, http.StatusOK, "A second person")
		waits := regexp.MustCompile(`href="(/approvals/[^"]+)"`).FindStringSubmatch(joan.get(path).body)[1]
		for lang, texts := range says {
			joan.lang = lang
			page := joan.get(waits)
			page.want(t, http.StatusOK, texts...)
			page.lacks(t, ">stored<", ">retired<", ">held<", ">destroyed<")
		}
		joan.lang = "en"
		joan.post(waits+"/approve", nil).want(t, http.StatusOK, "Approved and carried out.")
	}
	agree("retire", url.Values{"reason": {"Lost."}}, map[string][]string{
		"en": {"In custody", "Retired"},
		"fr": {"Sous garde", "Retiré"},
	})
	_, err := s.Registrations.SaveBundle(t.Context(), stack.Engineer, r.ID,
		registration.BundleInput{QWACID: s.Import(qtsp.Request{})})
	check(t, err)
	record, err := s.Vault.Get(t.Context(), stack.Auditor, named)
	check(t, err)
	ada.get(path).want(t, http.StatusOK, "This takes two people", "No version of a bundle names it.")
	agree("destroy", url.Values{"confirmation": {record.Confirmation()}}, map[string][]string{
		"en": {"Destroyed", "never comes out"},
		"fr": {"Détruit"},
	})
}

// What the bank was sent stays in sight with the step, and that another QWAC was chosen since is a warning there.
func TestWhatTheBankWasSentStaysInSight(t *testing.T) {
	s := newConsole(t)
	r := s.Register(stack.LiveAtSim)
	b := s.signedIn(t, "Ada", access.Admin)
	path := "/registrations/" + r.ID
	for _, step := range []string{"portal_account", "account_activated"} {
		b.post(path+"/steps/"+step, url.Values{"state": {"done"}}).want(t, http.StatusOK)
	}
	sent, seal := s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC})
	_, err := s.Registrations.RecordSent(t.Context(), stack.Engineer, r.ID, "customer_organization",
		email.Dispatch{CertificateID: sent})
	check(t, err)
	s.SaveBundle(r.ID, s.Import(qtsp.Request{}), seal)
	b.get(path).want(t, http.StatusOK, `<a href="/certificates/`+sent+`">The QWAC that was sent</a>`,
		"The bank was sent another QWAC than the one chosen")
}

// A step that a check forbids cannot be done, and leads to where it is put right.
func TestAForbiddenStepLeadsToItsRepair(t *testing.T) {
	s := newConsole(t)
	r := s.Register(stack.LiveAtSim)
	s.DoSteps(r.ID)
	view, err := s.Registrations.Registration(t.Context(), stack.Engineer, r.ID)
	check(t, err)
	view.Application.RedirectURIs = []string{s.url + "/callback"} // not https
	_, _, err = s.Registrations.UpdateApplication(t.Context(), stack.Engineer, view.Application)
	check(t, err)
	page := s.signedIn(t, "Emma", access.Engineer).get("/registrations/" + r.ID)
	step := regexp.MustCompile(`(?s)<li id="step-application".*?</li>\s*<li id="step-`).FindString(page.body)
	for _, has := range []string{
		`<button class="primary" name="state" value="done" disabled>`, `class="error"`,
		`href="/applications/` + view.Application.ID + `"`,
	} {
		if !strings.Contains(step, has) {
			t.Errorf("the step does not have %s:\n%s", has, step)
		}
	}
	if strings.Contains(page.body, `class="card readiness ready"`) {
		t.Error("the registration is ready")
	}
}

// A customer who refuses is no failure: one note says it, and leads on.
func TestRefusedByTheCustomer(t *testing.T) {
	s := newConsole(t)
	r := s.Activate()
	b := s.signedIn(t, "Emma", access.Engineer)
	leaves := b.post("/registrations/"+r.ID+"/authorize", nil)
	_, bank, _ := strings.Cut(leaves.header.Get("Refresh"), "url=")
	asked, err := url.Parse(bank)
	check(t, err)
	for lang, says := range map[string][2]string{
		"en": {"Start a new consent", "refused by the customer"},
		"fr": {"Commencer un nouveau consentement", "refusé par le client"},
	} {
		b.lang = lang
		answer := url.Values{"error": {"access_denied"}, "state": {asked.Query().Get("state")}}
		if page := b.get("/callback?" + answer.Encode()); lang == "en" {
			page.want(t, http.StatusOK, says[0], `class="note calm"`)
			page.lacks(t, `class="note bad"`)
		}
		b.get("/consents").want(t, http.StatusOK, `<span class="severity muted">`, says[1])
	}
}

// A payment is executed when it was, and is cancelled as long as that helps.
func TestPaymentsSayWhatHasHappened(t *testing.T) {
	s := newConsole(t)
	r := s.Activate()
	b := s.signedIn(t, "Emma", access.Engineer)
	for state, says := range map[payment.State]string{
		payment.Rejected:  "To be executed on",
		payment.Completed: "Executed on",
	} {
		check(t, s.DB.AddPayment(t.Context(), payment.Payment{
			ID:             string(state),
			RegistrationID: r.ID,
			State:          state,
			CallerID:       "somebody",
			Order: pis.Plan{
				Payment:   pis.Payment{ID: string(state), Kind: pis.Single, CreditorName: "Loyer"},
				ExecuteAt: s.Now.Add(time.Minute),
			},
			CreatedAt:   s.Now,
			RequestHash: string(state),
		}))
		page := b.get("/payments/" + string(state))
		page.want(t, http.StatusOK, "<dt>"+says+"</dt>")
		page.lacks(t, "/cancel")
	}
}
