package web_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/web"
)

// endless is a body that never ends, and counts what was taken of it.
type endless struct{ taken atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.taken.Add(int64(len(p)))
	for i := range p {
		p[i] = 'A'
	}
	return len(p), nil
}

// formRoutes are routes that take forms or JSON and no files, of every family; nobody is signed in.
var formRoutes = []string{
	"/sign-in", "/sign-out", "/language", "/approvals/x/approve", "/registrations", "/registrations/x/bundle",
	"/certificates/x/retire", "/v1/organizations", "/v1/registrations/x/test", "/nothing",
}

// No file is taken where none is expected, and nothing of it is written to disk: a
// multipart form is refused before it is read.
func TestMultipartIsRefusedUnread(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	s := serve(t)
	for _, path := range formRoutes {
		t.Run(path, func(t *testing.T) {
			body := &endless{}
			begin := "--b\r\nContent-Disposition: form-data; name=\"x\"; filename=\"x\"\r\n\r\n"
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path,
				io.MultiReader(strings.NewReader(begin), io.LimitReader(body, 300<<20)))
			check(t, err)
			r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
			response, err := plain.Do(r)
			check(t, err)
			answer, err := io.ReadAll(response.Body)
			check(t, err)
			_ = response.Body.Close()
			if response.StatusCode < 400 || !strings.Contains(string(answer), "multipart_unexpected") {
				t.Errorf("%s: %s", response.Status, answer)
			}
			if taken := body.taken.Load(); taken > 8<<20 { // what fits into the buffers on the way
				t.Errorf("%d MB were taken", taken>>20)
			}
			if files, err := os.ReadDir(folder); err != nil || len(files) > 0 {
				t.Errorf("left behind: %v, %v", files, err)
			}
		})
	}
}

// A service's report names up to a thousand hosts, which needs more room than a form.
func TestReportsHaveMoreRoom(t *testing.T) {
	s := serve(t)
	for _, test := range []struct {
		name, token, contentType string
		length                   int64
		code                     string
	}{
		{"a report", "Bearer x", "application/json", 900 << 10, "token_invalid"},
		{"too large", "Bearer x", "application/json", 2 << 20, "body_too_large"},
		{"a form", "Bearer x", "application/x-www-form-urlencoded", 900 << 10, "body_too_large"},
		{"nobody's", "", "application/json", 900 << 10, "body_too_large"},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := io.LimitReader(&endless{}, test.length)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/v1/tls/reports", body)
			check(t, err)
			r.Header.Set("Content-Type", test.contentType)
			r.Header.Set("Authorization", test.token)
			r.ContentLength = test.length
			response, err := plain.Do(r)
			check(t, err)
			defer func() { _ = response.Body.Close() }()
			answer, err := io.ReadAll(response.Body)
			check(t, err)
			if !strings.Contains(string(answer), test.code) {
				t.Errorf("%s: %s, want %s", response.Status, answer, test.code)
			}
		})
	}
}

func TestBodiesAreBounded(t *testing.T) {
	s := serve(t)
	for _, test := range []struct {
		name, contentType string
		body              io.Reader
		length            int64 // 0: not said
		code              string
	}{
		{"a length that is too large", "application/x-www-form-urlencoded", nil, 1 << 30, "body_too_large"},
		{"no length", "application/x-www-form-urlencoded", io.LimitReader(&endless{}, 4<<20), 0, "body_too_large"},
		{"broken", "application/x-www-form-urlencoded", strings.NewReader("token=%zz"), 9, "form_broken"},
		{"within", "application/x-www-form-urlencoded", strings.NewReader("token=x"), 7, "No passkey?"},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := test.body
			if body == nil {
				body = io.LimitReader(&endless{}, test.length)
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/sign-in", body)
			check(t, err)
			r.Header.Set("Content-Type", test.contentType)
			if test.length > 0 {
				r.ContentLength = test.length
			}
			response, err := plain.Do(r)
			check(t, err)
			defer func() { _ = response.Body.Close() }()
			answer, err := io.ReadAll(response.Body)
			check(t, err)
			if !strings.Contains(string(answer), test.code) {
				t.Errorf("%s: %s, want %s", response.Status, answer, test.code)
			}
		})
	}
}

// Who sends half a form and no more is let go of when its time is over.
func TestSlowBodiesEnd(t *testing.T) {
	limits := web.DefaultLimits
	limits.FormTime = 50 * time.Millisecond
	s := serveWith(t, limits)
	connection, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	check(t, err)
	defer func() { _ = connection.Close() }()
	_, err = fmt.Fprintf(connection, "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\n\r\ntoken=")
	check(t, err)
	var answer bytes.Buffer
	check(t, connection.SetDeadline(time.Now().Add(20*time.Second)))
	if _, err := io.Copy(&answer, connection); err != nil {
		t.Fatalf("the connection stays open: %v", err)
	}
	if !strings.Contains(answer.String(), "form_broken") {
		t.Errorf("answered %q", answer.String())
	}
}

// Bodies that come slowly keep nobody from being served, and one address has no more than its share of them.
func TestSlowBodiesTakeNoPlaces(t *testing.T) {
	limits := web.DefaultLimits
	limits.InFlight, limits.FromOne, limits.FormTime = 1, 3, time.Minute
	s := serveWith(t, limits)
	for _, kind := range []string{"application/x-www-form-urlencoded", "application/json", "text/plain"} {
		connection, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		check(t, err)
		defer func() { _ = connection.Close() }()
		_, err = fmt.Fprintf(connection, "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"+
			"Content-Type: %s\r\n\r\ntoken=", kind)
		check(t, err)
	}
	for { // until the three have begun
		body := strings.NewReader("token=x")
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/sign-in", body)
		check(t, err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		response, err := plain.Do(r)
		check(t, err)
		_ = response.Body.Close()
		if response.StatusCode == http.StatusServiceUnavailable {
			break
		}
	}
	if answer := s.send(t, http.MethodGet, "/v1/institutions"); answer.status != http.StatusUnauthorized {
		t.Errorf("beside slow bodies a request is answered %d", answer.status)
	}
}

// When all places are taken, the next one waits its turn and is then told to come again.
func TestTooManyAtOnce(t *testing.T) {
	limits := web.DefaultLimits
	limits.InFlight, limits.Wait = 1, time.Millisecond
	s := serveWith(t, limits)
	ctx, leave := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/hangs", nil)
	check(t, err)
	left := make(chan struct{})
	go func() {
		defer close(left)
		if response, err := plain.Do(r); err == nil {
			_ = response.Body.Close()
		}
	}()
	<-hanging

	answer := s.send(t, http.MethodGet, "/v1/institutions")
	if answer.status != http.StatusServiceUnavailable || answer.header.Get("Retry-After") != "1" ||
		!strings.Contains(answer.body, `"busy"`) {
		t.Errorf("%d, Retry-After %q: %s", answer.status, answer.header.Get("Retry-After"), answer.body)
	}
	if probe := s.send(t, http.MethodGet, "/healthz"); probe.status != http.StatusOK {
		t.Errorf("a probe is answered %d", probe.status)
	}
	leave()
	<-left
	for s.send(t, http.MethodGet, "/v1/institutions").status == http.StatusServiceUnavailable {
		continue // until the server has noticed that the client has gone
	}
}
