package ui_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/web/ui"
)

// policy is the Content-Security-Policy the console is made for.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
	"connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// console is the console over a real database, embedded custody and a simulated bank.
type console struct {
	*stack.Stack
	cfg ui.Config
	url string
}

func newConsole(t *testing.T) *console {
	t.Helper()
	return newConsoleOn(t, stack.New(t))
}

func newConsoleOn(t *testing.T, services *stack.Stack) *console {
	t.Helper()
	s := &console{Stack: services}
	s.cfg = s.Console()
	s.cfg.PublicURL = "" // links are as the request was addressed
	s.url = newServer(t, s.cfg)
	return s
}

func newServer(t *testing.T, cfg ui.Config) string {
	t.Helper()
	server := httptest.NewServer(serve(t, cfg))
	t.Cleanup(server.Close)
	return server.URL
}

// serve does what package web does around the console.
func serve(t *testing.T, cfg ui.Config) http.Handler {
	t.Helper()
	console, err := ui.New(cfg)
	check(t, err)
	e := echo.New()
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Response().Header().Set("Content-Security-Policy", policy)
			c.Response().Header().Set("Referrer-Policy", "no-referrer")
			return next(c)
		}
	})
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		if err := console.ErrorPage(c, err); err != nil {
			t.Errorf("%s %s: %v", c.Request().Method, c.Request().URL.Path, err)
		}
		if strings.Contains(err.Error(), "rendering page") {
			t.Errorf("%s %s: %v", c.Request().Method, c.Request().URL.Path, err)
		}
	}
	console.Register(e)
	return e
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// user adds a user and returns the caller they are.
func (s *console) user(t *testing.T, name string, roles ...access.Role) access.Caller {
	t.Helper()
	u, err := s.cfg.Identity.AddUser(t.Context(), name, roles)
	check(t, err)
	return u.Caller(time.Now())
}

// browser is one person's browser: it keeps cookies and follows redirects.
type browser struct {
	t    *testing.T
	s    *console
	c    *http.Client
	lang string
}

func (s *console) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	check(t, err)
	return &browser{t: t, s: s, c: &http.Client{Jar: jar}, lang: "en"}
}

// signedIn is the browser of a new user with the roles.
func (s *console) signedIn(t *testing.T, name string, roles ...access.Role) *browser {
	t.Helper()
	s.user(t, name, roles...)
	b := s.browser(t)
	b.signIn(name)
	return b
}

// signIn signs a user in, whose former session may have ended meanwhile.
func (b *browser) signIn(name string) {
	b.t.Helper()
	p := b.post("/sign-in", url.Values{"link": {b.s.link(b.t, name)}})
	if p.status != http.StatusOK || p.path != "/" {
		b.t.Fatalf("sign-in ended at %s with %d", p.path, p.status)
	}
}

func (s *console) link(t *testing.T, name string) string {
	t.Helper()
	link, err := s.cfg.Identity.NewEvaluationLink(context.WithoutCancel(t.Context()), name)
	check(t, err)
	return link.Reveal()
}

// reply is the page a request ended at.
type reply struct {
	status int
	at     string // scheme and host
	path   string
	query  url.Values
	header http.Header
	body   string
}

func (b *browser) get(path string) reply {
	b.t.Helper()
	return b.do(http.MethodGet, path, "", nil)
}

func (b *browser) post(path string, form url.Values) reply {
	b.t.Helper()
	return b.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

func (b *browser) do(method, path, contentType string, body io.Reader) reply {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.s.url+path, body)
	check(b.t, err)
	r.Header.Set("Accept-Language", b.lang)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	response, err := b.c.Do(r)
	check(b.t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	check(b.t, err)
	return reply{
		status: response.StatusCode,
		at:     response.Request.URL.Scheme + "://" + response.Request.URL.Host,
		path:   response.Request.URL.Path,
		query:  response.Request.URL.Query(),
		header: response.Header,
		body:   string(text),
	}
}

// want fails the test unless the page has the status and all of the texts.
func (a reply) want(t *testing.T, status int, texts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s answered %d, want %d", a.path, a.status, status)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("%s does not say %q:\n%s", a.path, text, main(a.body))
		}
	}
}

var tagsAndSpace = regexp.MustCompile(`(<[^>]*>|\s)+`)

// main is the text of a page, without its frame.
func main(html string) string {
	_, html, _ = strings.Cut(html, "<main")
	html, _, _ = strings.Cut(html, "</main>")
	return tagsAndSpace.ReplaceAllString(html, " ")
}
