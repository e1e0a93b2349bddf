package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/vault"
)

func TestProbes(t *testing.T) {
	s := serve(t)
	if a := s.send(t, "GET", "/healthz"); a.status != http.StatusOK || a.body != "ok\n" {
		t.Errorf("healthz: %+v", a)
	}
	type part struct {
		OK      bool
		Message string
	}
	for _, test := range []struct {
		custody error
		status  int
		want    map[string]part
	}{
		{nil, 200, map[string]part{"database": {OK: true}, "custody": {OK: true}}},
		{fault.Wrap(http.ErrHandlerTimeout, fault.Unavailable, "vault_sealed", "Vault is sealed."), 503,
			map[string]part{"database": {OK: true}, "custody": {Message: "Vault is sealed."}}},
		{http.ErrHandlerTimeout, 503,
			map[string]part{
				"database": {OK: true},
				"custody":  {Message: "Something went wrong on our side; the log has the details."},
			}},
	} {
		s.custody = test.custody
		a := s.send(t, "GET", "/readyz")
		var got map[string]part
		check(t, json.Unmarshal([]byte(a.body), &got))
		if diff := cmp.Diff(test.want, got); diff != "" || a.status != test.status {
			t.Errorf("readyz answered %d, want %d:\n%s", a.status, test.status, diff)
		}
		if a := s.send(t, "HEAD", "/readyz"); a.status != test.status || a.body != "" {
			t.Errorf("to HEAD: %+v", a)
		}
		if a := s.send(t, "GET", "/healthz"); a.status != http.StatusOK {
			t.Error("the process is not up because custody is down")
		}
	}
}

// TestWarningOfAPart: what will be in the way is said, and the service is ready all the same.
func TestWarningOfAPart(t *testing.T) {
	s := serve(t)
	s.warning = fault.New(fault.Unavailable, "vault_login_ends", "The secret id ends on Monday.")
	a := s.send(t, "GET", "/readyz")
	if a.status != http.StatusOK || !strings.Contains(a.body,
		`"custody":{"ok":true,"warning":"The secret id ends on Monday."}`) {
		t.Errorf("readyz: %+v", a)
	}
}

// TestHangingPart: a part that does not answer makes no other late.
func TestHangingPart(t *testing.T) {
	s := serve(t)
	s.database = func(ctx context.Context) error {
		<-ctx.Done()
		return fault.Wrap(ctx.Err(), fault.Unavailable, "database_unavailable", "It hangs.")
	}
	s.custodyHealth = func(ctx context.Context) error { return ctx.Err() }
	a := s.send(t, "GET", "/readyz")
	up, hangs := strings.Contains(a.body, `"custody":{"ok":true}`), strings.Contains(a.body, "It hangs.")
	if a.status != http.StatusServiceUnavailable || !up || !hangs {
		t.Errorf("readyz: %+v", a)
	}
}

