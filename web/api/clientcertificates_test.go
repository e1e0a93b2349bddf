package api_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/clientcert"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	wire "github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/web/api"
)

// passing is an API behind a proxy that passes on client certificates, which a CA of the firm's issues.
type passing struct {
	*server
	ca    *qtsp.QTSP
	admin *client
}

var loopback = netip.MustParsePrefix("127.0.0.0/8")

func newPassing(t *testing.T) *passing {
	t.Helper()
	return newPassingFrom(t, clientcert.RFC9440, loopback)
}

func newPassingFrom(t *testing.T, form clientcert.Form, proxy netip.Prefix) *passing {
	t.Helper()
	ca, err := qtsp.New(time.Now())
	check(t, err)
	issuing, err := x509.ParseCertificate(ca.Chain()[0])
	check(t, err)
	another, err := qtsp.New(time.Now())
	check(t, err)
	p := &passing{ca: ca}
	p.server = serveOn(t, stack.NewWith(t, stack.Options{ClientCertificates: clientcert.Config{
		Form:    form,
		Proxies: []netip.Prefix{proxy},
		Anchors: []*x509.Certificate{another.Root(), ca.Root(), issuing},
	}}), func(*api.API) {})
	p.admin = p.as(t, "Root of "+string(form), access.Admin)
	return p
}

// issue makes a certificate with the SPIFFE id and DNS name of that service.
func (p *passing) issue(t *testing.T, name string, change func(*x509.Certificate)) *qtsp.Issued {
	t.Helper()
	return issueBy(t, p.ca, name, change)
}

func issueBy(t *testing.T, ca *qtsp.QTSP, name string, change func(*x509.Certificate)) *qtsp.Issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	return ca.MustIssue(t, qtsp.Request{Key: key, Change: func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		c.DNSNames = []string{name + ".svc.example"}
		c.URIs = []*url.URL{{Scheme: "spiffe", Host: "example", Path: "/" + name}}
		if change != nil {
			change(c)
		}
	}})
}

// root is the SHA-256 of the CA's root.
func (p *passing) root() string { return p.Accounts.CertificateAnchors()[1].SHA256 }

// names adds a certificate's name to an account.
func (p *passing) names(account, issuer, subject string) answer {
	return p.admin.call("POST", "/v1/service-accounts/"+account+"/identities",
		object{"kind": "certificate", "issuer": issuer, "subject": subject})
}

// trusts adds the public key of a certificate to an account.
func (p *passing) trusts(account string, issued *qtsp.Issued) wire.ServiceIdentity {
	var made wire.ServiceIdentity
	p.names(account, "", "spki:"+clientcert.KeyFingerprint(issued.Certificate.X509)).want(http.StatusCreated, &made)
	return made
}

func structured(ders ...[]byte) string {
	items := make([]string, len(ders))
	for i, der := range ders {
		items[i] = ":" + base64.StdEncoding.EncodeToString(der) + ":"
	}
	return strings.Join(items, ", ")
}

// passed are the headers of RFC 9440.
func passed(i *qtsp.Issued) http.Header {
	return http.Header{
		"Client-Cert":       {structured(i.Certificate.X509.Raw)},
		"Client-Cert-Chain": {structured(i.Chain...)},
	}
}

func (p *passing) client(t *testing.T, i *qtsp.Issued) *client {
	return &client{t: t, s: p.server, passed: passed(i)}
}

// account makes one that is bound to all of sandbox.
func (p *passing) account(t *testing.T, name, application string) service.Account {
	t.Helper()
	bound := []service.Binding{{ApplicationID: application, Environment: environment.Sandbox}}
	a, _ := p.ServiceBound(name, bound, access.Transport, access.Accounts)
	return a
}

