package ui_test

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/secret"
)

// samples writes a QWAC and a QSealC with their keys and returns the files.
func samples(t *testing.T, s *console) []string {
	t.Helper()
	folder := t.TempDir()
	var files []string
	for _, kind := range []certs.Kind{certs.QWAC, certs.QSealC} {
		issued := s.QTSP.MustIssue(t, qtsp.Request{Kind: kind})
		for _, f := range []certs.File{
			{Name: ".pem", Data: issued.CertificatePEM()},
			{Name: ".key", Data: issued.KeyPEM()},
		} {
			file := filepath.Join(folder, string(kind)+f.Name)
			check(t, os.WriteFile(file, f.Data, 0o600))
			files = append(files, file)
		}
	}
	return files
}

// TestOnboardingInABrowser is the main job, from an empty database to accounts read.
func TestOnboardingInABrowser(t *testing.T) {
	s := newConsole(t)
	b := chromium(t, s)
	s.user(t, "Camille Durand", access.Admin)
	const clientID, clientSecret = "console-test", "a-secret-of-a-simulated-bank"
	check(t, s.Bank.Register(portal.Client{
		ID:                     clientID,
		Secret:                 secret.NewTextString(clientSecret),
		OrganizationIdentifier: stack.Organization,
		RedirectURIs:           []string{s.url + "/callback"},
	}))

	b.open("/sign-in?token=" + s.link(t, "Camille Durand"))
	b.look("sign-in-link")
	b.submit("main button.primary", ".who")
	if b.address() != s.url+"/" {
		t.Errorf("signing in ends at %s, want a clean address", b.address())
	}
	b.look("home-empty")
	b.uploads(samples(t, s))
	b.describesFirm("")
	b.registers(clientID, clientSecret)
	b.readsAccounts()
	b.pays()
	for _, page := range []string{"", "registrations", "audit"} {
		b.open("/" + page)
		b.look(cmp.Or(page, "home-quiet"))
	}
	b.open("/nowhere")
	b.look("not-found")
}

func (b *tab) uploads(files []string) {
	// Where a proxy answers with no page, the form is sent without script.
	b.open("/certificates/upload")
	b.do("choosing files", chromedp.SetUploadFiles(chromedp.CSS("#files"), files))
	evaluate[any](b, `XMLHttpRequest.prototype.send = function () { this.dispatchEvent(new Event("load")) }`)
	b.click("button[data-into]", ".preview")
	if path := evaluate[string](b, `location.pathname`); path != "/certificates/check" {
		b.t.Errorf("the form without script led to %s", path)
	}
	b.open("/certificates/upload")
	b.look("upload")
	// The wrong files, one after the other: they come together, and each can be taken out again.
	for _, wrong := range []string{files[0], files[3]} {
		b.do("choosing "+wrong, chromedp.SetUploadFiles(chromedp.CSS("#files"), []string{wrong}))
	}
	b.click("button[data-into]", "#found .note.bad")
	b.look("upload-refused")
	b.do("choosing files", chromedp.SetUploadFiles(chromedp.CSS("#files"), files))
	const chosen = `document.querySelector("#files").files.length`
	kept := evaluate[string](b, `document.querySelector("#found").textContent`)
	if n := evaluate[int](b, chosen); n != 4 || kept != "" {
		b.t.Errorf("%d files are chosen, and %q is still there", n, kept)
	}
	evaluate[any](b, `document.querySelector(".chosen li button").click()`)
	if n := evaluate[int](b, chosen); n != 3 {
		b.t.Errorf("%d files are left of four, one of which was removed", n)
	}
	b.do("choosing files again", chromedp.SetUploadFiles(chromedp.CSS("#files"), files))
	if shown := evaluate[string](b, `document.querySelector("#passphrase + button").click(),
		document.querySelector("#passphrase").type`); shown != "text" {
		b.t.Errorf("the passphrase is a field of type %s when it is shown", shown)
	}
	b.click("button[data-into]", ".preview")
	b.look("upload-preview")
	// The files are still chosen: checking happened in place.
	b.submit("#found .actions button.primary", `form[action="/organizations"]`)
	if at := evaluate[string](b, `getComputedStyle(document.querySelector(".note.done")).position`); at != "static" {
		b.t.Errorf("what was done lies above the page: %s", at)
	}
	evaluate[any](b, `document.querySelector(".note.done > button").click()`)
	if evaluate[bool](b, `document.querySelector(".note.done") !== null`) {
		b.t.Error("what was done cannot be put away")
	}
	b.open("/certificates")
	b.look("certificates")
	b.submit("tbody td:nth-child(3)", ".identity") // a row leads where its name does
	b.look("certificate")
	if copies := evaluate[int](b, `document.querySelectorAll(".copy + .copies").length`); copies < 4 {
		b.t.Errorf("%d values of the certificate can be copied", copies)
	}
}

