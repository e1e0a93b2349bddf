package sds_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	envoytls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	service "github.com/envoyproxy/go-control-plane/envoy/service/secret/v3"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/client/clienttest"
	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/cmd/sealkeeper-sds/sds"
	"github.com/sealkeeper/sealkeeper/internal/local"
)

const secretType = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// site is a server of secrets, which follows a Sealkeeper for tests.
type site struct {
	*clienttest.Server
	t      *testing.T
	server *sds.Server
	set    *source.Set
	socket string
	log    *logbook
}

// logbook is what has been logged.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newSite(t *testing.T, change ...func(*sds.Config)) *site {
	t.Helper()
	s := &site{Server: clienttest.New(t), t: t, log: &logbook{}}
	keys, err := client.New(s.Config())
	check(t, err)
	cfg := sds.Config{
		Keys:        keys,
		SystemRoots: func() (string, error) { return "", nil },
		Logger:      slog.New(slog.NewJSONHandler(s.log, nil)),
		Now:         time.Now,
	}
	for _, f := range change {
		f(&cfg)
	}
	s.server = sds.New(cfg)
	s.set, err = source.OpenAll(t.Context(), source.Config{
		Client:   s.Config(),
		Instance: "sds-1",
		InUse:    s.server.InUse,
		Logger:   cfg.Logger,
	})
	check(t, err)
	s.server.Follow(s.set)
	s.socket = filepath.Join(t.TempDir(), "s")
	listener, err := local.Unix(s.socket)
	check(t, err)
	g := grpc.NewServer(s.server.Options()...)
	s.server.Register(g)
	served := make(chan struct{})
	go func() { defer close(served); _ = g.Serve(listener) }()
	t.Cleanup(func() {
		s.server.Stop()
		g.Stop()
		<-served
		_ = s.set.Close()
		if text := s.log.String(); strings.Contains(text, "PRIVATE KEY") {
			t.Errorf("a key is in the log: %s", text)
		}
	})
	return s
}

func (s *site) dial() service.SecretDiscoveryServiceClient {
	s.t.Helper()
	connection, err := grpc.NewClient("passthrough:///sds", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", s.socket)
		}))
	check(s.t, err)
	s.t.Cleanup(func() { _ = connection.Close() })
	return service.NewSecretDiscoveryServiceClient(connection)
}

// knows waits until the server knows a registration: before that, its name is answered with nothing.
func (s *site) knows(id string) {
	s.t.Helper()
	e := s.envoy(id + "/trust") // which is no use of the key
	defer e.end()
	for e.take() == nil {
	}
}

// envoy is a stream as Envoy has it: each answer is acknowledged, or refused with the version before.
type envoy struct {
	has     bool // a secret, since it was started
	t       *testing.T
	stream  grpc.BidiStreamingClient[discovery.DiscoveryRequest, discovery.DiscoveryResponse]
	answers chan *discovery.DiscoveryResponse
	failed  chan error
	names   []string
	version string // taken last
	nonce   string // of the last answer
	end     context.CancelFunc
}

func (s *site) envoy(names ...string) *envoy {
	s.t.Helper()
	ctx, end := context.WithCancel(s.t.Context())
	stream, err := s.dial().StreamSecrets(ctx)
	check(s.t, err)
	e := &envoy{
		t:       s.t,
		stream:  stream,
		answers: make(chan *discovery.DiscoveryResponse, 100),
		failed:  make(chan error, 1),
		end:     end,
	}
	s.t.Cleanup(end)
	go func() {
		for {
			answer, err := stream.Recv()
			if err != nil {
				e.failed <- err
				return
			}
			e.answers <- answer
		}
	}()
	e.ask(names...)
	return e
}

func (e *envoy) say(refused *rpc.Status) {
	e.t.Helper()
	err := e.stream.Send(&discovery.DiscoveryRequest{
		Node:          &core.Node{Id: "proxy-1", Cluster: "payments"},
		TypeUrl:       secretType,
		ResourceNames: e.names,
		VersionInfo:   e.version,
		ResponseNonce: e.nonce,
		ErrorDetail:   refused,
	})
	if err != nil && err != io.EOF { //nolint:errorlint // gRPC returns it as it is; the reason comes with Recv
		e.t.Fatal(err)
	}
}

// ask says which secrets it wants from now on.
func (e *envoy) ask(names ...string) {
	e.t.Helper()
	e.names = names
	e.say(nil)
}

// next waits for an answer, without a word about it.
func (e *envoy) next() *discovery.DiscoveryResponse {
	e.t.Helper()
	select {
	case answer := <-e.answers:
		e.nonce = answer.GetNonce()
		return answer
	case err := <-e.failed:
		e.t.Fatalf("the stream has ended: %v", err)
	case <-time.After(time.Minute):
		e.t.Fatal("no answer within a minute")
	}
	return nil
}

// take waits for an answer and acknowledges it; nil is an answer without a secret.
func (e *envoy) take() *envoytls.Secret {
	e.t.Helper()
	answer := e.next()
	e.version = answer.GetVersionInfo()
	e.say(nil)
	return e.secret(answer)
}

// refuse waits for an answer and refuses it.
func (e *envoy) refuse(reason string) *envoytls.Secret {
	e.t.Helper()
	answer := e.next()
	e.say(&rpc.Status{Code: 3, Message: reason})
	return e.secret(answer)
}

func (e *envoy) secret(answer *discovery.DiscoveryResponse) *envoytls.Secret {
	e.t.Helper()
	switch len(answer.GetResources()) {
	case 0:
		return nil
	case 1:
		out := &envoytls.Secret{}
		check(e.t, answer.GetResources()[0].UnmarshalTo(out))
		check(e.t, out.ValidateAll()) // as Envoy does
		e.has = true
		return out
	}
	e.t.Fatalf("%d secrets in an answer", len(answer.GetResources()))
	return nil
}

// quiet holds the server to having nothing to say until it answers something else that is asked now.
func (e *envoy) quiet(other string) {
	e.t.Helper()
	before := e.names
	e.ask(append([]string{other}, before...)...)
	if answer := e.next(); len(answer.GetResources()) > 0 && e.secret(answer).GetName() != other {
		e.t.Errorf("%s was sent again", e.secret(answer).GetName())
	}
	e.ask(before...)
}
