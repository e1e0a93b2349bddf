package api_test

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/web/api"
)

// streaming opens a stream of changes, which is open when its header has arrived, and says what the answer was.
func (c *client) streaming(ctx context.Context) int {
	c.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.s.url+"/v1/tls/events", nil)
	check(c.t, err)
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Accept", "text/event-stream")
	got, err := http.DefaultClient.Do(r)
	check(c.t, err)
	c.t.Cleanup(func() { _ = got.Body.Close() })
	return got.StatusCode
}

// What the addresses of services do not have is refused, not ignored.
func TestParametersOfServices(t *testing.T) {
	s := serve(t)
	s.ActivateAt(stack.Institution)
	c := s.service(t, "asks", access.Transport)
	for path, code := range map[string]string{
		"events?curser=x":                       "parameter_unknown",
		"events?wait=0&wait=1":                  "parameter_twice",
		"events?wait=10000000000":               "wait_invalid",
		"events?wait=-1":                        "wait_invalid",
		"events?wait=":                          "filter_invalid",
		"events?cursor=&wait=56":                "wait_invalid",
		"lookup?application=a&bank=b":           "parameter_unknown",
		"lookup?application=a&application=b":    "parameter_twice",
		"lookup?application=a&institution=%F0b": "registration_unknown",
	} {
		got := c.call("GET", "/v1/tls/"+path, nil)
		if got.status < 400 || !strings.Contains(string(got.body), code) {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

// An account has a hundred streams at a time, takes nobody else's, and gets a place back when one ends.
func TestStreamsOfAnAccountAreBounded(t *testing.T) {
	s := serve(t)
	s.ActivateAt(stack.Institution)
	greedy, other := s.service(t, "greedy", access.Transport), s.service(t, "other", access.Transport)
	ctx, closeAll := context.WithCancel(t.Context())
	defer closeAll() // before the server waits for them
	one, closeOne := context.WithCancel(ctx)
	defer closeOne()
	if status := greedy.streaming(one); status != http.StatusOK {
		t.Fatalf("the first stream: %d", status)
	}
	for i := range 99 {
		if status := greedy.streaming(ctx); status != http.StatusOK {
			t.Fatalf("%d streams are open, and the next is refused with %d", i+1, status)
		}
	}
	greedy.call("GET", "/v1/tls/events?wait=0", nil).refused(http.StatusTooManyRequests, "service_rate_limited")
	if status := other.streaming(ctx); status != http.StatusOK {
		t.Errorf("another account: %d", status)
	}
	closeOne()
	for status := 0; status != http.StatusOK; { // the server notices by itself; the test ends with its own time
		s.Now = s.Now.Add(time.Second) // so that asking again and again meets no other limit
		status = greedy.streaming(ctx)
	}
}

// unread is a connection whose other end takes nothing: what is written fails at the deadline, if there is one.
type unread struct {
	*httptest.ResponseRecorder
	deadline time.Time
	writes   int
}

func (u *unread) SetWriteDeadline(at time.Time) error { u.deadline = at; return nil }

func (u *unread) Write([]byte) (int, error) {
	u.writes++
	if u.deadline.IsZero() {
		return 0, errors.New("this would have waited for ever")
	}
	return 0, os.ErrDeadlineExceeded
}

// A stream whose other end does not read, or is gone without a word, ends at the deadline of its write.
func TestStreamThatNobodyReadsEnds(t *testing.T) {
	var served *api.API
	s := serveWith(t, func(a *api.API) { served = a })
	s.ActivateAt(stack.Institution)
	c := s.service(t, "slow", access.Transport)
	h := handler(served)
	for range 101 { // more than an account has places: each is given back
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/tls/events", nil)
		r.Header.Set("Authorization", "Bearer "+c.token)
		r.Header.Set("Accept", "text/event-stream")
		u := &unread{ResponseRecorder: httptest.NewRecorder()}
		h.ServeHTTP(u, r)
		if left := time.Until(u.deadline); u.Code != http.StatusOK || u.writes != 1 || left > time.Minute {
			t.Fatalf("answered %d, %d writes, the last with %s to go", u.Code, u.writes, left)
		}
	}
}

// A stream is the same on a connection of its own, on one of TLS, and on a shared one of HTTP/2, which cannot be taken.
func TestStreamsOfEveryKindOfConnection(t *testing.T) {
	var served *api.API
	s := serveWith(t, func(a *api.API) { served = a })
	r := s.ActivateAt(stack.Institution)
	c := s.service(t, "streaming", access.Transport)
	for _, test := range []struct {
		name  string
		start func(*httptest.Server)
		major int
	}{
		{"HTTP", (*httptest.Server).Start, 1},
		{"TLS", (*httptest.Server).StartTLS, 1},
		{"HTTP/2", func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() }, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			web := httptest.NewUnstartedServer(handler(served))
			test.start(web)
			defer web.Close()
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, web.URL+"/v1/tls/events", nil)
			check(t, err)
			request.Header.Set("Authorization", "Bearer "+c.token)
			request.Header.Set("Accept", "text/event-stream")
			got, err := web.Client().Do(request)
			check(t, err)
			defer func() { _ = got.Body.Close() }()
			if got.ProtoMajor != test.major || got.StatusCode != http.StatusOK || got.ContentLength != -1 ||
				got.Header.Get("Content-Type") != "text/event-stream" || got.Header.Get("Date") == "" ||
				got.Header.Get("RateLimit") == "" {
				t.Fatalf("%s %s %v", got.Proto, got.Status, got.Header)
			}
			for lines := bufio.NewScanner(got.Body); lines.Scan(); {
				if strings.Contains(lines.Text(), r.ID) {
					return
				}
			}
			t.Error("the stream ended without the registration")
		})
	}
}

