package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/web"
)

// ask is a request from this machine, without a network in between; it returns the answer's header.
func (s *server) ask(t *testing.T, method, path, body string, headers ...string) http.Header {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:4711"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w.Header()
}

// entries are those of the audit log, newest first.
func (s *server) entries(t *testing.T) []audit.Entry {
	t.Helper()
	entries, err := s.DB.LatestAudit(t.Context(), 500)
	check(t, err)
	return entries
}

// TestTriesToSignInAreSlowedDown tries links until nothing is looked up any more, and that is recorded as well.
func TestTriesToSignInAreSlowedDown(t *testing.T) {
	s := serve(t)
	before := len(s.entries(t))
	for range 100 {
		s.ask(t, "POST", "/sign-in", "link=x", "Accept", "text/html")
		s.ask(t, "POST", "/join", "link=x", "Accept", "text/html")
	}
	header := s.ask(t, "POST", "/sign-in/passkey/options", "", "Accept", "application/json")
	var codes []string
	for _, e := range s.entries(t)[:len(s.entries(t))-before] {
		if e.Action != access.SessionStart || e.Outcome != audit.Denied {
			t.Errorf("got %+v", e)
		}
		codes = append(codes, e.Code)
	}
	slices.Sort(codes)
	if !slices.Equal(codes, []string{"invitation_over", "link_invalid", "too_often"}) ||
		header.Get("Retry-After") == "" {
		t.Errorf("recorded %q; Retry-After %q", codes, header.Get("Retry-After"))
	}
}

// TestKnocksAreAudited knocks in every way. Each is recorded with its address and the id
// that the answer has, and 1,000 more of them are one entry more.
func TestKnocksAreAudited(t *testing.T) {
	s := serve(t)
	for name, test := range map[string]struct {
		method, path, body, header, value string
		action                            access.Action
		detail                            string
	}{
		"bearer token": {"GET", "/v1/certificates", "", "Authorization", "Bearer x", access.TokenUse, "token_invalid"},
		"session": {
			"GET", "/certificates", "", "Cookie", "sealkeeper_session=nonsense", access.SessionUse, "session_over",
		},
		"other site": {"POST", "/sign-out", "", "Sec-Fetch-Site", "cross-site", access.SessionUse, "cross_origin"},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, s.Audit.Settle(t.Context(), true))
			s.Now = s.Now.Add(2 * time.Hour)
			check(t, s.Audit.Settle(t.Context(), true)) // nothing is known of an earlier knock
			before := len(s.entries(t))
			header := s.ask(t, test.method, test.path, test.body, test.header, test.value)
			for range 1000 {
				s.ask(t, test.method, test.path, test.body, test.header, test.value)
			}
			after := s.entries(t)
			if len(after) != before+1 {
				t.Fatalf("1,001 knocks left %d entries", len(after)-before)
			}
			e := after[0]
			address, request := e.From()
			if e.Action != test.action || e.Outcome != audit.Denied || e.Code != test.detail || e.CallerID != "" {
				t.Errorf("got %+v", e)
			}
			if address != "127.0.0.1" || request == "" || request != header.Get("X-Request-Id") {
				t.Errorf("from %q, request %q; the answer has %q", address, request, header.Get("X-Request-Id"))
			}
			check(t, s.Audit.Settle(t.Context(), true))
			if after = s.entries(t); len(after) != before+2 || !strings.Contains(after[0].Detail, ": 1000 more from ") {
				t.Errorf("at the end there are %d entries more, the last %+v", len(after)-before, after[0])
			}
		})
	}
}

// Only what our own proxies write is believed, and a client's request id never is.
func TestClientAddress(t *testing.T) {
	ours := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.1.2.0/24")}
	none, others, behind := serve(t), serveWith(t, web.DefaultLimits, netip.MustParsePrefix("10.0.0.0/8")),
		serveWith(t, web.DefaultLimits, ours...)
	for name, test := range map[string]struct {
		server          *server
		forwarded, want string
	}{
		"no proxy":           {none, "203.0.113.7", "127.0.0.1"},
		"another's proxy":    {others, "203.0.113.7", "127.0.0.1"},
		"our proxy":          {behind, "203.0.113.7", "203.0.113.7"},
		"two of ours":        {behind, "203.0.113.7, 10.1.2.3", "203.0.113.7"},
		"a forged beginning": {behind, "192.0.2.66, 203.0.113.7, 10.1.2.3", "203.0.113.7"},
		"IPv6":               {behind, "2001:db8::7", "2001:db8::7"},
		"nonsense":           {behind, "unknown", "127.0.0.1"},
		"nothing":            {behind, "", "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			header := test.server.ask(t, "GET", "/v1/certificates", "", "Authorization", "Bearer "+test.server.token,
				"X-Request-Id", "forged", "X-Forwarded-For", test.forwarded)
			lines := strings.Split(strings.TrimSpace(test.server.log.String()), "\n")
			var line struct {
				Msg, Address, User string
				RequestID          string `json:"request_id"`
			}
			check(t, json.Unmarshal([]byte(lines[len(lines)-1]), &line))
			if line.Msg != "request" || line.Address != test.want || line.User != "root" {
				t.Errorf("logged %s", lines[len(lines)-1])
			}
			if id := header.Get("X-Request-Id"); id != line.RequestID || id == "" || id == "forged" {
				t.Errorf("the answer has %q, the log %q", id, line.RequestID)
			}
		})
	}
}
