package ui_test

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

// emulates has the browser show pages as for a medium, such as print, with a feature of it.
func (b *tab) emulates(media string, features ...*emulation.MediaFeature) {
	b.t.Helper()
	_, err := chromedp.Run(b.ctx, func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia,
			emulation.SetEmulatedMediaParams{Media: media, Features: features})
		return chromedp.Void{}, err
	})
	check(b.t, err)
}

// pressable lists what paper has no use for and shows all the same.
const pressable = `[...document.querySelectorAll("nav, header, footer, button, form input, .banner")]
	.filter((e) => e.checkVisibility()).map((e) => e.outerHTML.slice(0, 100))`

// unseenFocus is what has the focus if nothing shows that, or ""; of a date, the browser marks the part.
const unseenFocus = `(() => {
	const e = document.activeElement, style = getComputedStyle(e);
	const seen = e.getBoundingClientRect().width > 0 && style.outlineStyle !== "none" &&
		parseFloat(style.outlineWidth) >= 2;
	const whole = e === document.body || e === document.documentElement;
	return e.type === "date" || whole || seen ? "" : e.outerHTML.slice(0, 120);
})()`

// colourAlone lists buttons and fields that have no border where the system's colours take the place of ours.
const colourAlone = `[...document.querySelectorAll("main :is(button:not(.link), a.button, input, select, textarea)")]
	.filter((e) => e.checkVisibility() && getComputedStyle(e).borderTopStyle === "none" &&
		!["file", "checkbox", "radio"].includes(e.type))
	.map((e) => e.outerHTML.slice(0, 100))`

// Pages are used on a phone, on paper, in the colours of the system, and with the keyboard alone.
func TestPagesInOtherModes(t *testing.T) {
	p := populate(t)
	p.user(t, "Root", access.Admin)
	b := chromium(t, p.console)
	b.signsIn("Root")
	b.usesTheMenuOfAPhone()
	for _, path := range []string{"/certificates/" + p.certificate, "/audit/life?object=" + p.ready, "/audit"} {
		b.modes(path)
	}
	b.walksByKeyboard("/audit")
}

func (b *tab) modes(path string) {
	b.t.Helper()
	b.open(path)
	b.do("as a sheet", chromedp.EmulateViewport(720, 1000))
	b.emulates("print")
	if wide := evaluate[[]string](b, tooWide); len(wide) > 0 {
		b.t.Errorf("%s does not fit a sheet: %v", path, wide)
	}
	if shown := evaluate[[]string](b, pressable); len(shown) > 0 {
		b.t.Errorf("%s shows on paper: %q", path, shown)
	}
	b.emulates("", &emulation.MediaFeature{Name: "forced-colors", Value: "active"})
	if plain := evaluate[[]string](b, colourAlone); len(plain) > 0 {
		b.t.Errorf("%s in the system's colours: %q", path, plain)
	}
	b.emulates("")
	b.do("resizing", chromedp.EmulateViewport(1280, 800))
}

// usesTheMenuOfAPhone opens and closes the navigation; it is closed on the next page.
func (b *tab) usesTheMenuOfAPhone() {
	t := b.t
	t.Helper()
	b.do("resizing", chromedp.EmulateViewport(390, 800))
	b.open("/")
	const shown = `document.getElementById("menu").checkVisibility()`
	if evaluate[bool](b, shown) {
		t.Error("the menu is open before anybody opens it")
	}
	b.click(`a[href="#menu"]`, `nav a[href="/certificates"]`)
	if wide := evaluate[[]string](b, tooWide); len(wide) > 0 {
		t.Errorf("the open menu does not fit: %v", wide)
	}
	b.do("closing", chromedp.Click(chromedp.CSS(`nav a[href="#main"]`)), chromedp.WaitNotVisible(chromedp.CSS("#menu")))
	b.click(`a[href="#menu"]`, `nav a[href="/certificates"]`)
	b.submit(`nav a[href="/certificates"]`, "h1")
	if evaluate[bool](b, shown) {
		t.Error("the menu is open on the next page")
	}
	b.do("resizing", chromedp.EmulateViewport(1280, 800))
}

// walksByKeyboard goes through a page with Tab, and sees at each step where it is.
func (b *tab) walksByKeyboard(path string) {
	b.t.Helper()
	places := map[string]bool{}
	for range 30 {
		b.do("Tab", chromedp.KeyEvent(kb.Tab))
		if unseen := evaluate[string](b, unseenFocus); unseen != "" {
			b.t.Errorf("%s: nothing shows that this has the focus: %s", path, unseen)
		}
		places[evaluate[string](b, `document.activeElement.outerHTML.slice(0, 200)`)] = true
	}
	if len(places) < 15 {
		b.t.Errorf("%s: Tab reaches %d places", path, len(places))
	}
}
