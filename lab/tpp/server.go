package tpp

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Server asks for any client certificate and answers with what it saw:
// fingerprint, protocol, whether the session was resumed. A test may change it
// before it starts.
func Server(t testing.TB, change func(*httptest.Server)) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		certificate, err := certs.ParseCertificate(r.TLS.PeerCertificates[0].Raw)
		if err != nil {
			t.Error(err)
		}
		resumed := "full"
		if r.TLS.DidResume {
			resumed = "resumed"
		}
		_, _ = io.WriteString(w, certificate.SHA256+" "+r.Proto+" "+resumed)
	}))
	certificate, err := qtsp.Must(t).ServerCertificate("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{
		Certificates: []tls.Certificate{certificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    qtsp.Must(t).Pool(),
	}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	if change != nil {
		change(server)
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// Answering is a client of a bank that answers every request with handler.
func Answering(t testing.TB, handler http.HandlerFunc, change ...func(*connector.Profile)) *connector.Client {
	t.Helper()
	server := Server(t, func(s *httptest.Server) { s.Config.Handler = handler })
	config := Config(t, server.URL)
	config.Profile.Connection.MaxResponseBytes = 16 << 10
	config.Profile.MaxPages = 5
	for _, f := range change {
		f(&config.Profile)
	}
	return Client(t, config)
}

// Saying answers with a status, a header ("Name: value", or none) and a body.
func Saying(status int, header, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// SomeToken is a token for a bank that does not look at it.
var SomeToken = &oauth.Token{Access: secret.NewTextString("access-token-0123456789")}