// describesFirm adds organization and application, with the redirect URI, "" for the console's own.
func (b *tab) describesFirm(redirect string) {
	b.open("/firm")
	b.look("firm-forms")
	b.fill(map[string]string{
		"#legal_name":    "Exemple Paiement SAS",
		"#country":       "FR",
		"#contact_email": "psd2@exemple-paiement.example",
		"#name":          "Exemple Budget",
		"#client_uri":    "https://exemple-paiement.example",
		"#terms_uri":     "https://exemple-paiement.example/terms",
	})
	if redirect != "" {
		b.fill(map[string]string{"#redirect_uris": redirect})
	}
	b.submit(`form[action="/organizations"] button`, ".segments")
	b.open("/firm")
	b.look("firm")
}

func (b *tab) registers(clientID, clientSecret string) {
	b.open("/institutions")
	b.look("institutions-new")
	b.open("/institutions/" + stack.Institution)
	b.look("institution")
	b.submit(`form[action="/registrations"] button`, ".steps")
	b.look("registration-new")
	for _, step := range []string{
		"portal_account", "account_activated", "customer_organization", "application", "subscribe_aisp",
		"subscribe_pisp",
	} {
		b.tick(step)
	}
	b.fill(map[string]string{"#client_id": clientID, "#client_secret": clientSecret})
	b.submit("#bundle .edit .actions button:not(.primary)", ".note.good")
	b.look("registration-draft")
	b.submit("#test form button", ".probes")
	b.look("registration-tested")
	b.submit(".readiness form button", ".readiness.ready")
	b.look("registration-ready")
}

// tick says that a step is done.
func (b *tab) tick(step string) {
	b.t.Helper()
	b.unfold("#step-" + step + " > details")
	b.submit("#step-"+step+` button[value="done"]`, "#step-"+step+".done")
}

// unfold opens what is folded, as a reader does by clicking on it.
func (b *tab) unfold(selector string) {
	b.t.Helper()
	evaluate[bool](b, `document.querySelector("`+selector+`").open = true`)
}

// readsAccounts signs in at the simulated bank, and follows an account to its oldest transaction.
func (b *tab) readsAccounts() {
	b.t.Helper()
	b.submit(`nav a[href="/try"]`, ".tries")
	b.submit(`a[href$="/accounts"]`, `form[action$="/authorize"]`)
	b.look("try-accounts")
	b.submit(`form[action$="/authorize"] button`, `[name="user"]`)
	b.atTheBank("55000002")
	b.sees(".accounts tbody tr")
	if strings.Contains(b.address(), "code=") {
		b.t.Errorf("the address bar kept the bank's answer: %s", b.address())
	}
	b.look("consent")
	b.submit(".accounts tbody th a", ".transactions tbody tr")
	b.look("transactions")
	for evaluate[bool](b, `document.querySelector('a[rel="next"]') !== null`) {
		b.submit(`a[rel="next"]`, ".transactions tbody tr")
	}
}

