package ui_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/secret"
)

// walk is a person at a browser whose clicks and typed fields are counted.
type walk struct {
	*tab
	clicks, typed int
}

// clicksOn clicks on a link or button that leads to another page.
func (w *walk) clicksOn(selector, then string) {
	w.t.Helper()
	w.clicks++
	w.submit(selector, then)
}

// ticks clicks on a box.
func (w *walk) ticks(selector string) {
	w.t.Helper()
	w.clicks++
	w.do("ticking "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// types fills in a field that holds nothing yet.
func (w *walk) types(selector, text string) {
	w.t.Helper()
	w.typed++
	w.do("typing into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
}

// TestMainJobIsShort walks the main job from the sign-in to the first accounts as a person does, by clicking on what
// is there: within 16 clicks, 11 pages and 5 fields. What is done at the bank's own portal is not counted.
func TestMainJobIsShort(t *testing.T) {
	s := newConsole(t)
	w := &walk{tab: chromium(t, s)}
	s.user(t, "Camille Durand", access.Admin)
	check(t, s.Bank.Register(portal.Client{
		ID:                     "console-test",
		Secret:                 secret.NewTextString("a-secret-of-a-simulated-bank"),
		OrganizationIdentifier: stack.Organization,
		RedirectURIs:           []string{s.url + "/callback"},
	}))
	w.loads.Store(0)

	w.open("/sign-in?token=" + s.link(t, "Camille Durand"))
	w.clicksOn("main button.primary", ".path form")
	w.clicks++ // on the field, where the browser's own window lets one choose
	w.do("choosing files", chromedp.SetUploadFiles(chromedp.CSS("#files"), samples(t, s)))
	w.clicksOn(".path form button.primary", `form[action="/organizations"]`)
	w.types("#contact_email", "psd2@exemple-paiement.example")
	w.types("#client_uri", "https://exemple-paiement.example")
	w.types("#terms_uri", "https://exemple-paiement.example/terms")
	w.clicksOn(`form[action="/organizations"] button`, ".segments")
	w.clicksOn(`form:has([value="`+stack.Institution+`"]) button`, ".steps")
	for _, step := range []string{
		"portal_account", "account_activated", "customer_organization", "application", "subscribe_aisp",
	} {
		w.ticks(`.several [value="` + step + `"]`)
	}
	w.clicksOn(".several button", "#step-application.done")
	w.types("#client_id", "console-test")
	w.types("#client_secret", "a-secret-of-a-simulated-bank")
	w.clicksOn(`#bundle button[value="test"]`, ".probes")
	w.clicksOn(".readiness form button", ".readiness.ready")
	w.clicksOn(`.readiness form[action$="/authorize"] button`, `[name="user"]`)
	w.clicksOn("button", `[name="decision"]`) // the bank fills in its test login
	w.clicksOn(`[name="decision"]:not(.quiet)`, ".accounts tbody tr")

	pages := int(w.loads.Load())
	t.Logf("from the sign-in to the first accounts: %d clicks, %d pages, %d typed fields", w.clicks, pages, w.typed)
	if w.clicks > 16 || pages > 11 || w.typed > 5 {
		t.Errorf("%d clicks, %d pages and %d typed fields; want 16, 11 and 5 at most", w.clicks, pages, w.typed)
	}
}
