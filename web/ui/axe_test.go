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

// axe-core finds nothing of any severity on any page: in English, light, on a wide window; in French, dark, on a phone.
func TestAxeOnEveryPage(t *testing.T) {
	script, err := os.ReadFile(filepath.Join("..", "..", "bin", "axe.min.js"))
	if err != nil {
		required.Missing(t, "axe", "bin/axe.min.js is missing; `make axe` fetches it")
	}
	p := populate(t)
	p.user(t, "Root", access.Admin)
	for _, test := range []struct {
		lang, scheme string
		width        int64
	}{{"en", "light", 1280}, {"fr", "dark", 390}} {
		t.Run(test.lang+" "+test.scheme, func(t *testing.T) {
			b := chromium(t, p.console)
			b.t = t
			b.signsIn("Root")
			b.submit(`footer button[value="`+test.lang+`"]`, `:lang(`+test.lang+`) h1`)
			b.prefers(test.scheme)
			b.do("resizing", chromedp.EmulateViewport(test.width, 800))
			for _, path := range append(p.paths(), "/account", "/reference/errors") {
				b.open(path)
				evaluate[bool](b, string(script)+"; true")
				evaluate[bool](b, axeRun)
				b.sees("body[data-axe]")
				if found := evaluate[[]string](b, `JSON.parse(document.body.dataset.axe)`); len(found) > 0 {
					t.Errorf("%s:\n%s", path, strings.Join(found, "\n"))
				}
			}
		})
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
