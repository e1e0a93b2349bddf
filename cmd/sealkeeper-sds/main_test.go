package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	envoytls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	service "github.com/envoyproxy/go-control-plane/envoy/service/secret/v3"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// TestMain is the program itself, where a test starts it.
func TestMain(m *testing.M) {
	if os.Getenv("SEALKEEPER_SDS_TEST") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// site is a service with a bank, and a registration whose QWAC may be exported.
type site struct {
	*stack.Stack
	t            *testing.T
	url          string
	registration string
	active       []string // fingerprints
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{Stack: stack.New(t), t: t}
	handler, err := s.Handler()
	must(t, err)
	web := httptest.NewServer(handler)
	t.Cleanup(web.Close)
	t.Cleanup(web.CloseClientConnections)
	s.url = web.URL
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ran := make(chan struct{})
	go func() { defer close(ran); s.Feed.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ran })
	s.registration = s.Register(stack.Institution).ID
	s.DoSteps(s.registration)
	s.rotate()
	return s
}

// rotate activates a version with another QWAC.
func (s *site) rotate() (fingerprint string) {
	s.t.Helper()
	qwac := s.QTSP.MustIssue(s.t, qtsp.Request{})
	id := s.ImportExportable(qwac)
	qsealc := ""
	if len(s.active) == 0 {
		qsealc = s.Import(qtsp.Request{Kind: certs.QSealC})
	}
	b := s.SaveBundle(s.registration, id, qsealc)
	s.TestConnection(s.registration)
	_, err := s.Registrations.Activate(s.t.Context(), stack.Engineer, s.registration, b.Version)
	must(s.t, err)
	s.active = append(s.active, qwac.Certificate.SHA256)
	return qwac.Certificate.SHA256
}

// process is the program in a process of its own.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	mu  sync.Mutex
	log bytes.Buffer
}

// Write implements io.Writer.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// start starts the program and waits until it serves.
func (s *site) start(args ...string) *process {
	s.t.Helper()
	token := filepath.Join(s.t.TempDir(), "token")
	_, text := s.Service("sds", access.Transport, access.Export)
	must(s.t, os.WriteFile(token, text.Bytes(), 0o600))
	p := &process{t: s.t}
	p.cmd = exec.Command(os.Args[0], append([]string{"--server", s.url, "--token-file", token, "--instance", "sds-1"},
		args...)...) //nolint:noctx // it is ended by a signal
	p.cmd.Env = append(os.Environ(), "SEALKEEPER_SDS_TEST=1")
	p.cmd.Stderr = p
	must(s.t, p.cmd.Start())
	s.t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	wait(s.t, "the program serves", func() bool { return strings.Contains(p.said(), "sds is serving") })
	return p
}

func wait(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited a minute for this: %s", what)
		}
	}
}