// atTheBank signs in at the bank's own page and allows what is asked for.
func (b *tab) atTheBank(user string) {
	b.t.Helper()
	b.fill(map[string]string{`[name="user"]`: user, `[name="password"]`: "111111"})
	b.submit("button", `[name="decision"]`)
	b.submit(`[name="decision"]:not(.quiet)`, ".frame")
}

// pays makes a test payment and approves it at the bank.
func (b *tab) pays() {
	b.t.Helper()
	b.open("/try")
	b.look("try")
	b.submit(`.tries a[href$="/payment"]`, "#iban")
	b.look("payment-new")
	b.submit("form.card button.primary", `a.primary[rel="noreferrer"]`)
	b.look("payment-created")
	b.submit(`a.primary[rel="noreferrer"]`, `[name="user"]`)
	b.atTheBank("55000001")
	b.sees(".readiness.ready")
	b.look("payment-confirmed")
	page, err := b.s.DB.PaymentPage(b.t.Context(), access.Whole(), payment.Listed.Query(), "")
	check(b.t, err)
	paris, err := time.LoadLocation("Europe/Paris")
	check(b.t, err)
	p := page.Items[0]
	// On days off, and in the evening, it is for another day.
	later := calendar.Of(p.CreatedAt, paris).Before(calendar.Of(p.Order.ExecuteAt, paris))
	if may := evaluate[bool](b, `document.querySelector("form[action$='/cancel']") !== null`); may != later {
		b.t.Errorf("confirmed, and for a later day: %v; it can be cancelled: %v", later, may)
	}
}

// TestBusyFirmInABrowser opens what a firm in the middle of things sees.
func TestBusyFirmInABrowser(t *testing.T) {
	p := populate(t)
	b := chromium(t, p.console)
	p.user(t, "Camille Durand", access.Compliance, access.Engineer)
	b.signsIn("Camille Durand")
	for name, path := range map[string]string{
		"home":             "/",
		"institutions":     "/institutions",
		"enrolment":        "/enrolments/" + p.enrolment,
		"institution-live": "/institutions/" + stack.LiveAtSim,
		"organization":     "/organizations/" + p.organization,
		"application":      "/applications/" + p.application,
		"policy":           "/policy",
	} {
		b.open(path)
		b.look(name)
	}
}

// TestFrenchAndDarkInABrowser opens a firm's pages in the other language and colours.
func TestFrenchAndDarkInABrowser(t *testing.T) {
	p := populate(t)
	b := chromium(t, p.console)
	p.user(t, "Camille Durand", access.Compliance, access.Engineer)
	b.prefers("dark")
	b.open("/sign-in")
	b.submit(`footer button[value="fr"]`, `:lang(fr) h1`)
	b.look("fr-sign-in")
	b.open("/sign-in?token=" + p.link(t, "Camille Durand"))
	b.submit("main button.primary", ".who")
	for name, path := range map[string]string{
		"home":                 "/",
		"certificates":         "/certificates",
		"certificate":          "/certificates/" + p.certificate,
		"institutions":         "/institutions",
		"institution":          "/institutions/soc-gen-corporate",
		"firm":                 "/firm",
		"registrations":        "/registrations",
		"registration-blocked": "/registrations/" + p.blocked,
		"registration-live":    "/registrations/" + p.live,
		"audit":                "/audit",
		"policy":               "/policy",
		"approvals":            "/approvals",
		"approval":             "/approvals/" + p.approval,
		"try":                  "/try",
		"enrolment":            "/enrolments/" + p.enrolment,
		"organization":         "/organizations/" + p.organization,
		"application":          "/applications/" + p.application,
		"registration-ready":   "/registrations/" + p.ready,
		"email":                "/registrations/" + p.asking + "/steps/customer_organization/email",
		"payment-new":          "/registrations/" + p.ready + "/payment",
	} {
		b.open(path)
		b.look("fr-" + name)
	}
}
