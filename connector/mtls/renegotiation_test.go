package mtls_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/required"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

// TestRenegotiation: a bank that asks for the certificate when it has read the request, as web servers with a rule
// per path do. crypto/tls has no such server, so this one is OpenSSL's.
func TestRenegotiation(t *testing.T) {
	qwac := tpp.Issue(t, qtsp.Request{Kind: certs.QWAC})
	for name, test := range map[string]struct {
		on    bool
		probe bool
		code  string
	}{
		"request":      {on: true},
		"request, off": {code: "bank_renegotiates"},
		"probe":        {on: true, probe: true},
		"probe, off":   {probe: true, code: "certificate_not_requested"},
	} {
		t.Run(name, func(t *testing.T) {
			host, saw := renegotiating(t)
			settings := settingsOf(t)
			settings.Renegotiation = test.on
			client, err := mtls.New(qwac.Source(), settings)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			presented, err := reach(t, client, host, test.probe)
			if tpp.FaultCode(err) != test.code {
				t.Fatalf("%v, want the code %q", err, test.code)
			}
			if test.code != "" {
				if !strings.Contains(err.Error(), "connection.renegotiation") {
					t.Errorf("it does not say what to do: %v", err)
				}
				return
			}
			if presented != qwac.Certificate.SHA256 {
				t.Errorf("presented %q, want %q", presented, qwac.Certificate.SHA256)
			}
			if got := <-saw; !strings.Contains(got, "PSDFR-ACPR-12345") {
				t.Errorf("the bank saw %q", got)
			}
		})
	}
}

// TestRenegotiationThatNobodyAsksFor: a server that never asks is not taken for the bank's.
func TestRenegotiationThatNobodyAsksFor(t *testing.T) {
	server := tpp.Server(t, func(s *httptest.Server) {
		s.TLS.ClientAuth = tls.NoClientCert
		s.Config.Handler = http.NotFoundHandler()
	})
	settings := settingsOf(t)
	settings.Renegotiation = true
	got := mtls.Probe(t.Context(), tpp.Issue(t, qtsp.Request{Kind: certs.QWAC}).Source(), settings,
		strings.TrimPrefix(server.URL, "https://"), "/psd2")
	if got.OK || tpp.FaultCode(got.Err) != "certificate_not_requested" || got.TLSVersion != "TLS 1.2" {
		t.Errorf("%+v", got)
	}
}

// reach probes the host or sends it a request, and returns what was presented to it.
func reach(t *testing.T, client *mtls.Client, host string, probe bool) (presented string, err error) {
	t.Helper()
	if probe {
		got := client.Probe(t.Context(), host, "/psd2")
		return got.Presented, got.Err
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+host+"/psd2", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Send(request)
	if err != nil {
		return "", err
	}
	if string(answer.Body) != "ok\n" {
		t.Errorf("answered %q", answer.Body)
	}
	return client.Presented()[host], nil
}

// renegotiating is OpenSSL's s_server for one connection. It asks for a certificate once it has read a request, sends
// what it learns of that to saw, and only then answers.
func renegotiating(t *testing.T) (host string, saw <-chan string) {
	t.Helper()
	openssl := required.Program(t, "openssl")
	dir := t.TempDir()
	certificate, roots := filepath.Join(dir, "server.pem"), filepath.Join(dir, "roots.pem")
	writeServer(t, certificate)
	if err := os.WriteFile(roots, []byte(strings.Join(tpp.Anchors(qtsp.Must(t)), "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), openssl, "s_server", "-accept", "127.0.0.1:0", "-naccept", "1",
		"-tls1_2", "-cert", certificate, "-cert_chain", certificate, "-key", certificate, "-CAfile", roots)
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stderr = command.Stdout // where verified certificates are named
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill() // it may have ended
		_ = command.Wait()
	})
	listening, seen := make(chan string, 1), make(chan string, 1)
	go converse(output, input, listening, seen)
	return <-listening, seen
}

// converse is the bank: R has s_server ask for a certificate.
func converse(output io.Reader, input io.Writer, listening, saw chan<- string) {
	defer close(saw)
	defer close(listening)
	lines, asked := bufio.NewScanner(output), false
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		switch {
		case strings.HasPrefix(line, "ACCEPT "):
			listening <- strings.TrimPrefix(line, "ACCEPT ")
		case strings.HasPrefix(line, "Host: ") && !asked:
			asked = true
			_, _ = io.WriteString(input, "R\n")
		case strings.HasPrefix(line, "depth=0 "):
			saw <- line
			_, _ = io.WriteString(input, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n")
		}
	}
}

// writeServer writes the certificates and the key of a server.
func writeServer(t *testing.T, file string) {
	t.Helper()
	server, err := qtsp.Must(t).ServerCertificate("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(server.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	for _, der := range server.Certificate {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