// stop ends the program as a service manager does.
func (p *process) stop() {
	p.t.Helper()
	must(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
	must(p.t, p.cmd.Wait())
	if strings.Contains(p.said(), "PRIVATE KEY") {
		p.t.Errorf("a key is in the log: %s", p.said())
	}
}

// proxy is a stream of an Envoy.
type proxy struct {
	t      *testing.T
	stream grpc.BidiStreamingClient[discovery.DiscoveryRequest, discovery.DiscoveryResponse]
	names  []string
}

func dial(
	t *testing.T, target string, transport credentials.TransportCredentials,
) service.SecretDiscoveryServiceClient {
	t.Helper()
	connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(transport))
	must(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	return service.NewSecretDiscoveryServiceClient(connection)
}

func newProxy(t *testing.T, socket string, names ...string) *proxy {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	stream, err := dial(t, "unix:"+socket, insecure.NewCredentials()).StreamSecrets(ctx)
	must(t, err)
	p := &proxy{t, stream, names}
	p.say("", nil)
	return p
}

func (p *proxy) say(nonce string, refused *rpc.Status) {
	p.t.Helper()
	must(p.t, p.stream.Send(&discovery.DiscoveryRequest{
		Node:          &core.Node{Id: "envoy-1"},
		ResourceNames: p.names,
		ResponseNonce: nonce,
		ErrorDetail:   refused,
	}))
}

// next waits for a secret, and takes or refuses it.
func (p *proxy) next(refused *rpc.Status) *envoytls.Secret {
	p.t.Helper()
	answer, err := p.stream.Recv()
	must(p.t, err)
	p.say(answer.GetNonce(), refused)
	if len(answer.GetResources()) != 1 {
		p.t.Fatalf("%d secrets in an answer", len(answer.GetResources()))
	}
	secret := &envoytls.Secret{}
	must(p.t, answer.GetResources()[0].UnmarshalTo(secret))
	return secret
}

// call asks the simulated bank by mutual TLS with what came over SDS, and nothing else.
func (s *site) call(certificate, trust *envoytls.Secret) {
	s.t.Helper()
	c := certificate.GetTlsCertificate()
	pair, err := tls.X509KeyPair([]byte(c.GetCertificateChain().GetInlineString()), c.GetPrivateKey().GetInlineBytes())
	must(s.t, err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(trust.GetValidationContext().GetTrustedCa().GetInlineString()))
	transport := &http.Transport{TLSClientConfig: &tls.Config{
		Certificates: []tls.Certificate{pair},
		RootCAs:      pool,
		MinVersion:   tls.VersionTLS12,
	}}
	defer transport.CloseIdleConnections()
	endpoints, _ := s.Bank.Endpoints("pri")
	response, err := (&http.Client{Transport: transport}).Get(endpoints.AISBaseURL +
		"/accounts") //nolint:noctx // of a test
	must(s.t, err)
	_, _ = io.Copy(io.Discard, response.Body)
	must(s.t, response.Body.Close())
	if response.StatusCode != http.StatusUnauthorized { // it knows the certificate, and wants a token
		s.t.Errorf("the bank answered %s", response.Status)
	}
}

// services are the lines of the registration's page.
func (s *site) services() []api.RegistrationService {
	s.t.Helper()
	view, err := s.Registrations.Registration(s.t.Context(), stack.Engineer, s.registration)
	must(s.t, err)
	o, err := s.Usage.Overview(s.t.Context(), stack.Engineer, view)
	must(s.t, err)
	var all []api.RegistrationService
	for _, one := range o.Services {
		all = append(all, api.RegistrationService{
			Instance: one.Instance,
			State:    api.ServiceProgress(one.State),
			Version:  one.Version,
			Problem:  one.Problem,
		})
	}
	return all
}

// Through ten activations, what an Envoy is handed by a process of ours makes mutual TLS with the bank; what it refuses
// is on the registration's page; and the end of the process is known.
func TestTheWholeWayToEnvoy(t *testing.T) {
	s := newSite(t)
	socket := filepath.Join(t.TempDir(), "s")
	p := s.start("--socket", socket)
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v %v", info, err)
	}
	trust := newProxy(t, socket, s.registration+"/trust").next(nil)
	by := newProxy(t, socket, "Exemple Budget@"+stack.Institution)
	s.call(by.next(nil), trust)
	for range 10 {
		s.rotate()
		s.call(by.next(nil), trust)
	}
	seen := s.Bank.Traffic()
	for i, fingerprint := range s.active {
		if seen.Presented[fingerprint] == 0 {
			t.Errorf("version %d was never presented", i+1)
		}
	}
	if len(seen.Refused) > 0 {
		t.Errorf("the bank refused %v", seen.Refused)
	}
	s.rotate()
	by.next(&rpc.Status{Code: int32(codes.InvalidArgument), Message: "Failed to load private key"})
	want := api.RegistrationService{
		Instance: "sds-1",
		State:    "held",
		Version:  11,
		Problem:  api.ProblemRefusedByProxy + "Failed to load private key (envoy-1)",
	}
	wait(t, "the refusal is on the registration's page", func() bool {
		all := s.services()
		return len(all) == 1 && all[0].State == want.State && all[0].Version == want.Version &&
			all[0].Instance == want.Instance && all[0].Problem == want.Problem
	})
	p.stop()
	if all := s.services(); len(all) != 1 || all[0].State != "stopped" {
		t.Errorf("after the end: %+v", all)
	}
	if _, err := by.stream.Recv(); status.Code(err) != codes.Unavailable {
		t.Errorf("the stream ended with %v", err)
	}
}