func TestClientCertificateCallsAsItsAccount(t *testing.T) {
	p := newPassing(t)
	r := p.ActivateAt(stack.Institution)
	reports := p.account(t, "reports", r.ApplicationID)
	other, _ := p.ServiceBound("other", nil, access.Transport)
	ours, theirs := p.issue(t, "reports", nil), p.issue(t, "other", nil)
	identity := p.trusts(reports.ID, ours)
	p.names(other.ID, strings.ToUpper(p.root()), "uri:spiffe://example/other").want(http.StatusCreated, nil)

	var got wire.TLSRegistrations
	p.client(t, ours).call("GET", "/v1/tls", nil).want(http.StatusOK, &got)
	if len(got.Registrations) != 1 || got.Registrations[0].RegistrationID != r.ID {
		t.Errorf("reports may use %+v", got)
	}
	p.client(t, theirs).call("GET", "/v1/tls", nil).want(http.StatusOK, &got)
	if len(got.Registrations) != 0 {
		t.Errorf("the other may use %+v", got)
	}
	p.client(t, theirs).call("GET", "/v1/tls/"+r.ID, nil).refused(http.StatusNotFound, "registration_unknown")
	p.client(t, ours).call("GET", "/v1/service-accounts", nil).refused(http.StatusForbidden, "not_permitted")
	p.client(t, ours).call("GET", "/v1/tls/events?wait=0", nil).want(http.StatusOK, nil)
	keyed := p.client(t, ours)
	keyed.passed.Set("Idempotency-Key", "k")
	keyed.call("POST", "/v1/consents", object{"registration_id": r.ID}).
		refused(http.StatusUnprocessableEntity, "idempotency_key_needs_token")
	// With a token, the certificate does not count.
	both := p.client(t, ours)
	both.token = p.admin.token
	both.call("GET", "/v1/tls", nil).refused(http.StatusForbidden, "service_account_needed")

	check(t, p.Accounts.Flush(t.Context()))
	path := "/v1/service-accounts/" + reports.ID
	var now wire.ServiceAccount
	p.admin.call("GET", path, nil).want(http.StatusOK, &now)
	if len(now.Identities) != 1 || now.Identities[0].LastUsedAt == nil || now.LastUsedAt == nil {
		t.Errorf("the account is %+v", now)
	}
	p.admin.call("DELETE", path+"/identities/"+identity.ID, nil).want(http.StatusOK, nil)
	p.client(t, ours).call("GET", "/v1/tls", nil).refused(http.StatusUnauthorized, "client_certificate_unknown")
	p.client(t, theirs).call("GET", "/v1/tls", nil).want(http.StatusOK, nil)

	// What is remembered of a certificate ends with it.
	short := p.issue(t, "short", func(c *x509.Certificate) { c.NotAfter = p.Now.Add(time.Hour) })
	p.trusts(reports.ID, short)
	p.client(t, short).call("GET", "/v1/tls", nil).want(http.StatusOK, nil)
	p.Now = p.Now.Add(time.Hour + time.Second)
	p.client(t, short).call("GET", "/v1/tls", nil).refused(http.StatusUnauthorized, "client_certificate_refused")
	p.Now = p.Now.Add(-3 * time.Hour) // a clock that is set back before the certificate begins
	p.client(t, short).call("GET", "/v1/tls", nil).refused(http.StatusUnauthorized, "client_certificate_refused")
}

