package connector_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/certstest"
	"github.com/sealkeeper/sealkeeper/connector"
)

// BenchmarkMTLSGet compares one GET over a warm connection through the
// connector's client with the same through a bare one. Read the two of one
// run against each other; alone they say little.
func BenchmarkMTLSGet(b *testing.B) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
		server := mtlsServer(b, func(s *httptest.Server) { s.EnableHTTP2 = protocol == "HTTP/2" })
		qwac := issue(b, certstest.Request{Kind: certs.QWAC})
		b.Run(protocol+"/connector", func(b *testing.B) { getRepeatedly(b, httpClient(b, qwac.Source()).Client(), server.URL) })
		b.Run(protocol+"/bare", func(b *testing.B) { getRepeatedly(b, bareClient(b, qwac), server.URL) })
	}
}

func bareClient(b *testing.B, qwac *certstest.Issued) *http.Client {
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{
			RootCAs: certstest.Must(b).Pool(), Certificates: []tls.Certificate{*qwac.Identity().TLS()},
		},
		MaxIdleConnsPerHost: 16,
		ForceAttemptHTTP2:   true,
	}
	b.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func getRepeatedly(b *testing.B, client *http.Client, url string) {
	get(b, client, url) // the handshake is not what is measured
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			response, err := client.Get(url)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
	})
}

// BenchmarkSign is dominated by the RSA operation.
func BenchmarkSign(b *testing.B) {
	seal := issue(b, certstest.Request{Kind: certs.QSealC})
	signer := connector.NewSigner(connector.SocieteGenerale().Signature, seal.Source(), "https://tpp.example", clientID)
	req := request(b, http.MethodGet, "")
	b.ReportAllocs()
	for b.Loop() {
		if err := signer.Sign(b.Context(), req, nil, connector.AIS); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAccounts is the whole signed call against the simulated bank.
func BenchmarkAccounts(b *testing.B) {
	client := newSetup(b, "pri").client(b)
	token := consent(b, client)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Accounts(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}
