package connector_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

func TestProbe(t *testing.T) {
	issuing := qtsp.Must(t)
	good := issue(t, qtsp.Request{Kind: certs.QWAC})
	expired := issue(t, qtsp.Request{
		Kind:      certs.QWAC,
		NotBefore: time.Now().AddDate(0, -6, 0),
		NotAfter:  time.Now().Add(-time.Hour),
	})
	foreign := selfSigned(t)

	tests := []struct {
		name   string
		source certs.Source
		server func(*httptest.Server)
		want   connector.ProbeResult // Host, Server and Err are looked at apart
		says   string                // in the summary
	}{
		{"accepted", good.Source(), nil,
			connector.ProbeResult{
				OK:                   true,
				CertificateRequested: true,
				AcceptableIssuers:    1,
				IssuerAcceptable:     true,
				Presented:            good.Certificate.SHA256,
			}, "accepted the transport certificate"},
		{"accepted without tickets", good.Source(), func(s *httptest.Server) { s.TLS.SessionTicketsDisabled = true },
			connector.ProbeResult{
				OK:                   true,
				CertificateRequested: true,
				AcceptableIssuers:    1,
				IssuerAcceptable:     true,
				Presented:            good.Certificate.SHA256,
			}, "accepted the transport certificate"},
		{"not asked", good.Source(), func(s *httptest.Server) { s.TLS.ClientAuth = tls.NoClientCert },
			connector.ProbeResult{}, "did not ask for a client certificate"},
		{"expired", expired.Source(), nil,
			connector.ProbeResult{
				CertificateRequested: true,
				AcceptableIssuers:    1,
				IssuerAcceptable:     true,
				Presented:            expired.Certificate.SHA256,
				Alert:                "certificate_expired",
			}, "renewed QWAC"},
		{"unknown issuer", foreign, nil,
			connector.ProbeResult{
				CertificateRequested: true,
				AcceptableIssuers:    1,
				Presented:            foreign.current.Load().Certificate.SHA256,
				Alert:                "unknown_ca",
			}, "does not know the issuer"},
		{"taken though its issuer is not named", foreign, func(s *httptest.Server) {
			s.TLS.ClientAuth = tls.RequireAnyClientCert
		},
			connector.ProbeResult{
				OK:                   true,
				CertificateRequested: true,
				AcceptableIssuers:    1,
				Presented:            foreign.current.Load().Certificate.SHA256,
			}, "not among those it names"},
		{"source has nothing", nothing{}, nil,
			connector.ProbeResult{CertificateRequested: true, AcceptableIssuers: 1}, "No transport certificate " +
				"(QWAC) is available"},
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, test := range tests {
			t.Run(tls.VersionName(version)+" "+test.name, func(t *testing.T) {
				server := mtlsServer(t, func(s *httptest.Server) {
					s.TLS.MaxVersion = version
					if test.server != nil {
						test.server(s)
					}
				})
				host := strings.TrimPrefix(server.URL, "https://")
				connection := connector.SocieteGenerale().Connection
				connection.TrustAnchors = (&setup{qtsp: issuing}).anchors()
				start := time.Now()
				got := connector.Probe(t.Context(), test.source, connection, host)
				if took := time.Since(start); test.name == "accepted" && took >= time.Second {
					t.Errorf("took %v: the session ticket should have ended the wait", took)
				}

				if got.Host != host || len(got.Server) != 2 || !strings.Contains(got.Server[0].Subject,
					"Simulated server") {
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
				got.Host, got.Summary, got.TLSVersion, got.Server, got.Err = "", "", "", nil, nil
				if !equal(got, test.want) {
					t.Errorf("got  %+v\nwant %+v", got, test.want)
				}
			})
		}
	}
}

// selfSigned is a certificate whose issuer no server names.
func selfSigned(t *testing.T) *identities {
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
	source := &identities{}
	source.current.Store(&certs.Identity{Certificate: certificate, Signer: key})
	return source
}

func equal(a, b connector.ProbeResult) bool {
	return a.OK == b.OK && a.CertificateRequested == b.CertificateRequested &&
		a.AcceptableIssuers == b.AcceptableIssuers &&
		a.IssuerAcceptable == b.IssuerAcceptable && a.Presented == b.Presented && a.Alert == b.Alert
}

func TestProbeOfTheWrongServer(t *testing.T) {
	server := mtlsServer(t, nil)
	host := strings.TrimPrefix(server.URL, "https://")
	got := connector.Probe(t.Context(), issue(t, qtsp.Request{}).Source(), connector.SocieteGenerale().Connection, host)
	if faultCode(got.Err) != "bank_certificate_untrusted" || got.Presented != "" || len(got.Server) == 0 {
		t.Errorf("got %+v", got)
	}
}

func TestProbeOfNobody(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	got := connector.Probe(t.Context(), nothing{}, connector.SocieteGenerale().Connection, listener.Addr().String())
	if got.OK || faultCode(got.Err) != "bank_unreachable" {
		t.Errorf("got %+v", got)
	}
}

func TestProbeOfTheBank(t *testing.T) {
	s := newSetup(t, "pri")
	results := s.client(t).Probe(t.Context())
	if len(results) != 1 || !results[0].OK { // one host serves tokens and APIs
		t.Errorf("got %+v", results)
	}
	s.config.Transport = s.qsealc.Source()
	results = s.client(t).Probe(t.Context())
	if len(results) != 1 || results[0].OK || results[0].Alert != "bad_certificate" {
		t.Errorf("with a QSealC: %+v", results)
	}
	for path, n := range s.bank.Seen().Requests {
		t.Errorf("a probe made %d requests to %s", n, path)
	}
}
