package main

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// clientIssue is what a connector service pays each time it asks for its client.
func clientIssue(b *testing.B) []figure {
	s := stack.New(loud{b})
	r := s.Activate()
	ask := func() error {
		_, err := s.Issuer.Client(b.Context(), stack.Connector, r.ID)
		return err
	}
	const calls, rounds = 200_000, 21
	timed(b, 1, calls, ask) // the first call is the cold one
	each := make([]float64, rounds)
	for i := range each {
		each[i] = float64(timed(b, 1, calls, ask).Nanoseconds()) / calls
	}
	slices.Sort(each)
	return []figure{below("client_issue_warm", each[rounds/2], "ns", 1000)}
}

// mutualTLS compares GETs through an issued client with a bare http.Client
// that holds the same key in memory.
func mutualTLS(b *testing.B) []figure {
	s := stack.New(loud{b})
	qwac := s.QTSP.MustIssue(loud{b}, qtsp.Request{})
	server := mutualServer(b, s.QTSP)
	r := s.ActivateWith(qwac, s.QTSP.MustIssue(loud{b}, qtsp.Request{Kind: certs.QSealC}))
	client, err := s.Issuer.Client(b.Context(), stack.Connector, r.ID)
	if err != nil {
		loud{b}.Fatal(err)
	}
	bare := bareClient(s.QTSP, qwac)
	ratio := throughput(b, 31, 4, 250, getter(b, client.HTTPClient(), server.URL), getter(b, bare, server.URL))
	return []figure{atLeast("mtls_get_vs_bare_client", ratio, 0.95)}
}

// bareClient is what the standard library offers, with the bounds of ours.
func bareClient(issuing *qtsp.QTSP, qwac *qtsp.Issued) *http.Client {
	return &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			ForceAttemptHTTP2:   true,
			MaxConnsPerHost:     16,
			MaxIdleConnsPerHost: 16,
			TLSClientConfig: &tls.Config{
				RootCAs:      issuing.Pool(),
				Certificates: []tls.Certificate{*qwac.Identity().TLS()},
				MinVersion:   tls.VersionTLS12,
			},
		},
	}
}

// mutualServer answers 1 KB to whoever presents a certificate of the QTSP.
func mutualServer(b *testing.B, issuing *qtsp.QTSP) *httptest.Server {
	certificate, err := issuing.ServerCertificate("127.0.0.1")
	if err != nil {
		loud{b}.Fatal(err)
	}
	body := make([]byte, 1024)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(body)
	}))
	server.TLS = &tls.Config{
		Certificates: []tls.Certificate{certificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    issuing.Pool(),
		MinVersion:   tls.VersionTLS12,
	}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	b.Cleanup(server.Close)
	return server
}

func getter(b *testing.B, client *http.Client, url string) func() error {
	return func() error {
		request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		return discard(client.Do(request))
	}
}
