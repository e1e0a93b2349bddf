package bank_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

func TestAccountsOfEachSegment(t *testing.T) {
	p := newTPP(t, newBank(t))
	names := map[string]bool{}
	for _, segment := range []string{"pri", "pro", "ent"} {
		token, refresh := p.consent(t, segment)
		if (refresh == "") != (segment == "ent") {
			t.Errorf("%s: refresh token %q", segment, refresh)
		}
		status, body := p.accounts(t, segment, token, nil, nil)
		if status != http.StatusOK {
			t.Fatalf("%s: %d %v", segment, status, body)
		}
		first := body["accounts"].([]any)[0].(map[string]any)
		names[first["name"].(string)] = true
		href := first["_links"].(map[string]any)["transactions"].(map[string]any)["href"].(string)
		if !strings.HasPrefix(href, "/accounts/") {
			t.Errorf("%s: link %q is not relative to the API's base", segment, href)
		}
	}
	if len(names) != 3 {
		t.Errorf("the segments share accounts: %v", names)
	}
}

// accountsRefusals spoil one thing each.
var accountsRefusals = []struct {
	name    string
	prepare func(*testing.T, *tpp)
	before  func(*http.Request) // before signing
	after   func(*http.Request) // after signing
	status  int
	message string
}{
	{name: "nothing spoilt", status: 200},
	{
		name:    "no client-id",
		before:  func(r *http.Request) { r.Header.Del("Client-Id") },
		status:  401,
		message: "Unknown client-id",
	},
	{
		name:    "another's token",
		before:  func(r *http.Request) { r.Header.Set("Client-Id", "another") },
		status:  401,
		message: "invalid token",
	},
	{
		name:    "no token",
		before:  func(r *http.Request) { r.Header.Del("Authorization") },
		status:  401,
		message: "No bearer token",
	},
	{
		name:    "unknown token",
		before:  func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") },
		status:  401,
		message: "invalid token",
	},
	{
		name: "wrong role",
		prepare: func(t *testing.T, p *tpp) {
			p.client = clientWith(t, issue(t, qtsp.Request{Kind: certs.QWAC, Roles: []string{"PSP_PI"}}))
		},
		status:  403,
		message: "role PSP_AI",
	},
	{
		name: "unregistered organization",
		prepare: func(t *testing.T, p *tpp) {
			p.client = clientWith(t, issue(t, qtsp.Request{
				Kind:                   certs.QWAC,
				OrganizationIdentifier: "PSDFR-ACPR-99999",
			}))
		},
		status:  403,
		message: "not registered",
	},
	{
		name:    "no digest",
		before:  func(r *http.Request) { r.Header.Del("Digest") },
		status:  400,
		message: "Missing request header 'Digest'",
	},
	{
		name:    "digest of another body",
		before:  func(r *http.Request) { r.Header.Set("Digest", "SHA-256=AAAA") },
		status:  400,
		message: "Digest does not match",
	},
	{
		name:    "request id no UUID",
		before:  func(r *http.Request) { r.Header.Set("X-Request-Id", "1") },
		status:  400,
		message: "UUID",
	},
	{
		name:    "no signature",
		after:   func(r *http.Request) { r.Header.Del("Signature") },
		status:  401,
		message: "Invalid signature",
	},
	{
		name:    "changed after signing",
		after:   func(r *http.Request) { r.Header.Set("X-Request-Id", "1f6b2a1c-8f0d-4b0e-9a53-5c1f0e6a2b11") },
		status:  401,
		message: "verification error",
	},
	{
		name:    "other bytes",
		after:   spoil(`signature="[^"]+"`, `signature="`+base64.StdEncoding.EncodeToString(make([]byte, 256))+`"`),
		status:  401,
		message: "verification error",
	},
	{
		name:    "algorithm of another key",
		after:   spoil(`rsa-sha256`, `ecdsa-sha256`),
		status:  401,
		message: "does not go with the seal's key",
	},
	{name: "header left out", after: spoil(`client-id `, ``), status: 401, message: `"client-id" must be signed`},
	{name: "blank after comma", after: spoil(`",a`, `", a`), status: 401, message: "unknown parameter"},
	{
		name:    "keyId of another hash",
		after:   spoil(`_[0-9a-f]{64}`, "_"+strings.Repeat("0", 64)),
		status:  401,
		message: "HTTP 404",
	},
	{name: "keyId without hash", after: spoil(`_[0-9a-f]{64}`, ".pem"), status: 401, message: "must end with"},
	{name: "keyId with a query", after: spoil(`/qsealc`, `/?x=qsealc`), status: 401, message: "plain URL"},
	{
		name:    "keyId over plain http",
		after:   spoil(`127\.0\.0\.1:\d+`, "tpp.example"),
		status:  401,
		message: "https URL",
	},
	{
		name:    "keyId not answering",
		after:   spoil(`127\.0\.0\.1:\d+`, "127.0.0.1:1"),
		status:  401,
		message: "cannot be fetched",
	},
	{
		name: "keyId redirects",
		prepare: serve(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}),
		status:  401,
		message: "HTTP 302",
	},
	{
		name:    "keyId gives no certificate",
		prepare: serve(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }),
		status:  401,
		message: "no PEM certificate",
	},
	{
		name: "keyId gives another certificate",
		prepare: func(t *testing.T, p *tpp) {
			serve(pem(p.qwac))(t, p)
		},
		status:  401,
		message: "another hash",
	},
	{
		name:    "QWAC as seal",
		prepare: func(_ *testing.T, p *tpp) { p.sealWith(p.qwac) },
		status:  401,
		message: "no QSealC",
	},
	{
		name: "expired seal",
		prepare: func(t *testing.T, p *tpp) {
			p.sealWith(issue(t, qtsp.Request{
				Kind:      certs.QSealC,
				NotBefore: time.Now().AddDate(0, -6, 0),
				NotAfter:  time.Now().Add(-time.Minute),
			}))
		},
		status:  401,
		message: "expired",
	},
	{
		name: "seal of another organization",
		prepare: func(t *testing.T, p *tpp) {
			p.sealWith(issue(t, qtsp.Request{Kind: certs.QSealC, OrganizationIdentifier: "PSDFR-ACPR-99999"}))
		},
		status:  401,
		message: "different organizations",
	},
	{
		name: "seal of another QTSP",
		prepare: func(t *testing.T, p *tpp) {
			other, err := qtsp.New(time.Now())
			if err != nil {
				t.Fatal(err)
			}
			p.sealWith(other.MustIssue(t, qtsp.Request{Kind: certs.QSealC, Key: p.seal.Key.Signer()}))
		},
		status:  401,
		message: "certificate signed by unknown authority",
	},
}

