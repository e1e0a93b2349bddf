package api_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	sealkeeper "github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/clientcert"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/required"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// front is nginx before an API, as docs/services.md has it; its CA is not nginx's business here, so that what the
// API itself refuses is seen.
type front struct {
	*passing
	t      *testing.T
	folder string
	url    string
}

func newFront(t *testing.T) *front {
	t.Helper()
	program := required.Program(t, "nginx")
	f := &front{passing: newPassingFrom(t, clientcert.NGINX, loopback), t: t, folder: t.TempDir()}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // of a test
	check(t, err)
	address := listener.Addr().String()
	check(t, listener.Close())
	own, err := f.ca.ServerCertificate("127.0.0.1")
	check(t, err)
	f.write("own", own)
	conf := filepath.Join(f.folder, "nginx.conf")
	check(t, os.WriteFile(conf, fmt.Appendf(nil, `pid %[1]s/nginx.pid;
daemon off;
error_log stderr warn;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	server {
		listen %[2]s ssl http2;
		ssl_certificate %[1]s/own.pem;
		ssl_certificate_key %[1]s/own.key;
		ssl_verify_client optional_no_ca;
		location / {
			proxy_pass %[3]s;
			proxy_set_header X-Client-Cert $ssl_client_escaped_cert;
		}
	}
}
`, f.folder, address, f.server.url), 0o600))
	server := exec.CommandContext(t.Context(), program, "-p", f.folder, "-c", conf)
	var said bytes.Buffer
	server.Stdout, server.Stderr = &said, &said
	server.Cancel = func() error { return server.Process.Signal(syscall.SIGTERM) }
	check(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait()
		if t.Failed() {
			t.Logf("nginx says %s", said.String())
		}
	})
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil { //nolint:noctx // of a test
			check(t, c.Close())
			break
		} else if time.Now().After(end) {
			t.Fatal("nginx does not listen")
		}
	}
	f.url = "https://" + address
	return f
}

// write puts a certificate and its key into files, as what renews them does.
func (f *front) write(name string, pair tls.Certificate) (certificate, key string) {
	f.t.Helper()
	var chain bytes.Buffer
	for _, der := range pair.Certificate {
		check(f.t, pem.Encode(&chain, &pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	check(f.t, err)
	certificate, key = filepath.Join(f.folder, name+".pem"), filepath.Join(f.folder, name+".key")
	check(f.t, os.WriteFile(certificate, chain.Bytes(), 0o600))
	check(f.t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	return certificate, key
}

func pairOf(t *testing.T, i *qtsp.Issued) tls.Certificate {
	t.Helper()
	key, ok := i.Key.Signer().(*ecdsa.PrivateKey)
	if !ok {
		t.Fatalf("the key is a %T", i.Key.Signer())
	}
	return tls.Certificate{Certificate: [][]byte{i.Certificate.X509.Raw}, PrivateKey: key}
}

// program is one that presents a certificate from files.
func (f *front) program(certificate, key string) *sealkeeper.Client {
	f.t.Helper()
	c, err := sealkeeper.New(sealkeeper.Config{
		URL:                  f.url,
		GetClientCertificate: sealkeeper.CertificateFiles(certificate, key),
		HTTPClient: &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: f.ca.Pool(), MinVersion: tls.VersionTLS12},
		}},
	})
	check(f.t, err)
	return c
}

// asks says with what code the list of registrations is refused to who has the certificate; "" if it is not.
func (f *front) asks(i *qtsp.Issued) string {
	f.t.Helper()
	_, err := f.program(f.write("asks", pairOf(f.t, i))).ListTLS(f.t.Context())
	if err == nil {
		return ""
	}
	code := fault.Code(err)
	return code
}

// The way of a client certificate through nginx of Debian, with package client.
func TestClientCertificateThroughNginx(t *testing.T) {
	f := newFront(t)
	r := f.ActivateAt(stack.Institution)
	reports := f.account(t, "reports", r.ApplicationID)
	other, _ := f.ServiceBound("other", nil, access.Transport)
	first, theirs := f.issue(t, "reports", nil), f.issue(t, "other", nil)
	identity := f.trusts(reports.ID, first)
	f.names(other.ID, f.root(), "dns:other.svc.example").want(http.StatusCreated, nil)

	certificate, key := f.write("first", pairOf(t, first))
	program := f.program(certificate, key)
	lists := func(c *sealkeeper.Client, want int) {
		t.Helper()
		got, err := c.ListTLS(t.Context())
		check(t, err)
		if len(got.Registrations) != want {
			t.Errorf("may use %+v", got)
		}
	}
	lists(program, 1)
	lists(f.program(f.write("theirs", pairOf(t, theirs))), 0)
	stranger, err := qtsp.New(time.Now())
	check(t, err)
	for name, test := range map[string]struct {
		issued *qtsp.Issued
		want   string
	}{
		"expired": {f.issue(t, "other", func(c *x509.Certificate) {
			c.NotAfter = f.Now.Add(-time.Minute)
		}), "answer_unexpected"},
		"stranger": {issueBy(t, stranger, "other", nil), "client_certificate_refused"},
		"server": {f.issue(t, "other", func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		}), "client_certificate_refused"},
		"unknown": {f.issue(t, "nobody", nil), "client_certificate_unknown"},
	} {
		if code := f.asks(test.issued); code != test.want {
			t.Errorf("%s: refused with %q", name, code)
		}
	}

	// What a client says of itself in the header, nginx replaces.
	nobody := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: f.ca.Pool(), MinVersion: tls.VersionTLS12},
	}}
	forged, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+"/v1/tls", nil)
	check(t, err)
	forged.Header.Set("X-Client-Cert", escapedPEM(first))
	response, err := nobody.Do(forged)
	check(t, err)
	check(t, response.Body.Close())
	if response.StatusCode != http.StatusUnauthorized {
		t.Errorf("a forged header is answered %d", response.StatusCode)
	}
	direct := &client{t: t, s: f.server, passed: http.Header{"X-Client-Cert": {escapedPEM(first)}}}
	direct.call("GET", "/v1/tls", nil).want(http.StatusOK, nil) // it is right, but for who sends it

	// A stream, a certificate that is replaced, and the removal of the first.
	stream, err := program.StreamTLS(t.Context(), "")
	check(t, err)
	defer func() { _ = stream.Close() }()
	if m, err := stream.Next(); err != nil || m.Event.RegistrationID != r.ID {
		t.Fatalf("the stream begins with %+v, %v", m, err)
	}
	second := f.issue(t, "reports", nil)
	f.trusts(reports.ID, second)
	f.write("first", pairOf(t, second))
	f.admin.call("DELETE", "/v1/service-accounts/"+reports.ID+"/identities/"+identity.ID, nil).want(http.StatusOK, nil)
	lists(program, 1) // refused on the open connection, it goes on with the second
	if code := f.asks(first); code != "client_certificate_unknown" {
		t.Errorf("the removed certificate is refused with %q", code)
	}
	until(t, func() bool { _, err := stream.Next(); return err != nil })
}

// until waits for what comes by itself.
func until(t *testing.T, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !done() {
		if ctx.Err() != nil {
			t.Fatal("it has not come in a minute")
		}
	}
}
