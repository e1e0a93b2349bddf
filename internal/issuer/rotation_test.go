package issuer_test

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
)

// presentedTo is a server that answers with the fingerprint of the client's
// certificate, and knows which certificates its open connections are of.
type presentedTo struct {
	*httptest.Server
	mu     sync.Mutex
	open   map[net.Conn]string // fingerprint
	closed *sync.Cond
}

func newPresentedTo(t *testing.T, issuing *qtsp.QTSP, http2 bool) *presentedTo {
	t.Helper()
	s := &presentedTo{open: map[net.Conn]string{}}
	s.closed = sync.NewCond(&s.mu)
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		leaf, err := certs.ParseCertificate(r.TLS.PeerCertificates[0].Raw)
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(w, leaf.SHA256)
	}))
	certificate, err := issuing.ServerCertificate("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	s.EnableHTTP2 = http2
	s.TLS = &tls.Config{
		Certificates: []tls.Certificate{certificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    issuing.Pool(),
	}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.ConnState = s.state
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *presentedTo) state(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch state {
	case http.StateActive, http.StateIdle:
		if secured, ok := c.(*tls.Conn); ok && s.open[c] == "" {
			if peers := secured.ConnectionState().PeerCertificates; len(peers) > 0 {
				leaf, _ := certs.ParseCertificate(peers[0].Raw)
				s.open[c] = leaf.SHA256
			}
		}
	case http.StateClosed, http.StateHijacked:
		delete(s.open, c)
		s.closed.Broadcast()
	}
}

// awaitOnly waits until every open connection is of the given certificate.
func (s *presentedTo) awaitOnly(t *testing.T, fingerprint string, limit time.Duration) {
	t.Helper()
	late := time.AfterFunc(limit, func() {
		t.Errorf("connections of former certificates are open %s after the change", limit)
		s.mu.Lock()
		clear(s.open)
		s.mu.Unlock()
		s.closed.Broadcast()
	})
	defer late.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.others(fingerprint) > 0 {
		s.closed.Wait()
	}
}

func (s *presentedTo) others(fingerprint string) (n int) {
	for _, of := range s.open {
		if of != fingerprint {
			n++
		}
	}
	return n
}

// TestRotationUnderLoad: 20,000 requests over four activations. None fails;
// a request that begins after an activation has returned presents the new
// certificate, though nobody asks for the client again; the connections of the
// former one are gone within a second.
func TestRotationUnderLoad(t *testing.T) {
	const requests, workers, activations = 20_000, 16, 4
	s := stack.New(t)
	r := s.Activate()
	client, err := s.Issuer.Client(t.Context(), stack.Connector, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	servers := []*presentedTo{newPresentedTo(t, s.QTSP, false), newPresentedTo(t, s.QTSP, true)}
	l := load{requests: requests, activations: activations, next: make(chan int, activations)}
	l.active.Store("")
	l.former.Store("")
	var done sync.WaitGroup
	for w := range workers {
		done.Go(func() { l.ask(t, client.HTTPClient(), servers[w%len(servers)].URL) })
	}
	for range activations {
		<-l.next
		issued := s.QTSP.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
		l.former.Store(issued.Certificate.SHA256) // allowed from now on
		started := time.Now()
		rotate(t, s, r.ID, s.ImportIssued(issued))
		l.active.Store(issued.Certificate.SHA256) // demanded from now on
		t.Logf("changed over in %s", time.Since(started).Round(time.Millisecond))
		for _, server := range servers {
			server.awaitOnly(t, issued.Certificate.SHA256, time.Second)
		}
	}
	done.Wait()
	idle := s.QTSP.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	rotate(t, s, r.ID, s.ImportIssued(idle))
	for _, server := range servers {
		server.awaitOnly(t, idle.Certificate.SHA256, time.Second) // though nobody sends anything
	}
	host := servers[0].Listener.Addr().String()
	if got := client.Presented()[host]; got != l.active.Load() {
		t.Errorf("the client reports %.8s presented to %s, not %.8s", got, host, l.active.Load())
	}
}

// load is many requests at once, and what they may present.
type load struct {
	requests, activations int64
	active                atomic.Value // fingerprint that a request beginning now must present
	former                atomic.Value // what may still be presented while an activation is under way
	sent, rotated         atomic.Int64
	next                  chan int // receives when it is time for an activation
}

// ask sends requests until all have been sent.
func (l *load) ask(t *testing.T, client *http.Client, url string) {
	for {
		n := l.sent.Add(1)
		if n > l.requests {
			return
		}
		if n%(l.requests/(l.activations+1)) == 0 && l.rotated.Add(1) <= l.activations {
			l.next <- int(n)
		}
		must := l.active.Load().(string)
		got, err := ask(client, url)
		if err != nil {
			t.Errorf("request %d: %v", n, err)
			return
		}
		// An activation may have begun meanwhile: then the newer one is right as well.
		if must != "" && got != must && got != l.former.Load().(string) {
			t.Errorf("request %d presented %.8s, not %.8s", n, got, must)
			return
		}
	}
}

// rotate changes the transport certificate of a registration and nothing else.
func rotate(t *testing.T, s *stack.Stack, registrationID, qwacID string) {
	t.Helper()
	draft, err := s.Registrations.SaveBundle(t.Context(), stack.Engineer, registrationID,
		registration.BundleInput{QWACID: qwacID})
	if err != nil {
		t.Fatal(err)
	}
	s.TestConnection(registrationID)
	if done, err := s.Registrations.Activate(t.Context(), stack.Engineer, registrationID,
		draft.Version); err != nil || !done {
		t.Fatalf("activated %v, %v", done, err)
	}
}

func ask(client *http.Client, url string) (string, error) {
	response, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}
