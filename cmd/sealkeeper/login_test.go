package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// loginDesk is a service, a person signed in to its console, and a terminal of theirs without a shell on the server.
type loginDesk struct {
	t       *testing.T
	url     string
	browser *http.Client
	environ []string
	logins  string // the file
}

func newLoginDesk(t *testing.T) *loginDesk {
	t.Helper()
	s := stack.New(t)
	handler, err := s.Handler()
	mustBe(t, err)
	web := httptest.NewServer(handler)
	t.Cleanup(web.Close)
	jar, err := cookiejar.New(nil)
	mustBe(t, err)
	home := t.TempDir()
	d := &loginDesk{
		t:       t,
		url:     web.URL,
		browser: &http.Client{Jar: jar},
		environ: []string{"HOME=" + home},
		logins:  filepath.Join(home, ".config", "sealkeeper", "logins.json"),
	}
	_, err = s.Identity.AddUser(t.Context(), "Ada", []access.Role{access.Auditor})
	mustBe(t, err)
	link, err := s.Identity.NewEvaluationLink(t.Context(), "Ada")
	mustBe(t, err)
	opened := d.get(web.URL + "/sign-in?token=" + link.Reveal())
	d.post("/sign-in", url.Values{"link": {hidden(t, opened, "link")}})
	return d
}

func mustBe(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// hidden is a field of a form on a page.
func hidden(t *testing.T, page, name string) string {
	t.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("the page has no %s:\n%s", name, page)
	}
	return strings.ReplaceAll(found[1], "&#43;", "+")
}

func (d *loginDesk) get(address string) string {
	d.t.Helper()
	response, err := d.browser.Get(address)
	mustBe(d.t, err)
	return d.body(response)
}

func (d *loginDesk) post(path string, form url.Values) string {
	d.t.Helper()
	response, err := d.browser.PostForm(d.url+path, form)
	mustBe(d.t, err)
	return d.body(response)
}

func (d *loginDesk) body(response *http.Response) string {
	d.t.Helper()
	body, err := io.ReadAll(response.Body)
	mustBe(d.t, err)
	mustBe(d.t, response.Body.Close())
	return string(body)
}

// allow opens the address that a terminal has printed and lets the terminal act. It returns the page after that.
func (d *loginDesk) allow(printed string) string {
	d.t.Helper()
	address := regexp.MustCompile(`http://\S+/account/terminal\?\S+`).FindString(printed)
	word := regexp.MustCompile(`The page shows ([A-Z2-7]{4}-[A-Z2-7]{4})`).FindStringSubmatch(printed)
	page := d.get(address)
	if word == nil || !strings.Contains(page, word[1]) || !strings.Contains(page, "the machine “ada@laptop”") {
		d.t.Fatalf("the page does not say what the terminal says: %s\n%s", printed, page)
	}
	form := url.Values{}
	for _, name := range []string{"machine", "challenge", "state", "redirect_uri", "seconds"} {
		form.Set(name, hidden(d.t, page, name))
	}
	return d.post("/account/terminal", form)
}

func (d *loginDesk) run(in io.Reader, out io.Writer, args ...string) (code int, failed string) {
	var errs bytes.Buffer
	args = append(args, "--server", d.url)
	code = program().Run(d.t.Context(), args, d.environ, cli.Streams{In: in, Out: out, Err: &errs})
	return code, errs.String()
}

// whoever asks the service with what login has kept is Ada.
func (d *loginDesk) works() bool {
	d.t.Helper()
	var out bytes.Buffer
	code, failed := d.run(strings.NewReader(""), &out, "people", "list")
	if code == 0 && !strings.Contains(out.String(), "Ada") {
		d.t.Errorf("%s%s", out.String(), failed)
	}
	return code == 0
}

// watched is what a terminal has printed; line is sent once it has printed what a person needs.
type watched struct {
	bytes.Buffer
	until string
	then  func(printed string)
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	if w.then != nil && strings.Contains(w.String(), w.until) {
		then := w.then
		w.then = nil
		then(w.String())
	}
	return n, err
}

