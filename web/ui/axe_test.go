package ui_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/required"
)

// axeRun has axe-core look at the page, folds open, and leaves in the page what it finds: rules of every kind and
// severity, of those that are on by default.
const axeRun = `(() => {
	document.querySelectorAll("details").forEach((d) => { d.open = true; });
	axe.run(document, { resultTypes: ["violations"] }).then(
		(result) => result.violations.map((v) => v.impact + " " + v.id + ": " +
			v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" ")),
		(error) => ["axe failed: " + error]).then((found) => {
		document.body.dataset.axe = JSON.stringify(found);
	});
	return true;
})()`

// look is a language, a theme and a width that pages are looked at in.
type look struct {
	lang, theme string
	width       int64
}

// looks are all of them.
var looks = []look{
	{"en", "light", 1280}, {"en", "dark", 1280}, {"en", "light", 390}, {"en", "dark", 390},
	{"fr", "dark", 390}, {"fr", "light", 390}, {"fr", "dark", 1280}, {"fr", "light", 1280},
}

// axe-core finds nothing of any severity on any page. Each is looked at in one of the looks, its neighbours in others;
// SEALKEEPER_AXE=all has each page looked at in all eight.
func TestAxeOnEveryPage(t *testing.T) {
	script, err := os.ReadFile(filepath.Join("..", "..", "bin", "axe.min.js"))
	if err != nil {
		required.Missing(t, "axe", "bin/axe.min.js is missing; `make axe` fetches it")
	}
	p := populate(t)
	p.user(t, "Root", access.Admin)
	b := chromium(t, p.console)
	b.signsIn("Root")
	all := os.Getenv("SEALKEEPER_AXE") == "all"
	for i, l := range looks {
		if all && i > 0 { // a tab has its time, which all of them together take several times over
			b = chromium(t, p.console)
			b.signsIn("Root")
		}
		b.prefersLook(l)
		for j, path := range append(p.paths(), "/account", "/reference/errors") {
			if j%len(looks) != i && !all {
				continue
			}
			b.open(path)
			evaluate[bool](b, string(script)+"; true")
			evaluate[bool](b, axeRun)
			b.sees("body[data-axe]")
			if found := evaluate[[]string](b, `JSON.parse(document.body.dataset.axe)`); len(found) > 0 {
				t.Errorf("%s, %+v:\n%s", path, l, strings.Join(found, "\n"))
			}
		}
	}
}

// prefersLook chooses language and theme by the switches of the console.
func (b *tab) prefersLook(l look) {
	b.t.Helper()
	b.do("resizing", chromedp.EmulateViewport(l.width, 800))
	b.open("/account")
	b.submit(`footer button[value="`+l.lang+`"]`, `:lang(`+l.lang+`) h1`)
	b.submit(`footer button[value="`+l.theme+`"]`, "h1")
	if is := evaluate[string](b, "document.documentElement.dataset.theme"); is != l.theme {
		b.t.Errorf("the theme that was chosen is %q, want %q", is, l.theme)
	}
}

// prefers has the browser prefer a colour scheme.
func (b *tab) prefers(scheme string) {
	b.t.Helper()
	_, err := chromedp.Run(b.ctx, func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return chromedp.Void{}, err
	})
	check(b.t, err)
}
