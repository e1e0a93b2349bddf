package ui_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/labstack/echo/v4"

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
		required.Missing(t, "axe", "bin/axe.min.js is missing; `make bin/axe.min.js` fetches it")
	}
	p := populate(t)
	person := p.user(t, "Root", access.Admin)
	paths := slices.Concat(p.paths(), p.further(t, person.ID), []string{"/nowhere", "/reference", "/reference/errors"})
	p.coversEveryPage(t, paths)
	b := chromium(t, p.console)
	all := os.Getenv("SEALKEEPER_AXE") == "all"
	for i, l := range looks {
		if all && i > 0 { // a tab has its time, which all of them together take several times over
			b = chromium(t, p.console)
		}
		if all || i == 0 {
			for _, path := range []string{"/sign-in", "/join?token=over", "/export?token=over"} {
				b.axe(string(script), path, l)
			}
			b.signsIn("Root")
		}
		b.prefersLook(l)
		for j, path := range paths {
			if j%len(looks) == i || all {
				b.axe(string(script), path, l)
			}
		}
	}
}

// axe has axe-core look at a page.
func (b *tab) axe(script, path string, l look) {
	b.t.Helper()
	b.open(path)
	evaluate[bool](b, script+"; true")
	evaluate[bool](b, axeRun)
	b.sees("body[data-axe]")
	if found := evaluate[[]string](b, `JSON.parse(document.body.dataset.axe)`); len(found) > 0 {
		b.t.Errorf("%s, %+v:\n%s", path, l, strings.Join(found, "\n"))
	}
}

// noPages are the routes that answer with a file, or lead on to a page; and those whose page others look at.
var noPages = regexp.MustCompile(`^/(assets|calendars|reference|export|join|sign-in|evidence|confirm/account|` +
	`account/add|dora/|catalogue-files/|enrolments/:id/steps|imports/:id$)|\.(csv|jsonl|eml)$|/(pem|csr|export)$|` +
	`attachments|:account$`)

// coversEveryPage fails where a page of the console is not among the paths.
func (p busyFirm) coversEveryPage(t *testing.T, paths []string) {
	t.Helper()
	routes := serve(t, p.cfg).(*echo.Echo).Routes() //nolint:forcetypeassert // made by serve
	forms := map[string]bool{}
	for _, r := range routes {
		forms[r.Path] = forms[r.Path] || r.Method == http.MethodPost
	}
	for _, r := range routes {
		page := regexp.MustCompile(`^` + regexp.MustCompile(`:[a-z]+`).ReplaceAllString(r.Path, `[^/]+`) + `(\?|$)`)
		if r.Method == http.MethodGet && !forms[r.Path] && !strings.HasPrefix(r.Path, "/v1/") &&
			!noPages.MatchString(r.Path) && !slices.ContainsFunc(paths, page.MatchString) {
			t.Errorf("no path leads to %s", r.Path)
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
