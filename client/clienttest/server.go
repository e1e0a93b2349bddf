// Package clienttest answers one question: what does my program do while Sealkeeper, or the way to it, fails? Its
// Server answers what a service account asks, and can be cut off, slowed, silenced and started anew. It is reached
// through memory, so that tests run under testing/synctest with a clock of their own; Listen adds an address for
// other processes.
package clienttest

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Token is the token that a new Server takes.
const Token = "skp_clienttest"

// Server is a service that holds registrations for one service account. It is safe for concurrent use.
type Server struct {
	t       testing.TB
	handler http.Handler
	http    *http.Server
	end     context.CancelFunc // of what http is answering
	pipes   *pipes
	issuer  *x509.Certificate
	key     *ecdsa.PrivateKey
	seal    identity // with which digests and requests are signed

	mu            sync.Mutex
	tokens        []string
	registrations []*Registration
	bank          string // base URL
	seq           int
	bound         int // seq at which a registration was last taken away
	wake          chan struct{}
	delay         time.Duration
	silent        chan struct{} // closed when bytes come again; nil: they come
	asked         map[string]int
	lent          map[string]int // tokens of the bank, by consent
	early         time.Duration  // how long the bank's tokens are too new to be renewed; 0: they are not
	streams       int
	reports       []api.ServiceReport
	heard         chan struct{} // closed when there is another report
	outage        string        // code of the error that everything is answered with; empty: none
}

// New starts a server, which ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{
		t:      t,
		tokens: []string{Token},
		bank:   "https://bank.example",
		wake:   make(chan struct{}),
		heard:  make(chan struct{}),
		asked:  map[string]int{},
		lent:   map[string]int{},
		pipes:  &pipes{},
	}
	s.issuer, s.key = newIssuer(t)
	s.seal = s.issue(10 * 365 * 24 * time.Hour)
	s.handler = s.routes()
	s.start()
	t.Cleanup(s.Cut)
	return s
}

func (s *Server) start() {
	ctx, end := context.WithCancel(context.Background())
	s.http = &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: time.Minute,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	s.end = end
	go func(web *http.Server, listener net.Listener) { _ = web.Serve(listener) }(s.http, s.pipes.open())
}

// Config reaches the server through memory.
func (s *Server) Config() client.Config {
	transport := &http.Transport{DialContext: s.pipes.dial}
	s.t.Cleanup(transport.CloseIdleConnections)
	return client.Config{
		URL:        "http://127.0.0.1",
		Token:      secret.NewTextString(Token),
		HTTPClient: &http.Client{Transport: transport},
	}
}

// Listen serves on a TCP port of this machine too, and returns its address. Cut and Restore do not reach it.
func (s *Server) Listen() (url string) {
	web := httptest.NewServer(s.handler)
	s.t.Cleanup(web.Close)
	s.t.Cleanup(web.CloseClientConnections)
	return web.URL
}

// Cut ends all connections and takes no new ones, as a server does that is killed.
func (s *Server) Cut() {
	s.pipes.close()
	s.end()
	_ = s.http.Close()
}

// Restore takes connections again.
func (s *Server) Restore() { s.start() }

// Delay has every answer begin that much later.
func (s *Server) Delay(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delay = d
}

// Silence keeps connections open on which no byte comes any more, as one does whose other end has lost its
// power, until Speak.
func (s *Server) Silence() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.silent == nil {
		s.silent = make(chan struct{})
	}
}

// Speak ends Silence.
func (s *Server) Speak() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.silent != nil {
		close(s.silent)
		s.silent = nil
	}
}

// Fail has everything answered with 503 and a code, until Fail("").
func (s *Server) Fail(code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outage = code
}

// EarlyFor has the bank's tokens be too new to be renewed: whoever says that the bank refused one is told to come again
// after wait. 0 ends it.
func (s *Server) EarlyFor(wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.early = wait
}

// Tokens says which tokens are taken from now on. Streams of others end.
func (s *Server) Tokens(tokens ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = slices.Clone(tokens)
	s.wakeAll()
}

// Asked returns how many requests there were: "GET /v1/tls/{registration}", for example.
func (s *Server) Asked(route string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[route]
}

// Streams returns how many streams of changes are open.
func (s *Server) Streams() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.streams
}

// Reports returns what services have reported, in order.
func (s *Server) Reports() []api.ServiceReport {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.reports)
}

// Reported waits until the newest report is one that is looked for, or ctx ends, and says which it was.
func (s *Server) Reported(ctx context.Context, is func(api.ServiceReport) bool) bool {
	for {
		s.mu.Lock()
		n, heard := len(s.reports), s.heard
		found := n > 0 && is(s.reports[n-1])
		s.mu.Unlock()
		if found {
			return true
		}
		select {
		case <-heard:
		case <-ctx.Done():
			return false
		}
	}
}

// wakeAll has streams look for what is new. The caller holds mu.
func (s *Server) wakeAll() {
	close(s.wake)
	s.wake = make(chan struct{})
}

// pipes are connections through memory.
type pipes struct {
	mu     sync.Mutex
	listen *pipeListener // nil: nobody listens
}

func (p *pipes) open() net.Listener {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listen = &pipeListener{accept: make(chan net.Conn), ended: make(chan struct{})}
	return p.listen
}

func (p *pipes) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listen != nil {
		_ = p.listen.Close()
		p.listen = nil
	}
}

// errRefused is what a dialler gets where nobody listens.
var errRefused = errors.New("connection refused")

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	p.mu.Lock()
	l := p.listen
	p.mu.Unlock()
	if l == nil {
		return nil, errRefused
	}
	ours, theirs := net.Pipe()
	select {
	case l.accept <- theirs:
		return ours, nil
	case <-l.ended:
		return nil, errRefused
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pipeListener implements net.Listener.
type pipeListener struct {
	accept chan net.Conn
	ends   sync.Once
	ended  chan struct{}
}

// Accept implements net.Listener.
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accept:
		return c, nil
	case <-l.ended:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *pipeListener) Close() error {
	l.ends.Do(func() { close(l.ended) })
	return nil
}

// Addr implements net.Listener.
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }
