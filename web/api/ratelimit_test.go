package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/throttle"
	"github.com/sealkeeper/sealkeeper/web/api"
)

// limited fails the test unless the answer says that of its limit.
func (a answer) limited(policy, left string) {
	a.t.Helper()
	if p, l := a.header.Get("RateLimit-Policy"), a.header.Get("RateLimit"); p != policy || l != left {
		a.t.Errorf("%s: the limit is %s, %s; want %s, %s", a.what, p, l, policy, left)
	}
}

// The tokens of a person share a limit, which another person does not use up, and which comes back.
func TestPeoplesCallsAreLimited(t *testing.T) {
	now := time.UnixMicro(0)
	s := serveWith(t, func(a *api.API) {
		a.Calls = throttle.New(func() time.Time { return now }, throttle.Rate{Most: 2, Every: throttle.Calls.Every})
	})
	ada, grace := s.as(t, "ada", access.Auditor), s.as(t, "grace", access.Auditor)
	again, err := s.identity.NewToken(t.Context(), "ada", time.Hour)
	check(t, err)
	second := &client{t: t, s: s, token: again.Reveal()}
	const policy = `"person";q=1200;w=60`
	ada.call("GET", "/v1/institutions", nil).limited(policy, `"person";r=1;t=1`)
	second.call("GET", "/v1/institutions", nil).limited(policy, `"person";r=0;t=1`)
	refused := ada.call("GET", "/v1/institutions", nil)
	refused.refused(http.StatusTooManyRequests, "calls_too_often")
	refused.limited(policy, `"person";r=0;t=1`)
	grace.call("GET", "/v1/institutions", nil).want(http.StatusOK, nil)
	now = now.Add(throttle.Calls.Every)
	ada.call("GET", "/v1/institutions", nil).want(http.StatusOK, nil)
	(&client{t: t, s: s}).call("GET", "/v1/institutions", nil).limited("", "")
}

// A service account has the limit that it was given, and is told of it when it is over.
func TestServicesAreToldOfTheirLimit(t *testing.T) {
	s := serve(t)
	account, token := s.Service("program", access.Transport)
	program := &client{t: t, s: s, token: token.Reveal()}
	first := program.call("GET", "/v1/institutions", nil)
	var most, left int
	if _, err := fmt.Sscanf(first.header.Get("RateLimit-Policy"), `"service-account";q=%d;w=2`, &most); err != nil {
		t.Fatal(first.header, err)
	}
	if _, err := fmt.Sscanf(first.header.Get("RateLimit"), `"service-account";r=%d;t=1`, &left); err != nil ||
		left != most-1 {
		t.Fatal(first.header, err)
	}
	check(t, s.Accounts.Take(access.Caller{ID: account.ID}, left)) // as signatures of so many digests do
	over := program.call("GET", "/v1/institutions", nil)
	over.refused(http.StatusTooManyRequests, "service_rate_limited")
	over.limited(first.header.Get("RateLimit-Policy"), `"service-account";r=0;t=2`)
}
