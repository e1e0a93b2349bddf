package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	wire "github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/web/api"
	"github.com/sealkeeper/sealkeeper/web/problem"
)

// server is the API on a real database, embedded custody and a simulated bank.
type server struct {
	*stack.Stack
	identity *identity.Service
	url      string
}

func serve(t *testing.T) *server {
	t.Helper()
	return serveWith(t, func(*api.API) {})
}

// serveWith is serve with a last word on what the API is made of.
func serveWith(t *testing.T, change func(*api.API)) *server {
	t.Helper()
	return serveOn(t, stack.New(t), change)
}

// serveOn is serveWith on a stack.
func serveOn(t *testing.T, wired *stack.Stack, change func(*api.API)) *server {
	t.Helper()
	s := &server{Stack: wired}
	a := s.API()
	s.identity = a.Identity
	change(a)
	web := httptest.NewServer(handler(a))
	t.Cleanup(web.Close)
	s.url = web.URL
	return s
}

// handler does what package web does around the API.
func handler(a *api.API) *echo.Echo {
	e := echo.New()
	e.HTTPErrorHandler = func(err error, c echo.Context) { _ = problem.Write(c, err) }
	a.Register(e)
	return e
}

// client is a program with a token, or what its proxy says of it.
type client struct {
	t      *testing.T
	s      *server
	token  string
	passed http.Header
}

// as returns the client of a new user with the roles.
func (s *server) as(t *testing.T, name string, roles ...access.Role) *client {
	t.Helper()
	_, err := s.identity.AddUser(t.Context(), name, roles)
	check(t, err)
	token, err := s.identity.NewToken(t.Context(), name, time.Hour)
	check(t, err)
	return &client{t: t, s: s, token: token.Reveal()}
}

// approves has somebody at the console approve a request.
func (s *server) approves(t *testing.T, name, id string) {
	t.Helper()
	check(t, s.approve(t, name, id))
}

// approve is approves where it may be refused.
func (s *server) approve(t *testing.T, name, id string) error {
	t.Helper()
	user, err := s.DB.UserByName(t.Context(), name)
	check(t, err)
	caller := user.Caller(time.Now())
	caller.Way, caller.ConfirmedAt = access.BySession, s.Now
	_, err = s.Approvals.Approve(t.Context(), caller, id, "go")
	return err
}

// service returns the client of a new service account, bound to all applications there are.
func (s *server) service(t *testing.T, name string, purposes ...access.Purpose) *client {
	t.Helper()
	_, token := s.Service(name, purposes...)
	return &client{t: t, s: s, token: token.Reveal()}
}

// in is the client within a sub-test.
func (c *client) in(t *testing.T) *client {
	return &client{t: t, s: c.s, token: c.token, passed: c.passed}
}

// answer is what the API said.
type answer struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   []byte
}

// call sends a JSON body, nothing if it is nil, and text as it is.
func (c *client) call(method, path string, body any) answer {
	c.t.Helper()
	switch body := body.(type) {
	case nil:
		return c.send(method, path, "", nil)
	case string:
		return c.send(method, path, "application/json", []byte(body))
	}
	data, err := json.Marshal(body)
	check(c.t, err)
	return c.send(method, path, "application/json", data)
}

func (c *client) send(method, path, contentType string, body []byte) answer {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.s.url+path, bytes.NewReader(body))
	check(c.t, err)
	maps.Copy(r.Header, c.passed)
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return c.do(r, body)
}

// do holds request and answer to the description, and looks for secrets.
func (c *client) do(r *http.Request, body []byte) answer {
	c.t.Helper()
	response, err := http.DefaultClient.Do(r)
	check(c.t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	check(c.t, err)
	a := answer{
		t:      c.t,
		what:   r.Method + " " + r.URL.RequestURI(),
		status: response.StatusCode,
		header: response.Header,
		body:   text,
	}
	// The answers that are a private key: those of the operations which hand one out.
	release := r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/export") && a.status == http.StatusOK
	for _, hidden := range []string{stack.ClientSecret, "PRIVATE KEY", c.token} {
		if hidden == "PRIVATE KEY" && release {
			continue
		}
		if hidden != "" && bytes.Contains(text, []byte(hidden)) {
			c.t.Errorf("%s: the answer gives a secret away", a.what)
		}
	}
	described(c.t, r, body, a)
	return a
}

// want fails the test unless the answer has the status, and decodes it into out.
func (a answer) want(status int, out any) {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s answered %d, want %d: %s", a.what, a.status, status, a.body)
	}
	if out != nil {
		if err := json.Unmarshal(a.body, out); err != nil {
			a.t.Fatalf("%s: %v", a.what, err)
		}
	}
}

// items fails the test unless the answer is a page of a list, and decodes its items into out.
func (a answer) items(out any) {
	a.t.Helper()
	var page struct{ Items json.RawMessage }
	a.want(http.StatusOK, &page)
	if err := json.Unmarshal(page.Items, out); err != nil {
		a.t.Fatalf("%s: %v", a.what, err)
	}
}

// refused fails the test unless the answer is that problem, and returns its detail.
func (a answer) refused(status int, code string) string {
	a.t.Helper()
	var p wire.Problem
	a.want(status, &p)
	if p.Code != code || p.Status != status || p.Title != http.StatusText(status) ||
		p.Type != "/reference/errors/"+code {
		a.t.Errorf("%s answered %+v, want code %s", a.what, p, code)
	}
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		a.t.Errorf("%s: an error of type %s", a.what, got)
	}
	documented(a.t, code)
	return p.Detail
}

// part is one field of a form; a file if it has a file name.
type part struct {
	field, file string
	data        []byte
}

func (c *client) upload(path string, parts ...part) answer {
	c.t.Helper()
	contentType, body := form(c.t, parts...)
	return c.send(http.MethodPost, path, contentType, body)
}

func form(t *testing.T, parts ...part) (contentType string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		to, err := w.CreateFormField(p.field)
		if p.file != "" {
			to, err = w.CreateFormFile(p.field, p.file)
		}
		check(t, err)
		_, _ = to.Write(p.data) // a bytes.Buffer takes everything
	}
	check(t, w.Close())
	return w.FormDataContentType(), b.Bytes()
}

func pemFiles(i *qtsp.Issued) []part {
	return []part{{field: "files", file: "cert.pem", data: i.CertificatePEM()}, {
		field: "files",
		file:  "cert.key",
		data:  i.KeyPEM(),
	}}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func contains(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("%q does not say %q", text, w)
		}
	}
}