// TestLoginInABrowser: the browser comes back to the terminal by itself.
func TestLoginInABrowser(t *testing.T) {
	d := newLoginDesk(t)
	d.environ = append(d.environ, "BROWSER=/bin/true")
	if d.works() {
		t.Fatal("nobody has signed in")
	}
	out := &watched{until: "The page shows", then: func(printed string) {
		page := d.allow(printed)
		back := regexp.MustCompile(`href="(http://127\.0\.0\.1:\d+/\?[^"]*)"`).FindStringSubmatch(page)
		if back == nil {
			t.Errorf("no way back:\n%s", page)
			return
		}
		address := strings.ReplaceAll(back[1], "&amp;", "&")
		foreign, err := http.Get(strings.Replace(address, "state=", "state=x", 1)) //nolint:noctx // of this test
		mustBe(t, err)
		d.body(foreign)
		if foreign.StatusCode != http.StatusBadRequest {
			t.Errorf("another state is answered with %d", foreign.StatusCode)
		}
		d.get(address)
	}}
	code, failed := d.run(strings.NewReader(""), out, "login", "--for", "1h", "--name", "ada@laptop")
	if code != 0 {
		t.Fatalf("%s%s", out.String(), failed)
	}
	info, err := os.Stat(d.logins)
	mustBe(t, err)
	if info.Mode().Perm() != 0o600 || !d.works() {
		t.Errorf("mode %v, works %v", info.Mode(), d.works())
	}
	kept, err := os.ReadFile(d.logins)
	mustBe(t, err)
	if code, failed := d.run(nil, io.Discard, "logout"); code != 0 || d.works() {
		t.Errorf("signing out: %s", failed)
	}
	mustBe(t, os.WriteFile(d.logins, kept, 0o600))
	if d.works() {
		t.Error("the service still takes the token after logout")
	}
	mustBe(t, os.Chmod(d.logins, 0o644))
	if _, failed := d.run(nil, io.Discard, "people", "list"); !strings.Contains(failed, "chmod 600") {
		t.Errorf("a file that others can read: %s", failed)
	}
}

// TestLoginWithoutABrowser: the person copies a code from the console, on another machine.
func TestLoginWithoutABrowser(t *testing.T) {
	d := newLoginDesk(t)
	if first := d.logsIn(); !strings.Contains(first, "Signed in as Ada") {
		t.Errorf("it says %s", first)
	}
	d.logsIn() // in place of the first
	var list bytes.Buffer
	code, failed := d.run(nil, &list, "token", "list")
	if code != 0 || strings.Count(list.String(), "ada@laptop") != 1 {
		t.Errorf("%s%s", list.String(), failed)
	}
	id := regexp.MustCompile(`[0-9a-f]{16}`).FindString(list.String())
	d.run(nil, io.Discard, "token", "end", id)
	if d.works() {
		t.Error("it was ended and works")
	}
	if code, failed := d.run(strings.NewReader("x\n"), io.Discard, "login", "--no-browser"); code != 1 ||
		!strings.Contains(failed, "login_code") && !strings.Contains(failed, "already used") {
		t.Errorf("a wrong code: %d %s", code, failed)
	}
}

// logsIn has Ada copy a code, and returns what the terminal prints.
func (d *loginDesk) logsIn() string {
	d.t.Helper()
	codes, typed := io.Pipe()
	out := &watched{until: "press Enter", then: func(printed string) {
		page := d.allow(printed)
		found := regexp.MustCompile(`<textarea id="code"[^>]*>([^<]+)</textarea>`).FindStringSubmatch(page)
		if found == nil {
			d.t.Fatalf("no code:\n%s", page)
		}
		go func() { _, _ = io.WriteString(typed, found[1]+"\n") }()
	}}
	code, failed := d.run(codes, out, "login", "--no-browser", "--name", "ada@laptop")
	if code != 0 || !d.works() {
		d.t.Fatalf("%s%s", out.String(), failed)
	}
	return out.String()
}