// Other certificates than those of a good path, and headers that no proxy writes, are nobody's.
func TestClientCertificatesThatAreRefused(t *testing.T) {
	p := newPassing(t)
	a, _ := p.ServiceBound("reports", nil, access.Transport)
	good := p.issue(t, "reports", nil)
	p.names(a.ID, p.root(), "dns:Reports.svc.example").want(http.StatusCreated, nil)
	p.client(t, good).call("GET", "/v1/tls", nil).want(http.StatusOK, nil)
	stranger, err := qtsp.New(time.Now()) // of the same names
	check(t, err)
	with := func(change func(*x509.Certificate)) http.Header { return passed(p.issue(t, "reports", change)) }
	usage := func(u ...x509.ExtKeyUsage) http.Header {
		return with(func(c *x509.Certificate) { c.ExtKeyUsage = u })
	}
	leaf := structured(good.Certificate.X509.Raw)
	for name, test := range map[string]struct {
		passed http.Header
		code   string
	}{
		"expired": {with(func(c *x509.Certificate) { c.NotAfter = p.Now.Add(-time.Minute) }), "refused"},
		"not yet": {with(func(c *x509.Certificate) { c.NotBefore = p.Now.Add(time.Minute) }), "refused"},
		"server":  {usage(x509.ExtKeyUsageServerAuth), "refused"},
		"any":     {usage(), "refused"},
		"a CA": {with(func(c *x509.Certificate) {
			c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign
		}), "refused"},
		"of a stranger":  {passed(issueBy(t, stranger, "reports", nil)), "refused"},
		"another's name": {passed(p.issue(t, "reports2", nil)), "unknown"},
		"many names": {with(func(c *x509.Certificate) {
			for range 20 {
				c.DNSNames = append(c.DNSNames, rand.Text()+".example")
			}
		}), "refused"},
		"given twice":    {http.Header{"Client-Cert": {leaf, leaf}}, "header"},
		"chain twice":    {http.Header{"Client-Cert": {leaf}, "Client-Cert-Chain": {leaf, leaf}}, "header"},
		"a chain alone":  {http.Header{"Client-Cert-Chain": {leaf}}, "header"},
		"empty":          {http.Header{"Client-Cert": {""}}, "header"},
		"two in one":     {http.Header{"Client-Cert": {leaf + ", " + leaf}}, "header"},
		"no base64":      {http.Header{"Client-Cert": {":" + strings.Repeat("%", 40) + ":"}}, "header"},
		"no certificate": {http.Header{"Client-Cert": {structured([]byte("x"))}}, "header"},
		"a parameter":    {http.Header{"Client-Cert": {leaf + ";a=1"}}, "header"},
		"too large": {http.Header{"Client-Cert": {leaf}, "Client-Cert-Chain": {
			structured([]byte(strings.Repeat("x", 13000)))}}, "header"},
		"too many": {http.Header{"Client-Cert": {leaf}, "Client-Cert-Chain": {
			structured(good.Chain[0], good.Chain[0], good.Chain[0], good.Chain[0], good.Chain[0])}}, "header"},
		"without an anchor": {http.Header{"Client-Cert": {structured(stranger.Root().Raw)}}, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			c := &client{t: t, s: p.server, passed: test.passed}
			c.call("GET", "/v1/tls", nil).refused(http.StatusUnauthorized, "client_certificate_"+test.code)
		})
	}
	denied := p.Audit.Denied()
	(&client{t: t, s: p.server}).call("GET", "/v1/tls", nil).refused(http.StatusUnauthorized, "token_missing")
	if denied < 15 {
		t.Errorf("%d refusals were counted", denied)
	}
}

// Nobody but a proxy of ours is believed: not who connects from elsewhere, whatever they say of themselves.
func TestClientCertificateFromOutside(t *testing.T) {
	p := newPassingFrom(t, clientcert.RFC9440, netip.MustParsePrefix("10.1.2.0/24"))
	a, token := p.ServiceBound("reports", nil, access.Transport)
	ours := p.issue(t, "reports", nil)
	p.trusts(a.ID, ours)
	thief := p.client(t, ours)
	thief.passed.Set("X-Forwarded-For", "10.1.2.3")
	thief.passed.Set("Forwarded", "for=10.1.2.3")
	thief.call("GET", "/v1/tls", nil).refused(http.StatusUnauthorized, "client_certificate_proxy")
	thief.token = token.Reveal()
	thief.call("GET", "/v1/tls", nil).want(http.StatusOK, nil)
}

