package ui_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/sealkeeper/sealkeeper/lab/required"
)

// tab is a tab of a fresh Chromium. Whatever its console complains of, a
// violation of the Content-Security-Policy above all, fails the test.
type tab struct {
	t   *testing.T
	s   *console
	ctx context.Context
	url string // of the console

	loads *atomic.Int32 // pages that were loaded
}

func chromium(t *testing.T, s *console) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(required.Program(t, "chromium")),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("accept-lang", "en"))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	complaints, loads := &complaints{}, &atomic.Int32{}
	first, closeTab := chromedp.NewContext(allocator, chromedp.WithListener(func(event any) {
		complaints.listen(event)
		if e, ok := event.(*page.EventFrameNavigated); ok && e.Frame.ParentID == "" {
			loads.Add(1)
		}
	}))
	t.Cleanup(func() {
		closeTab()
		stop()
		complaints.report(t)
	})
	check(t, chromedp.Do(first)) // starts the browser, which a timeout of this context would end
	ctx, cancel := context.WithTimeout(first, 10*time.Minute)
	t.Cleanup(cancel)
	return &tab{t: t, s: s, ctx: ctx, url: s.url, loads: loads}
}

// complaints are errors and exceptions in the browser's console.
type complaints struct {
	mu  sync.Mutex
	all []string
}

func (c *complaints) listen(event any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		// An answer of 4xx is logged as an error too; the tests that want one say so.
		if e.Entry.Level == "error" && !strings.Contains(e.Entry.Text, "the server responded with a status of 4") {
			c.all = append(c.all, e.Entry.Text+" "+e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		c.all = append(c.all,
			fmt.Sprintf("%s at %s:%d", e.ExceptionDetails.Text, e.ExceptionDetails.URL,
				e.ExceptionDetails.LineNumber+1))
	}
}

func (c *complaints) report(t *testing.T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, complaint := range c.all {
		t.Errorf("the browser complains: %s", complaint)
	}
}

func (b *tab) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 15*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v; the page says:\n%.300s", what, err,
			evaluate[string](b, "(document.querySelector('main') ?? document.body).innerText"))
	}
}

func evaluate[T any](b *tab, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	check(b.t, err)
	return value
}

// open goes to a page of the console.
func (b *tab) open(path string) {
	b.t.Helper()
	b.do("opening "+path, chromedp.Navigate(b.url+path))
}

// click clicks on the first element that matches, and waits for what comes of it.
func (b *tab) click(selector, then string) {
	b.t.Helper()
	b.do("clicking on "+selector, chromedp.Click(chromedp.CSS(selector)))
	b.sees(then)
}

// submit is click for a button that leads to another page: what is waited for
// cannot be something of the page it is on.
func (b *tab) submit(selector, then string) {
	b.t.Helper()
	evaluate[bool](b, `document.body.dataset.before = "true", true`)
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

func (b *tab) address() string {
	b.t.Helper()
	return evaluate[string](b, "location.href")
}

// look checks that a page fits wide and narrow windows and can be read there, and takes its
// pictures if SEALKEEPER_SCREENSHOTS names a folder for them.
func (b *tab) look(name string) {
	b.t.Helper()
	for _, width := range []int64{1280, 900, 390} {
		b.do("resizing", chromedp.EmulateViewport(width, 800))
		evaluate[bool](b, "scrollTo(0, 0), true")
		if wide := evaluate[[]string](b, tooWide); len(wide) > 0 {
			b.t.Errorf("%s does not fit %d px: %v", name, width, wide)
		}
		if over := evaluate[[]string](b, overlapping); len(over) > 0 {
			b.t.Errorf("%s at %d px has text on text: %q", name, width, over)
		}
		if cut := evaluate[[]string](b, torn); len(cut) > 0 {
			b.t.Errorf("%s at %d px tears words: %q", name, width, cut)
		}
		if top := evaluate[float64](b, mainTop); width == 390 && top > 120 {
			b.t.Errorf("%s begins at %.0f px on a phone", name, top)
		}
		if wrong := evaluate[[]string](b, unlabelled); len(wrong) > 0 {
			b.t.Errorf("%s: %v", name, wrong)
		}
		if folder := os.Getenv("SEALKEEPER_SCREENSHOTS"); folder != "" {
			png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
			check(b.t, err)
			check(b.t, os.MkdirAll(folder, 0o755))
			check(b.t, os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d.png", name, width)), png, 0o644))
		}
	}
	b.do("zooming to 400 %", chromedp.EmulateViewport(320, 800))
	if wide := evaluate[[]string](b, tooWide); len(wide) > 0 {
		b.t.Errorf("%s does not fit 320 px: %v", name, wide)
	}
	b.do("resizing", chromedp.EmulateViewport(1280, 800))
}

// tooWide lists what sticks out of the window.
const tooWide = `(() => {
	const limit = document.documentElement.clientWidth + 1;
	if (document.documentElement.scrollWidth <= limit) return [];
	const wide = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > limit ||
		e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === "visible" && e.clientWidth > 0);
	return ["the page", ...wide.map((e) => e.tagName + "." + e.className).slice(-8)];
})()`

// mainTop is where the page begins below the header.
const mainTop = `document.getElementById("main")?.getBoundingClientRect().top ?? 0`

// unlabelled lists what somebody who does not see the page cannot use.
const unlabelled = `(() => {
	const wrong = [];
	const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
	for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) wrong.push("id twice: " + id);
	for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
		if (!e.labels.length) wrong.push("no label: " + e.outerHTML);
	for (const e of document.querySelectorAll("button, a"))
		if (!e.textContent.trim()) wrong.push("no name: " + e.outerHTML);
	for (const e of document.querySelectorAll("[aria-labelledby], [aria-describedby]"))
		for (const name of ["aria-labelledby", "aria-describedby"])
			if (e.hasAttribute(name) && !document.getElementById(e.getAttribute(name)))
				wrong.push(name + " leads nowhere: " + e.outerHTML.slice(0, 120));
	if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
	for (const e of document.querySelectorAll("th:not([scope])")) wrong.push("th without scope: " + e.textContent);
	return wrong;
})()`
