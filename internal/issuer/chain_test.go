package issuer_test

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"crypto/tls"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/vault"
)

// chainSeen is a server that answers with the fingerprints of all certificates the client presents.
func chainSeen(t *testing.T, issuing *qtsp.QTSP) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, c := range r.TLS.PeerCertificates {
			read, err := certs.ParseCertificate(c.Raw)
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(w, read.SHA256+"\n")
		}
	}))
	certificate, err := issuing.ServerCertificate("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	s.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAnyClientCert}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// Another chain of a certificate in use is on the wire from the next handshake on, in the process that changed it and,
// when they have looked at the records, in others. Nobody asks for the client again, and nothing is started anew.
func TestANewChainIsOnTheWire(t *testing.T) {
	s := stack.New(t)
	issued := s.QTSP.MustIssue(t, qtsp.Request{})
	r := s.ActivateWith(issued, s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC}))
	server, replica := chainSeen(t, s.QTSP), s.Replica()
	presents := map[*app.Services]func() string{}
	for _, process := range []*app.Services{s.Services, replica} {
		client, err := process.Issuer.Client(t.Context(), stack.Connector, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		http := client.HTTPClient()
		presents[process] = func() string {
			t.Helper()
			seen, err := ask(http, server.URL)
			if err != nil {
				t.Fatal(err)
			}
			return seen
		}
	}
	want := func(process *app.Services, what string, chain ...[]byte) {
		t.Helper()
		expected := issued.Certificate.SHA256 + "\n"
		for _, der := range chain {
			c, err := certs.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			expected += c.SHA256 + "\n"
		}
		if got := presents[process](); got != expected {
			t.Errorf("%s it presents\n%swant\n%s", what, got, expected)
		}
	}
	want(s.Services, "at first", issued.Chain...)
	want(replica, "at first, in the other process,", issued.Chain...)
	_, bundle, err := s.Registrations.ActiveBundle(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, years := range []int{6, 7} {
		again, err := s.QTSP.Reissued(time.Now().AddDate(years, 0, 0))
		if err != nil {
			t.Fatal(err)
		}
		setChain(t, s, bundle.QWACID, again.Raw)
		want(s.Services, "after a change", again.Raw)
		if err := replica.Issuer.FollowReplicas(t.Context()); err != nil {
			t.Fatal(err)
		}
		want(replica, "after a change elsewhere", again.Raw)
	}
	before := entries(t, s)
	if err := replica.Issuer.FollowReplicas(t.Context()); err != nil || entries(t, s) != before {
		t.Errorf("it followed though nothing had changed: %v", err)
	}
}

func setChain(t *testing.T, s *stack.Stack, id string, issuing []byte) {
	t.Helper()
	file := certs.File{Name: "ca.pem", Data: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: issuing})}
	done, err := s.Vault.SetChain(t.Context(), stack.Officer, id, vault.Files{Files: []certs.File{file}})
	if err != nil || !done {
		t.Fatal(done, err)
	}
}

// A bank that cannot trace a certificate refuses it, until its chain is there: nothing else has to be done.
func TestAMissingChainIsMended(t *testing.T) {
	s := stack.New(t)
	alone := s.QTSP.MustIssue(t, qtsp.Request{})
	issuing := alone.Chain[0]
	alone.Chain = nil
	r := s.Register(stack.Institution)
	s.DoSteps(r.ID)
	qwac := s.ImportIssued(alone)
	s.SaveBundle(r.ID, qwac, s.Import(qtsp.Request{Kind: certs.QSealC}))
	report, err := s.Issuer.Test(t.Context(), stack.Engineer, r.ID)
	if err != nil || report.Passed || report.Says.Code != "qwac_chain_missing" ||
		!strings.Contains(report.Says.Text, "complete the chain") {
		t.Fatalf("without its chain: %+v, %v", report.Says, err)
	}
	setChain(t, s, qwac, issuing)
	s.TestConnection(r.ID)
	if done, err := s.Registrations.Activate(t.Context(), stack.Engineer, r.ID, 1); err != nil || !done {
		t.Error(done, err)
	}
}
