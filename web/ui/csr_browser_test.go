package ui_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	devtools "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// TestRequestInABrowser goes from a form to a certificate in custody whose key
// nobody has held, and compares it with the one it follows.
func TestRequestInABrowser(t *testing.T) {
	s := newConsole(t)
	b := chromium(t, s)
	s.Activate()
	s.user(t, "Camille Durand", access.Compliance)
	b.open("/sign-in?token=" + s.link(t, "Camille Durand"))
	b.submit("main button.primary", ".who")

	b.open("/certificates")
	b.submit(`a[href="/certificates/csr"]`, "form.request")
	b.look("request")
	b.requests()
	csr := b.downloads(`a[href$="/csr"]`)
	b.do("copying", chromedp.Click(chromedp.CSS("[data-copy]")))
	copied := evaluate[bool](b, `(() => {
		const f = document.getElementById("csr");
		return f.selectionEnd - f.selectionStart === f.value.length;
	})()`)
	if !copied {
		t.Error("the request is not selected for copying")
	}
	for _, page := range []string{"/", "/certificates"} {
		b.open(page)
		b.look("request-waiting-" + map[bool]string{true: "home", false: "certificates"}[page == "/"])
	}
	answer := certify(t, s, csr)
	file := filepath.Join(t.TempDir(), answer.Name)
	check(t, os.WriteFile(file, answer.Data, 0o600))
	b.open("/certificates/upload")
	b.do("choosing the answer", chromedp.SetUploadFiles(chromedp.CSS("#files"), []string{file}))
	b.click("button[data-into]", ".preview")
	evaluate[bool](b, `document.querySelector(".preview details").open = true, true`)
	b.look("request-answer-preview")
	b.submit("form.upload button.primary", ".identity")
	b.look("request-answered")
	b.submit(`form[action$="/compare"] button`, ".differences")
	b.look("compare")
}

func (b *tab) requests() {
	evaluate[bool](b, `document.querySelector("[value=qsealc]").click(), true`)
	if evaluate[bool](b, `document.getElementById("domains").checkVisibility()`) {
		b.t.Error("a QSealC is asked for its domain names")
	}
	evaluate[bool](b, `document.querySelector("[value=qwac]").click(), true`)
	b.fill(map[string]string{"#domains": "psd2.exemple-paiement.example\nnot a domain/", "#algorithm": "ecdsa-p256"})
	evaluate[bool](b, `document.querySelectorAll("[name=role]").forEach((box, i) => { box.checked = i < 2; }), true`)
	b.submit("form.request button.primary", "main > .note.bad")
	b.look("request-refused")
	b.fill(map[string]string{"#domains": "psd2.exemple-paiement.example\nwww.exemple-paiement.example"})
	b.submit("form.request button.primary", ".pem")
	b.look("request-made")
}

// downloads clicks on a link to a file and returns what the browser saved.
func (b *tab) downloads(selector string) string {
	b.t.Helper()
	folder, events := b.t.TempDir(), true
	ctx, cancel := context.WithTimeout(b.ctx, 15*time.Second)
	defer cancel()
	progress := chromedp.Events(ctx, devtools.DownloadProgress)
	b.do("downloading", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, devtools.SetDownloadBehavior, devtools.SetDownloadBehaviorParams{
			Behavior:      devtools.SetDownloadBehaviorBehaviorAllowAndName,
			DownloadPath:  folder,
			EventsEnabled: &events,
		})
		return err
	}), chromedp.Click(chromedp.CSS(selector)))
	for event, err := range progress {
		check(b.t, err)
		if event.State == devtools.DownloadProgressStateCompleted {
			saved, err := os.ReadFile(filepath.Join(folder, event.GUID))
			check(b.t, err)
			return string(saved)
		}
	}
	b.t.Fatal("nothing was downloaded")
	return ""
}

// TestFrenchRequestAndComparisonInABrowser looks at the same pages in French.
func TestFrenchRequestAndComparisonInABrowser(t *testing.T) {
	s := newConsole(t)
	b := chromium(t, s)
	older := s.Import(s.old())
	newer := s.Import(s.renewed(qtsp.Request{Roles: []string{"PSP_AI"}, KeyType: qtsp.P256}))
	request := s.signedIn(t, "Ada", access.Engineer).post("/certificates/csr", qwacOrder()).path
	s.user(t, "Camille Durand", access.Admin)
	b.open("/sign-in?token=" + s.link(t, "Camille Durand"))
	b.submit("main button.primary", ".who")
	b.submit(`footer button[value="fr"]`, `:lang(fr) .who`)
	for name, path := range map[string]string{
		"request":      "/certificates/csr",
		"request-made": request,
		"compare":      "/certificates/" + older + "/compare?with=" + newer,
	} {
		b.open(path)
		b.look("fr-" + name)
		if english := evaluate[[]string](b,
			`[...document.querySelectorAll("main [lang=en]")].map((e) => e.textContent)`); len(english) > 0 {
			t.Errorf("%s says in English: %s", path, strings.Join(english, " | "))
		}
	}
}