// On TCP nobody is served without mutual TLS, and of those with a certificate only who is named.
func TestOnTCPOnlyNamedProxiesAreServed(t *testing.T) {
	s := newSite(t)
	dir := t.TempDir()
	ca := newCA(t)
	ca.write(t, dir, "server", "localhost")
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // of a test
	must(t, err)
	address := l.Addr().String()
	must(t, l.Close())
	p := s.start("--listen", address, "--tls-chain", filepath.Join(dir, "server.pem"), "--tls-key",
		filepath.Join(dir, "server.key"), "--client-ca", filepath.Join(dir, "ca.pem"), "--client-name", "envoy.example")
	ask := func(transport credentials.TransportCredentials) error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := dial(t, address, transport).FetchSecrets(ctx, &discovery.DiscoveryRequest{
			ResourceNames: []string{s.registration},
		})
		return err
	}
	as := func(pairs ...tls.Certificate) credentials.TransportCredentials {
		return credentials.NewTLS(&tls.Config{
			Certificates: pairs,
			RootCAs:      ca.pool(),
			ServerName:   "localhost",
			MinVersion:   tls.VersionTLS12,
		})
	}
	if err := ask(as(ca.pair(t, "envoy.example"))); err != nil {
		t.Errorf("a proxy that is named: %v", err)
	}
	for name, transport := range map[string]credentials.TransportCredentials{
		"nobody":             as(),
		"somebody else":      as(ca.pair(t, "other.example")),
		"of another CA":      as(newCA(t).pair(t, "envoy.example")),
		"without encryption": insecure.NewCredentials(),
	} {
		if err := ask(transport); status.Code(err) != codes.Unavailable {
			t.Errorf("%s is answered: %v", name, err)
		}
	}
	p.stop()
	for _, wrong := range [][]string{
		{"--listen", address},
		{"--listen", address, "--tls-chain", "x", "--tls-key", "x", "--client-ca", "x"},
		{"--client-name", "envoy.example"},
	} {
		cmd := exec.Command(os.Args[0], append([]string{"--token-file", "x"}, wrong...)...) //nolint:noctx // it ends by itself
		cmd.Env = append(os.Environ(), "SEALKEEPER_SDS_TEST=1")
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "mutual TLS") {
			t.Errorf("%v: %s", wrong, out)
		}
	}
}

// Bounds that let nobody in, or could not be kept, are refused at the start.
func TestBoundsAreRefused(t *testing.T) {
	for _, wrong := range []command{{Streams: 0, Names: 1}, {Streams: -1, Names: 1}, {Streams: 1, Names: 0}} {
		err := wrong.run(t.Context(), slog.New(slog.DiscardHandler))
		if fault.Code(err) != "bounds_invalid" {
			t.Errorf("%d streams of %d names: %v", wrong.Streams, wrong.Names, err)
		}
	}
}

// authority issues certificates of proxies.
type authority struct {
	der []byte
	key *ecdsa.PrivateKey
}

func newCA(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	a.der, a.key = a.issue(t, &x509.Certificate{
		Subject:               pkix.Name{CommonName: rand.Text()},
		IsCA:                  true,
		BasicConstraintsValid: true,
	})
	return a
}

func (a *authority) issue(t *testing.T, template *x509.Certificate) ([]byte, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := template, key
	if a.der != nil {
		parent, err = x509.ParseCertificate(a.der)
		must(t, err)
		signer = a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	must(t, err)
	return der, key
}

func (a *authority) pair(t *testing.T, name string) tls.Certificate {
	t.Helper()
	der, key := a.issue(t, &x509.Certificate{DNSNames: []string{name}})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.der}))
	return pool
}

func (a *authority) write(t *testing.T, dir, file, name string) {
	t.Helper()
	pair := a.pair(t, name)
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	must(t, err)
	for path, block := range map[string]*pem.Block{
		"ca.pem":      {Type: "CERTIFICATE", Bytes: a.der},
		file + ".pem": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]},
		file + ".key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		must(t, os.WriteFile(filepath.Join(dir, path), pem.EncodeToMemory(block), 0o600))
	}
}
