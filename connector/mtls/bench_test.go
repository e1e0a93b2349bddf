package mtls_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

// BenchmarkMTLSGet compares GETs over a warm connection through the
// connector's client with the same through a bare one that holds the same
// key, and through a bare one that has time-outs as well. They take turns, so
// that a busy machine slows all alike; a ratio is the connector's throughput
// over the other's.
func BenchmarkMTLSGet(b *testing.B) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
		b.Run(protocol, func(b *testing.B) {
			server := tpp.Server(b, func(s *httptest.Server) {
				s.EnableHTTP2 = protocol == "HTTP/2"
				s.Config.Handler = tpp.Saying(http.StatusOK, "", `{"accounts":[]}`)
			})
			qwac := tpp.Issue(b, qtsp.Request{Kind: certs.QWAC})
			clients := []*http.Client{
				newClient(b, qwac.Source()).HTTPClient(),
				bareClient(b, qwac, 0),
				bareClient(b, qwac, 30*time.Second),
			}
			for _, client := range clients {
				get(b, client, server.URL) // the handshake is not what is measured
			}
			took := make([]time.Duration, len(clients))
			for b.Loop() {
				for i, client := range clients {
					start := time.Now()
					for range batch {
						get(b, client, server.URL)
					}
					took[i] += time.Since(start)
				}
			}
			b.ReportMetric(float64(took[0].Nanoseconds())/float64(batch*b.N), "ns/get")
			b.ReportMetric(float64(took[1])/float64(took[0]), "ratio-to-bare")
			b.ReportMetric(float64(took[2])/float64(took[0]), "ratio-to-bounded")
		})
	}
}

const batch = 20

func bareClient(b *testing.B, qwac *qtsp.Issued, timeout time.Duration) *http.Client {
	b.Helper()
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{
			RootCAs:      qtsp.Must(b).Pool(),
			Certificates: []tls.Certificate{*qwac.Identity().TLS()},
		},
		ForceAttemptHTTP2: true,
		IdleConnTimeout:   timeout,
	}
	b.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: timeout}
}
