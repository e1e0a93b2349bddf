package dev_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/sealkeeper/sealkeeper/lab/dev"
	"github.com/sealkeeper/sealkeeper/lab/required"
)

// tab is one tab of a fresh browser, in which two people work by turns.
type tab struct {
	t   *testing.T
	ctx context.Context
}

func newTab(t *testing.T) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(required.Program(t, "chromium")),
		chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("accept-lang", "en"))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	first, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)
	if err := chromedp.Do(first); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(first, 5*time.Minute)
	t.Cleanup(cancel)
	return &tab{t, ctx}
}

func (b *tab) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v; at %s the page says:\n%.600s", what, err, read(b, "location.href"),
			read(b, "(document.querySelector('main') ?? document.body).innerText"))
	}
}

func read(b *tab, expression string) string {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		b.t.Fatal(err)
	}
	return value
}

func (b *tab) open(address string) {
	b.t.Helper()
	b.do("opening "+address, chromedp.Navigate(address))
}

// click clicks on what leads to another page, in this tab, and waits for something of that page.
func (b *tab) click(selector, then string) {
	b.t.Helper()
	read(b, `document.querySelectorAll("[target]").forEach((e) => e.removeAttribute("target")),
		document.body.dataset.before = "true"`)
	b.do("clicking on "+selector, chromedp.Click(chromedp.CSS(selector)))
	b.sees("body:not([data-before]) " + then)
}

