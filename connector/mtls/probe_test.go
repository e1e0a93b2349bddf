package mtls_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

// probing is a handshake with a server and what it shows.
type probing struct {
	name   string
	source certs.Source
	server func(*httptest.Server)
	want   mtls.ProbeResult // Host, Server and Err are looked at apart
	says   string           // in the summary
}

func probings(t *testing.T) []probing {
	good := tpp.Issue(t, qtsp.Request{Kind: certs.QWAC})
	expired := tpp.Issue(t, qtsp.Request{
		Kind:      certs.QWAC,
		NotBefore: time.Now().AddDate(0, -6, 0),
		NotAfter:  time.Now().Add(-time.Hour),
	})
	foreign := selfSigned(t)
	return []probing{
		{"accepted", good.Source(), nil,
			mtls.ProbeResult{
				OK:                   true,
				CertificateRequested: true,
				AcceptableIssuers:    1,
				IssuerAcceptable:     true,
				Presented:            good.Certificate.SHA256,
			}, "accepted the transport certificate"},
		{"accepted without tickets", good.Source(), func(s *httptest.Server) { s.TLS.SessionTicketsDisabled = true },
			mtls.ProbeResult{
				OK:                   true,
				CertificateRequested: true,
				AcceptableIssuers:    1,
				IssuerAcceptable:     true,
				Presented:            good.Certificate.SHA256,
			}, "accepted the transport certificate"},
		{"not asked", good.Source(), func(s *httptest.Server) { s.TLS.ClientAuth = tls.NoClientCert },
			mtls.ProbeResult{}, "did not ask for a client certificate"},
		{"expired", expired.Source(), nil,
			mtls.ProbeResult{
				CertificateRequested: true,
				AcceptableIssuers:    1,
				IssuerAcceptable:     true,
				Presented:            expired.Certificate.SHA256,
				Alert:                "certificate_expired",
			}, "renewed QWAC"},
		{"unknown issuer", tpp.HoldingIdentity(foreign), nil,
			mtls.ProbeResult{
				CertificateRequested: true,
				AcceptableIssuers:    1,
				Presented:            foreign.Certificate.SHA256,
				Alert:                "unknown_ca",
			}, "complete the chain"},
		{"taken though its issuer is not named", tpp.HoldingIdentity(foreign), func(s *httptest.Server) {
			s.TLS.ClientAuth = tls.RequireAnyClientCert
		},
			mtls.ProbeResult{
				OK:                   true,
				CertificateRequested: true,
				AcceptableIssuers:    1,
				Presented:            foreign.Certificate.SHA256,
			}, "not among those it names"},
		{"source has nothing", tpp.Nothing{}, nil,
			mtls.ProbeResult{CertificateRequested: true, AcceptableIssuers: 1}, "No transport certificate " +
				"(QWAC) is available"},
	}
}

func TestProbe(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, test := range probings(t) {
			t.Run(tls.VersionName(version)+" "+test.name, func(t *testing.T) { test.run(t, version) })
		}
	}
}

func (test probing) run(t *testing.T, version uint16) {
	server := tpp.Server(t, func(s *httptest.Server) {
		s.TLS.MaxVersion = version
		if test.server != nil {
			test.server(s)
		}
	})
	host := strings.TrimPrefix(server.URL, "https://")
	settings := settingsOf(t)
	start := time.Now()
	got := mtls.Probe(t.Context(), test.source, settings, host, "/")
	if took := time.Since(start); test.name == "accepted" && took >= time.Second {
		t.Errorf("took %v: the session ticket should have ended the wait", took)
	}
	if got.Host != host || len(got.Server) != 2 || !strings.Contains(got.Server[0].Subject, "Simulated server") {
		t.Errorf("server: %s %+v", got.Host, got.Server)
	}
	if got.OK != (got.Err == nil) || (got.OK && got.TLSVersion != tls.VersionName(version)) {
		t.Errorf("OK %v, version %q, error %v", got.OK, got.TLSVersion, got.Err)
	}
	if !strings.Contains(got.Summary, test.says) {
		t.Errorf("summary %q does not say %q", got.Summary, test.says)
	}
	if len(got.IssuerNames) != got.AcceptableIssuers ||
		(len(got.IssuerNames) > 0 && !strings.Contains(got.IssuerNames[0], "CN=")) {
		t.Errorf("issuers: %v", got.IssuerNames)
	}
	if !equal(got, test.want) {
		t.Errorf("got  %+v\nwant %+v", got, test.want)
	}
}

// selfSigned is a certificate whose issuer no server names.
func selfSigned(t *testing.T) *certs.Identity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "Nobody"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := certs.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &certs.Identity{Certificate: certificate, Signer: key}
}

func equal(a, b mtls.ProbeResult) bool {
	return a.OK == b.OK && a.CertificateRequested == b.CertificateRequested &&
		a.AcceptableIssuers == b.AcceptableIssuers &&
		a.IssuerAcceptable == b.IssuerAcceptable && a.Presented == b.Presented && a.Alert == b.Alert
}

func TestProbeOfTheWrongServer(t *testing.T) {
	server := tpp.Server(t, nil)
	host := strings.TrimPrefix(server.URL, "https://")
	got := mtls.Probe(t.Context(), tpp.Issue(t, qtsp.Request{}).Source(), mtls.Defaults(), host, "/")
	if tpp.FaultCode(got.Err) != "bank_certificate_untrusted" || got.Presented != "" || len(got.Server) == 0 {
		t.Errorf("got %+v", got)
	}
}

func TestProbeOfNobody(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	got := mtls.Probe(t.Context(), tpp.Nothing{}, mtls.Defaults(), listener.Addr().String(), "/")
	if got.OK || tpp.FaultCode(got.Err) != "bank_unreachable" {
		t.Errorf("got %+v", got)
	}
}

func TestProbeOfTheBank(t *testing.T) {
	s := tpp.New(t, "pri")
	results := s.Client(t).Probe(t.Context())
	if len(results) != 1 || !results[0].OK { // one host serves tokens and APIs
		t.Errorf("got %+v", results)
	}
	s.Config.Transport = s.QSealC.Source()
	results = s.Client(t).Probe(t.Context())
	if len(results) != 1 || results[0].OK || results[0].Alert != "bad_certificate" {
		t.Errorf("with a QSealC: %+v", results)
	}
	for path, n := range s.Bank.Traffic().Requests {
		t.Errorf("a probe made %d requests to %s", n, path)
	}
}

// TestCertificateThatIsNotForClients: what the server does not say is in the certificate.
func TestCertificateThatIsNotForClients(t *testing.T) {
	for name, test := range map[string]struct {
		usages []x509.ExtKeyUsage
		client bool
		want   string
	}{
		"serverAuth alone": {[]x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, true, "qwac_not_for_clients"},
		"with clientAuth": {
			[]x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, false, "tls_refused",
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := tpp.Server(t, func(s *httptest.Server) {
				if !test.client {
					s.TLS.ClientCAs = x509.NewCertPool() // refused for another reason
				}
			})
			issued := qtsp.Must(t).MustIssue(t, qtsp.Request{Change: func(c *x509.Certificate) {
				c.ExtKeyUsage = test.usages
			}})
			client := newClient(t, issued.Source())
			got := client.Probe(t.Context(), strings.TrimPrefix(server.URL, "https://"), "/")
			if tpp.FaultCode(got.Err) != test.want || got.Alert == "" {
				t.Errorf("probe: %+v", got)
			}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.Send(req); tpp.FaultCode(err) != test.want {
				t.Errorf("call: %v", err)
			}
		})
	}
}