func TestCertificatesOfAccountsThatAreRefused(t *testing.T) {
	p := newPassing(t)
	a, _ := p.ServiceBound("reports", nil, access.Transport)
	b, _ := p.ServiceBound("other", nil, access.Transport)
	ours := p.issue(t, "reports", nil)
	key := "spki:" + clientcert.KeyFingerprint(ours.Certificate.X509)
	good := object{"kind": "certificate", "issuer": p.root(), "subject": "uri:spiffe://example/reports"}
	for _, change := range []object{
		{"subject": "uri:spiffe"}, {"subject": "uri:spiffe://example/*"}, {"subject": "dns:"}, {"subject": "cn:x"},
		{"subject": "dns:*.example"}, {"subject": "dns:a b"}, {"subject": key[:60]}, {"audience": "x"},
		{"claims": object{"a": "b"}}, {"subject": "spki:" + strings.Repeat("z", 64)},
	} {
		in := maps.Clone(good)
		maps.Copy(in, change)
		p.admin.call("POST", "/v1/service-accounts/"+a.ID+"/identities", in).
			refused(http.StatusUnprocessableEntity, "client_certificate_subject")
	}
	p.names(a.ID, "", "dns:reports.svc.example").refused(http.StatusUnprocessableEntity, "client_certificate_anchor")
	p.names(a.ID, strings.Repeat("ab", 32), key).refused(http.StatusUnprocessableEntity, "client_certificate_anchor")
	p.names(a.ID, p.root(), key).want(http.StatusCreated, nil)
	p.names(b.ID, "", key).refused(http.StatusConflict, "client_certificate_taken")
	p.names(b.ID, p.root(), "dns:reports.svc.example").want(http.StatusCreated, nil)
	// Its key is one account's and its name another's: then it is nobody's.
	p.client(t, ours).call("GET", "/v1/tls", nil).refused(http.StatusUnauthorized, "client_certificate_ambiguous")
	s := serve(t)
	c, _ := s.ServiceBound("reports", nil, access.Transport)
	s.as(t, "Root", access.Admin).call("POST", "/v1/service-accounts/"+c.ID+"/identities",
		object{"kind": "certificate", "issuer": "", "subject": key}).
		refused(http.StatusConflict, "client_certificates_off")
}

// escapedPEM is a certificate as nginx and Envoy write it.
func escapedPEM(i *qtsp.Issued) string {
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.Certificate.X509.Raw})
	return strings.ReplaceAll(url.QueryEscape(string(text)), "+", "%20")
}

// Envoy's header, as it writes it with SANITIZE_SET; two elements are what somebody before it has said. It does not
// quote the names of the client's certificate, so that one of them can look like another certificate.
func TestCertificateInEnvoysHeader(t *testing.T) {
	p := newPassingFrom(t, clientcert.Envoy, loopback)
	a, _ := p.ServiceBound("reports", nil, access.Transport)
	ours, others := p.issue(t, "reports", nil), p.issue(t, "others", nil)
	p.trusts(a.ID, ours)
	one, other := escapedPEM(ours), escapedPEM(others)
	chained := func(i *qtsp.Issued) string {
		return strings.ReplaceAll(url.QueryEscape(string(i.CertificatePEM())), "+", "%20")
	}
	hashed := func(i *qtsp.Issued) string {
		sum := sha256.Sum256(i.Certificate.X509.Raw)
		return "Hash=" + hex.EncodeToString(sum[:]) + ";"
	}
	const names = `Subject="CN=\"a, b;c\"";URI=spiffe://example/reports`
	cert, chain := `Cert="`+one+`";`, `Chain="`+chained(ours)+`";`
	element := `By=spiffe://example/front;` + hashed(ours) + cert + chain + names
	call := func(text string) answer {
		c := &client{t: t, s: p.server, passed: http.Header{"X-Forwarded-Client-Cert": {text}}}
		return c.call("GET", "/v1/tls", nil)
	}
	for _, good := range []string{element, hashed(ours) + cert + names, hashed(ours) + chain + names} {
		call(good).want(http.StatusOK, nil)
	}
	theirs := hashed(others) + `Cert="` + other + `";` // of a client that would be ours
	for _, text := range []string{
		element + "," + element, `Hash=ab,` + element, hashed(ours) + cert + cert, hashed(ours) + `Cert="` + one,
		"Hash=ab", "x", `Hash="a"b;` + element,
		cert + chain + names, hashed(ours), "Hash=ab;" + cert, hashed(ours) + hashed(ours) + cert,
		theirs + "URI=spiffe://x/;Chain=" + chained(ours),
		theirs + "URI=spiffe://x/;" + hashed(ours) + "Chain=" + chained(ours),
		hashed(others) + "URI=spiffe://x/;Cert=" + one, hashed(others) + "DNS=x;Chain=" + chained(ours),
		hashed(ours) + `Cert="` + other + `";` + chain,
	} {
		call(text).refused(http.StatusUnauthorized, "client_certificate_header")
	}
}