// TestPublishedCertificate fetches signing certificates as a bank does:
// without cookies, tokens or redirects (STET framework section 3.5.1.2).
func TestPublishedCertificate(t *testing.T) {
	s := serve(t)
	seal, qwac := s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC}), s.QTSP.MustIssue(t, qtsp.Request{})
	s.ImportIssued(seal)
	s.ImportIssued(qwac)
	path := "/.well-known/qsealc_" + seal.Certificate.SHA256
	a := s.send(t, "GET", path)
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "text/plain; charset=UTF-8" {
		t.Fatalf("got %+v", a)
	}
	leaf, chain, err := vault.ParseChainPEM(a.body)
	check(t, err)
	if leaf.SHA256 != seal.Certificate.SHA256 || len(chain) != 1 {
		t.Errorf("published %s with %d issuers", leaf.SHA256, len(chain))
	}
	head := s.send(t, "HEAD", path)
	if head.status != http.StatusOK || head.body != "" ||
		head.header.Get("Content-Type") != a.header.Get("Content-Type") {
		t.Errorf("HEAD: %+v", head)
	}
	// the same address (RFC 3986 section 6.2.2.2)
	encoded := s.send(t, "GET", "/.well-known/%71sealc%5F"+seal.Certificate.SHA256)
	if encoded.status != http.StatusOK || encoded.body != a.body {
		t.Errorf("percent-encoded: %+v", encoded)
	}
	for _, name := range []string{
		"qsealc_" + qwac.Certificate.SHA256, "qsealc_" + strings.Repeat("0", 64), "qsealc_" +
			strings.ToUpper(seal.Certificate.SHA256),
		"qsealc_" + seal.Certificate.SHA256[:63],
		"qsealc_" + seal.Certificate.SHA256 + "0",
		"qsealc_" + seal.Certificate.SHA256 + "%0A",
		"qsealc_" + seal.Certificate.SHA256 + ".pem",
		"qsealc_" + seal.Certificate.SHA256 + "/",
		"qsealc_",
		"qsealc_..%2f..%2fetc%2fpasswd",
		seal.Certificate.SHA256,
		"",
	} {
		a := s.send(t, "GET", "/.well-known/"+name)
		if a.status != http.StatusNotFound || strings.Contains(a.body, "BEGIN") {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestPendingCertificateIsNotPublished(t *testing.T) {
	s := serve(t)
	seal := s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC})
	check(t, s.DB.BeginImport(t.Context(), vault.Record{
		ID:        "pending",
		State:     vault.Pending,
		Name:      "x",
		Leaf:      seal.Certificate,
		Custody:   "embedded",
		CreatedAt: s.Now,
	}))
	if a := s.send(t, "GET", "/.well-known/qsealc_"+seal.Certificate.SHA256); a.status != http.StatusNotFound {
		t.Errorf("got %+v", a)
	}
}

// id is what makes a time series for each customer: an id, a hash, an address.
var (
	id     = regexp.MustCompile(`[0-9a-f]{16}|[0-9a-f]{8}-[0-9a-f]{4}|%|\?|made-up`)
	labels = regexp.MustCompile(`sealkeeper_http_request_duration_seconds_count\{(.*)\}`)
)

func TestMetricsNameNoIDs(t *testing.T) {
	s := serve(t)
	token := []string{"Authorization", "Bearer " + s.token}
	registration := s.Register(stack.Institution)
	certificate := s.Import(qtsp.Request{})
	for _, path := range []string{
		"/v1/certificates/" + certificate,
		"/v1/registrations/" + registration.ID,
		"/registrations/" + registration.ID,
		"/v1/made-up/" + certificate,
		"/made-up/" + certificate + "?code=made-up",
		"/%6dade-up",
		"/.well-known/qsealc_" + strings.Repeat("0", 64),
		"/v1/institutions",
	} {
		s.send(t, "GET", path, token...)
		s.send(t, "POST", path, token...)
		s.send(t, "MADE-UP", path, token...)
	}
	found := labels.FindAllStringSubmatch(s.send(t, "GET", "/metrics").body, -1)
	seen := map[string]bool{}
	for _, series := range found {
		if id.MatchString(series[1]) {
			t.Errorf("a time series of its own: %s", series[1])
		}
		seen[series[1]] = true
	}
	for _, want := range []string{
		`method="GET",route="/v1/certificates/:id",status="200"`,
		`method="other",route="/v1/*",status="404"`,
		`method="POST",route="/*",status="404"`,
	} {
		if !seen[want] {
			t.Errorf("no series %s among %d", want, len(found))
		}
	}
}

func TestAccessLogHoldsNoSecrets(t *testing.T) {
	s := serve(t)
	for _, path := range []string{
		"/v1/certificates",
		"/sign-in?token=" + leaked,
		"/callback?code=" + leaked + "&state=x",
		"/" + leaked,
		"/v1/" + leaked,
		"/certificates/" + leaked,
	} {
		s.send(t, "GET", path,
			"Authorization", "Bearer "+s.token,
			"Cookie", "session="+leaked,
			"Referer", "https://bank.example/?code="+leaked)
	}
	text := s.log.String()
	for _, hidden := range []string{leaked, s.token, "code="} {
		if strings.Contains(text, hidden) {
			t.Errorf("the log holds %q:\n%s", hidden, text)
		}
	}
	if n := strings.Count(text, `"msg":"request"`); n != 6 {
		t.Errorf("%d lines for 6 requests:\n%s", n, text)
	}
	for _, want := range []string{
		`"method":"GET","route":"/v1/certificates","status":200,"took":`,
		`"route":"/v1/*","status":404`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the log does not say %s:\n%s", want, text)
		}
	}
}
