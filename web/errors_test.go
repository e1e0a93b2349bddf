package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// browser is what Firefox sends for a page.
const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

func TestErrors(t *testing.T) {
	s := serve(t)
	for _, test := range []struct {
		path   string
		status int
		code   string
	}{
		{"/nothing-here", 404, "http_error"},
		{"/assets/x/app.css", 404, "http_error"},
		{"/fails/panic", 500, "internal"},
		{"/fails/panic-error", 500, "internal"},
		{"/fails/error", 500, "internal"},
		{"/fails/echo", 500, "internal"},
	} {
		t.Run(test.path, func(t *testing.T) {
			page := s.send(t, "GET", test.path, "Accept", browser)
			if page.status != test.status || !strings.HasPrefix(page.header.Get("Content-Type"),
				"text/html") || !strings.Contains(page.body, "<main") {
				t.Errorf("to a browser: %+v", page)
			}
			for _, accept := range []string{"", "*/*", "application/json", "application/problem+json"} {
				a := s.send(t, "GET", test.path, "Accept", accept)
				isProblem(t, a, test.status, test.code)
			}
			for _, inside := range []string{leaked, "panic: ", "closed pipe", "goroutine", ".go:"} {
				if strings.Contains(page.body, inside) || strings.Contains(s.send(t, "GET", test.path).body, inside) {
					t.Errorf("the answer says %q", inside)
				}
			}
		})
	}
	// the API is for programs, whoever asks
	isProblem(t, s.send(t, "GET", "/v1/certificates", "Accept", browser), 401, "token_missing")
	log := s.log.String()
	for _, want := range []string{"panic: " + leaked, "web_test.failing", "closed pipe"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not say %q", want)
		}
	}
	if a := s.send(t, "GET", "/healthz"); a.status != http.StatusOK {
		t.Error("the server did not outlive it")
	}
}

func isProblem(t *testing.T, a answer, status int, code string) {
	t.Helper()
	var p api.Problem
	if err := json.Unmarshal([]byte(a.body), &p); err != nil || a.header.Get("Content-Type") != api.ProblemType {
		t.Fatalf("not a problem: %+v", a)
	}
	if a.status != status || p.Status != status || p.Code != code {
		t.Errorf("got %d %+v, want %d %s", a.status, p, status, code)
	}
}

func TestMethods(t *testing.T) {
	s := serve(t)
	token := "Bearer " + s.token
	for _, test := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"DELETE", "/v1/certificates", 405, "GET, POST"},
		{"PUT", "/v1/certificates/x", 405, "GET"},
		{"GET", "/v1/registrations/x/test", 405, "POST"},
		{"HEAD", "/v1/certificates", 405, "GET, POST"},
		{"BREW", "/v1/audit", 405, "GET"},
		{"OPTIONS", "/v1/audit", 405, "GET"}, // no other site's page has business here
		{"GET", "/v1/registrations/x/bundle", 405, "PUT"},
		{"DELETE", "/v1/nothing-here", 404, ""},
		{"POST", "/healthz", 405, "GET, HEAD"},
		{"POST", "/.well-known/qsealc_x", 405, "GET, HEAD"},
		{"DELETE", "/sign-in", 405, "GET, POST"},
		{"TRACE", "/", 405, "GET"},
		{"DELETE", "/nothing-here", 404, ""},
	} {
		a := s.send(t, test.method, test.path, "Authorization", token)
		if a.status != test.status || a.header.Get("Allow") != test.allow {
			t.Errorf("%s %s: %d, Allow %q; want %d, %q", test.method, test.path, a.status, a.header.Get("Allow"),
				test.status, test.allow)
		}
	}
	if a := s.send(t, "DELETE", "/v1/certificates"); a.status != http.StatusUnauthorized {
		t.Errorf("without a token: %+v", a)
	}
}

// TestOddPaths sends what no client of ours does, as it is.
func TestOddPaths(t *testing.T) {
	s := serve(t)
	for target, status := range map[string]int{
		"/v1/certificates/%2e%2e%2fregistrations": 404,
		"/%761/certificates":                      404,
		"//v1/certificates":                       404,
		"/v1//certificates":                       404,
		"/v1/certificates/":                       404,
		"/v1/./certificates":                      404,
		"/healthz/../v1/certificates":             404,
		"/V1/certificates":                        404,
		"/v1/certificates/%00":                    404,
		"/v1/certificates/%ff":                    404,
		"/v1/certificates/%zz":                    400,
		"/assets/..%2f..%2fgo.mod":                404,
		"/assets/../templates/layout.html":        404,
		"/" + strings.Repeat("x", 9000):           404,
		"/v1/certificates?%zz=1;2":                422, // nothing of a question is left out
		"http://elsewhere.example/v1/audit":       200, // proxies send the whole address; the host is nothing to us
	} {
		got, body := s.raw(t, target)
		if got != status {
			t.Errorf("%.60s: %d, want %d", target, got, status)
		}
		if strings.Contains(body, "goroutine") {
			t.Errorf("%.60s: %s", target, body)
		}
	}
	if strings.Contains(s.log.String(), "panic") {
		t.Errorf("a path made it panic:\n%s", s.log)
	}
}

// TestPathsThatAreNoText stop before a database sees them.
func TestPathsThatAreNoText(t *testing.T) {
	s := serve(t)
	for _, path := range []string{
		"/v1/certificates/%00", "/v1/certificates/%ff", "/v1/institutions/a%c3", "/.well-known/%00",
		"/registrations/%00",
	} {
		isProblem(t, s.send(t, "GET", path, "Authorization", "Bearer "+s.token), 404, "http_error")
	}
}

// raw sends a request line that net/http's client would not.
func (s *server) raw(t *testing.T, target string) (status int, body string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.url, "http://"))
	check(t, err)
	defer func() { _ = conn.Close() }()
	_, err = conn.Write([]byte("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" +
		"Authorization: Bearer " + s.token + "\r\n\r\n"))
	check(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	check(t, err)
	defer func() { _ = response.Body.Close() }()
	var text strings.Builder
	_, err = bufio.NewReader(response.Body).WriteTo(&text)
	check(t, err)
	return response.StatusCode, text.String()
}

// TestClientGone has the client hang up: that is no mistake of the server.
func TestClientGone(t *testing.T) {
	s := serve(t)
	ctx, hangUp := context.WithCancel(t.Context())
	hangUp()
	s.handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/fails/gone", nil))
	text := s.log.String()
	if strings.Contains(text, `"level":"ERROR"`) || !strings.Contains(text, `"level":"INFO","msg":"request failed"`) {
		t.Errorf("the log:\n%s", text)
	}
}
