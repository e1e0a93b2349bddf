package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHeaders(t *testing.T) {
	s := serve(t)
	want := map[string]string{
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Strict-Transport-Security":    "max-age=31536000; includeSubDomains",
		"Cache-Control":                "no-store",
	}
	policy := map[string]string{
		"default-src":     "'none'",
		"script-src":      "'self'",
		"style-src":       "'self'",
		"img-src":         "'self'",
		"font-src":        "'self'",
		"connect-src":     "'self'",
		"form-action":     "'self'",
		"base-uri":        "'none'",
		"frame-ancestors": "'none'",

		"require-trusted-types-for": "'script'",
		"trusted-types":             "'none'",
	}
	for _, test := range []struct {
		what, method, path string
		headers            []string
		status             int
	}{
		{"a page", "GET", "/sign-in", nil, 200},
		{"a redirect", "GET", "/", nil, 303},
		{"a probe", "GET", "/healthz", nil, 200},
		{"the reference", "GET", "/reference", nil, 200},
		{"what a code means", "GET", "/reference/errors/not_ready", nil, 200},
		{"a code that is none", "GET", "/reference/errors/not_a_code", nil, 404},
		{"metrics", "GET", "/metrics", nil, 200},
		{"a page that is not there", "GET", "/nothing-here", []string{"Accept", "text/html"}, 404},
		{"an asset that is not there", "GET", "/assets/x/app.css", nil, 404},
		{"a certificate that is not there", "GET", "/.well-known/qsealc_x", nil, 404},
		{"a wrong method", "DELETE", "/sign-in", nil, 405},
		{"an odd method", "BREW", "/sign-in", nil, 405},
		{"another site's form", "POST", "/sign-in", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"the API", "GET", "/v1/institutions", []string{"Authorization", "Bearer " + s.token}, 200},
		{"the API without a token", "GET", "/v1/institutions", nil, 401},
		{"a panic", "GET", "/fails/panic", nil, 500},
		{"a panic on a page", "GET", "/fails/panic", []string{"Accept", "text/html"}, 500},
	} {
		t.Run(test.what, func(t *testing.T) {
			a := s.send(t, test.method, test.path, test.headers...)
			if a.status != test.status {
				t.Errorf("status %d, want %d", a.status, test.status)
			}
			for name, value := range want {
				if got := a.header.Values(name); len(got) != 1 || got[0] != value {
					t.Errorf("%s is %q, want %q", name, got, value)
				}
			}
			if diff := cmp.Diff(policy, directives(a.header)); diff != "" {
				t.Errorf("content security policy (-want +got):\n%s", diff)
			}
			if server := a.header.Get("Server") + a.header.Get("X-Powered-By"); server != "" {
				t.Errorf("it says what it is made with: %s", server)
			}
		})
	}
}

func directives(header http.Header) map[string]string {
	found := map[string]string{}
	for directive := range strings.SplitSeq(header.Get("Content-Security-Policy"), "; ") {
		name, value, _ := strings.Cut(directive, " ")
		found[name] = value
	}
	return found
}