func TestAccountsRefusals(t *testing.T) {

	sim := newBank(t)
	good := newTPP(t, sim)
	token, _ := good.consent(t, "pri")
	for _, test := range accountsRefusals {
		t.Run(test.name, func(t *testing.T) {
			p := newTPP(t, sim)
			if test.prepare != nil {
				test.prepare(t, p)
			}
			status, body := p.accounts(t, "pri", token, test.before, test.after)
			message, _ := body["message"].(string)
			if status != test.status || !strings.Contains(message, test.message) {
				t.Fatalf("got %d %q, want %d %q", status, message, test.status, test.message)
			}
			if status != 200 && (body["status"] != float64(status) ||
				body["path"] != "/sg/sb/pri/v1.4.2.17/psd2/xs2a/accounts" || body["timestamp"] == "") {
				t.Errorf("not the error model: %v", body)
			}
		})
	}
}

// sealWith signs with another certificate and publishes it properly.
func (p *tpp) sealWith(issued *qtsp.Issued) {
	p.keyID = strings.Replace(p.keyID, p.seal.Certificate.SHA256, issued.Certificate.SHA256, 1)
	p.seal = issued
	p.served["/qsealc_"+issued.Certificate.SHA256] = pem(issued)
}

// serve puts something else where the seal should be, under a hash the bank
// has not met: a seal it has met it need not fetch.
func serve(handler http.HandlerFunc) func(*testing.T, *tpp) {
	return func(t *testing.T, p *tpp) {
		p.sealWith(issue(t, qtsp.Request{Kind: certs.QSealC, OrganizationIdentifier: agreement}))
		p.served["/qsealc_"+p.seal.Certificate.SHA256] = handler
	}
}

func spoil(pattern, with string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Signature", replaceFirst(r.Header.Get("Signature"), pattern, with))
	}
}

// TestSealWithoutItsChain: a bank that knows the issuing CAs from the trusted
// lists takes a QSealC published alone.
func TestSealWithoutItsChain(t *testing.T) {
	alone := func(p *tpp) http.HandlerFunc {
		leaf := firstPEM(p.seal.CertificatePEM())
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(leaf) }
	}
	for _, known := range []bool{false, true} {
		t.Run(fmt.Sprintf("issuing CA known: %v", known), func(t *testing.T) {
			p := newTPP(t, newBank(t, func(c *bank.Config) {
				if known {
					c.QTSPIssuing = issuingPool(t)
				}
			}))
			p.served["/qsealc_"+p.seal.Certificate.SHA256] = alone(p)
			token, _ := p.consent(t, "pri")
			if status, body := p.accounts(t, "pri", token, nil, nil); (status == 200) != known {
				t.Errorf("issuing CA known: %v; got %d %v", known, status, body)
			}
		})
	}
}

// TestTokenOfAnotherSegment: consent is given per segment.
func TestTokenOfAnotherSegment(t *testing.T) {
	p := newTPP(t, newBank(t))
	token, _ := p.consent(t, "pri")
	status, body := p.accounts(t, "ent", token, nil, nil)
	if status != 403 || body["message"] != "No consent for TPP ["+clientID+"] and scope [AISP]" {
		t.Errorf("got %d %v", status, body)
	}
}

func TestFailures(t *testing.T) {
	tests := []struct {
		kind   bank.Failure
		status int
	}{
		{bank.Unavailable, 503}, {bank.GatewayTimeout, 504}, {bank.RateLimited, 429}, {
			bank.NoConsent,
			403,
		}, {bank.Slow, 200},
	}
	p := newTPP(t, newBank(t, func(c *bank.Config) { c.SlowFor = time.Millisecond }))
	token, _ := p.consent(t, "pri")
	for _, test := range tests {
		t.Run(string(test.kind), func(t *testing.T) {
			p.bank.Fail(1, test.kind)
			if status, body := p.accounts(t, "pri", token, nil, nil); status != test.status {
				t.Errorf("%s: %d %v", test.kind, status, body)
			}
			if status, body := p.accounts(t, "pri", token, nil, nil); status != 200 {
				t.Errorf("after %s: %d %v", test.kind, status, body)
			}
		})
	}
	p.bank.Fail(5, bank.Unavailable)
	p.bank.Fail(0, "")
	if status, _ := p.accounts(t, "pri", token, nil, nil); status != 200 {
		t.Errorf("after the end: %d", status)
	}
	seen := p.bank.Traffic()
	if n := seen.Requests["GET /sg/sb/pri/v1.4.2.17/psd2/xs2a/accounts"]; n != 11 ||
		seen.Presented[p.qwac.Certificate.SHA256] != 12 {
		t.Errorf("the bank counted %+v", seen)
	}
}