// limited gives a new account limits.
func (s *server) limited(t *testing.T, limits service.Limits) *client {
	t.Helper()
	made, token := s.Service("limited", access.Purposes...)
	a, err := s.DB.ServiceAccount(t.Context(), made.ID)
	check(t, err)
	_, _, done, err := s.Accounts.Change(t.Context(), stack.Admin, a.ID, service.Input{
		Name:        a.Name,
		Owner:       a.Owner,
		Description: a.Description,
		Grant:       service.Grant{Purposes: a.Grant.Purposes, Bindings: a.Grant.Bindings, Limits: limits},
	})
	check(t, err)
	if !done {
		t.Fatal("a narrower limit takes two people")
	}
	return &client{t: t, s: s, token: token.Reveal()}
}

func TestLimitPerSecond(t *testing.T) {
	s := serve(t)
	r := s.ActivateAt(stack.Institution)
	c := s.limited(t, service.Limits{PerSecond: 2})
	for range 4 { // two seconds' worth at once
		c.call("GET", "/v1/tls", nil).want(http.StatusOK, nil)
	}
	c.call("GET", "/v1/tls", nil).refused(http.StatusTooManyRequests, "service_rate_limited")
	s.Now = s.Now.Add(time.Second) // two more
	batch := object{"version": 1, "algorithm": "rsa-sha256", "digests": [][]byte{digest, digest, digest}}
	c.call("POST", "/v1/tls/"+r.ID+"/signatures", batch).
		refused(http.StatusTooManyRequests, "service_rate_limited") // each signature counts
	s.Now = s.Now.Add(time.Minute) // no more than two seconds' worth is saved up
	for range 4 {
		c.call("GET", "/v1/tls", nil).want(http.StatusOK, nil)
	}
	c.call("GET", "/v1/tls", nil).refused(http.StatusTooManyRequests, "service_rate_limited")
}

func TestLimitPerDay(t *testing.T) {
	s := serve(t)
	r := s.ActivateAt(stack.Institution)
	c := s.limited(t, service.Limits{PerSecond: 500, PerDay: 3})
	path := "/v1/tls/" + r.ID
	sign := func(n int) answer {
		digests := make([][]byte, n)
		for i := range digests {
			digests[i] = digest
		}
		return c.call("POST", path+"/signatures",
			object{"version": 1, "algorithm": "rsa-sha256", "digests": digests})
	}
	sign(2).want(http.StatusOK, nil)
	sign(2).refused(http.StatusTooManyRequests, "service_quota_reached") // and uses nothing
	sign(1).want(http.StatusOK, nil)
	c.call("GET", path+"/credentials", nil).refused(http.StatusTooManyRequests, "service_quota_reached")
	c.call("GET", path, nil).want(http.StatusOK, nil) // reading is not counted
	s.Now = s.Now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	if a := sign(1); a.status == http.StatusServiceUnavailable {
		t.Errorf("on the next day: %s", a.body)
	}
}