func (b *tab) sees(selector string) {
	b.t.Helper()
	b.do("waiting for "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

func (b *tab) fill(values map[string]string) {
	b.t.Helper()
	for selector, value := range values {
		b.do("filling "+selector, chromedp.SetValue(chromedp.CSS(selector), value))
	}
}

func (b *tab) tick(step string) {
	b.t.Helper()
	read(b, `document.querySelector("#step-`+step+` > details").open = true, ""`)
	b.click("#step-"+step+` button[value="done"]`, "#step-"+step+".done")
}

// TestTwoPeopleActivateLive: from the evaluation page alone, two people register at the simulated live bank and
// activate, in one browser. Afterwards a customer's accounts are read there.
func TestTwoPeopleActivateLive(t *testing.T) {
	b := newTab(t)
	ctx, stop := context.WithCancel(t.Context())
	e, err := dev.Start(ctx, dev.Config{
		Dir:    t.TempDir(),
		Listen: "127.0.0.1:0",
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- e.Serve(ctx, func() {}) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		e.Close()
	})

	b.signsIn(e, dev.User)
	if desk := read(b, `document.querySelector(".banner a").href`); desk != e.Info.DeskURL+"/" &&
		desk != e.Info.DeskURL {
		t.Errorf("the banner leads to %s", desk)
	}
	b.prepares(e)
	page := read(b, "location.pathname")
	b.asksTheBank(e, page)
	b.createsTheApplication(e, page)
	b.click("#test form button", ".probes")
	b.fill(map[string]string{"#reason-1": "The bank has confirmed."})
	b.do("activating", chromedp.Click(chromedp.CSS(".readiness form button.primary")))
	b.sees("dialog")
	b.click("dialog .primary", `a[href^="/approvals/"]`)

	b.colleagueApproves(e)
	b.open(e.Info.URL + page)
	b.sees(".readiness.ready")
	if who := read(b, `document.querySelector(".who strong").innerText`); who != dev.User {
		t.Errorf("the first person's session is now %s's", who)
	}
	b.readsAccounts(e)
	b.loadsTheDemo(e)
}

func (b *tab) signsIn(e *dev.Environment, name string) {
	b.t.Helper()
	b.open(e.Info.DeskURL)
	b.click(`form:has([value="`+name+`"]) button`, "main button.primary")
	b.click("main button.primary", ".who")
}

// colleagueApproves signs the second person in, in the same browser, and approves what waits.
func (b *tab) colleagueApproves(e *dev.Environment) {
	b.t.Helper()
	b.signsIn(e, dev.Colleague)
	b.click(`.tasks a[href^="/approvals/"]`, `form[action$="/approve"]`)
	b.fill(map[string]string{"#note": "Compared with the bank's answer."})
	b.click(`form[action$="/approve"] button.primary`, ".note.good")
}

// prepares uploads the samples, describes the firm as the forms suggest, and begins the registration.
func (b *tab) prepares(e *dev.Environment) {
	b.t.Helper()
	b.open(e.Info.URL + "/certificates/upload")
	samples := e.Info.Samples
	files := []string{samples.QWACPEM, samples.QWACKey, samples.QSealCPEM, samples.QSealCKey}
	b.do("choosing files", chromedp.SetUploadFiles(chromedp.CSS("#files"), files))
	b.click("form.upload button.primary", `form[action="/organizations"]`)
	b.fill(map[string]string{
		"#legal_name":    "Exemple Paiement SAS",
		"#country":       "FR",
		"#contact_email": "psd2@exemple-paiement.example",
		"#name":          "Exemple Budget",
		"#client_uri":    "https://exemple-paiement.example",
		"#terms_uri":     "https://exemple-paiement.example/terms",
	})
	b.click(`form[action="/organizations"] button`, ".segments")
	b.open(e.Info.URL + "/institutions/soc-gen-personal")
	b.click(`form[action="/registrations"] button`, ".steps")
}

// asksTheBank follows the step to the portal, and has support answer the e-mail.
func (b *tab) asksTheBank(e *dev.Environment, page string) {
	b.t.Helper()
	portal := read(b, `document.querySelector("#step-portal_account a.button[rel=noreferrer]").href`)
	b.tick("portal_account")
	b.tick("account_activated")
	b.open(portal)
	b.fill(map[string]string{"#environment": "live"})
	b.click("#new-application button", ".message") // too early: the bank does not know the firm on live
	if told := read(b, `document.querySelector(".message").innerText`); !strings.Contains(told, "write to support") {
		b.t.Errorf("an application on live before the e-mail: %s", told)
	}
	b.open(e.Info.URL + page + "/steps/customer_organization/email")
	b.click(`form[action$="/sent"] button`, `form[action$="/answer"]`)
	b.open(portal)
	b.click("#support button", "#answer")
	b.open(e.Info.URL + page + "/steps/customer_organization/email")
	b.do("confirmed", chromedp.Click(chromedp.CSS(`input[value="confirmed"]`)))
	b.fill(map[string]string{"#answer-from": "support-api-groupe-sg.fr@socgen.com"})
	b.click(`form[action$="/answer"] button`, ".note.good") // without the bank's file it takes a second person
	b.colleagueApproves(e)
}

// createsTheApplication takes client id and secret from the portal's page, which shows them once.
func (b *tab) createsTheApplication(e *dev.Environment, page string) {
	b.t.Helper()
	b.open(e.Info.Bank.BrowserURL)
	b.fill(map[string]string{"#environment": "live"})
	b.click("#new-application button", "#created")
	id := read(b, `document.querySelector("#client-id").innerText`)
	clientSecret := read(b, `document.querySelector("#client-secret").innerText`)
	b.open(e.Info.Bank.BrowserURL)
	if again := read(b, "document.body.innerHTML"); !strings.Contains(again, id) ||
		strings.Contains(again, clientSecret) {
		b.t.Error("the portal shows no application, or its secret a second time")
	}
	b.open(e.Info.URL + page)
	for _, step := range []string{"application", "subscribe_aisp", "subscribe_pisp"} {
		b.tick(step)
	}
	read(b, `document.querySelectorAll("#qwac, #qsealc").forEach((s) => { s.selectedIndex = 1; }), ""`)
	b.fill(map[string]string{"#client_id": id, "#client_secret": clientSecret})
	b.click("#bundle form button.primary", ".note.good")
}

// readsAccounts goes to the bank and back: it has an https address, and the browser arrives without TLS.
func (b *tab) readsAccounts(e *dev.Environment) {
	b.t.Helper()
	b.open(e.Info.URL + "/try")
	b.click(`a[href$="/accounts"]`, `form[action$="/authorize"]`)
	b.click(`form[action$="/authorize"] button`, `[name="user"]`)
	b.fill(map[string]string{`[name="user"]`: "55000002", `[name="password"]`: "111111"})
	b.click("button", `[name="decision"]`)
	b.click(`[name="decision"]:not(.quiet)`, ".accounts tbody tr")
}

func (b *tab) loadsTheDemo(e *dev.Environment) {
	b.t.Helper()
	b.open(e.Info.DeskURL)
	b.click("#demo button", ".message")
	b.click("#demo button", ".message")
	if told := read(b, `document.querySelector(".message").innerText`); !strings.Contains(told, "already") {
		b.t.Errorf("a second demo of the same day: %s", told)
	}
	b.open(e.Info.URL + "/certificates")
	list := read(b, `document.querySelector("main").innerText`)
	for _, days := range []string{"5", "20", "80"} {
		if !strings.Contains(list, "ends in "+days+" days") {
			b.t.Errorf("no certificate ends in %s days:\n%s", days, list)
		}
	}
	b.open(e.Info.URL + "/campaigns")
	if list := read(b, `document.querySelector("main").innerText`); !strings.Contains(list, "Demo, renewal") {
		b.t.Errorf("no campaign:\n%s", list)
	}
}
