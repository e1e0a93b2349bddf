package source_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/connector/signature"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/secret"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// service is a real service with a simulated bank, and a registration whose version 1 is active.
type service struct {
	*stack.Stack
	t            *testing.T
	url          string
	registration string
	active       []string // fingerprints of the QWACs that were activated
	keys         []*rsa.PrivateKey
}

func serve(t *testing.T) *service {
	t.Helper()
	return serveWith(t, stack.Options{})
}

func serveWith(t *testing.T, o stack.Options) *service {
	t.Helper()
	s := &service{Stack: stack.NewWith(t, o), t: t}
	handler, err := s.Handler()
	check(t, err)
	web := httptest.NewServer(handler)
	t.Cleanup(web.Close)
	t.Cleanup(web.CloseClientConnections) // streams end with the feed, which no one waits for here
	s.url = web.URL
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan struct{})
	go func() { defer close(ran); s.Feed.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ran })
	qwac := s.QTSP.MustIssue(t, qtsp.Request{})
	s.registration = s.ActivateWith(qwac, s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC})).ID
	s.note(qwac)
	return s
}

func (s *service) note(qwac *qtsp.Issued) {
	s.active = append(s.active, qwac.Certificate.SHA256)
	block, _ := pem.Decode(qwac.KeyPEM())
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	check(s.t, err)
	s.keys = append(s.keys, key.(*rsa.PrivateKey)) //nolint:forcetypeassert // the QTSP's are RSA
}

// rotate activates a version with another QWAC.
func (s *service) rotate() string {
	s.t.Helper()
	qwac := s.QTSP.MustIssue(s.t, qtsp.Request{})
	b := s.SaveBundle(s.registration, s.ImportIssued(qwac), "")
	s.TestConnection(s.registration)
	_, err := s.Registrations.Activate(s.t.Context(), stack.Engineer, s.registration, b.Version)
	check(s.t, err)
	s.note(qwac)
	return qwac.Certificate.SHA256
}

func (s *service) config(name string, purposes ...access.Purpose) source.Config {
	s.t.Helper()
	_, token := s.Service(name, purposes...)
	return source.Config{
		Client:   client.Config{URL: s.url, Token: token},
		Instance: name + "-1",
	}
}

var budget = source.Registration{Application: "Exemple Budget", Institution: stack.Institution}

// open opens the registration by its names.
func (s *service) open(cfg source.Config) *source.Source {
	s.t.Helper()
	opened, err := source.Open(s.t.Context(), cfg, budget)
	check(s.t, err)
	s.t.Cleanup(func() { _ = opened.Close() })
	return opened
}

// call calls the bank, and returns where.
func call(t *testing.T, src *source.Source) string {
	t.Helper()
	c, err := src.Configuration()
	check(t, err)
	response, err := src.HTTPClient().Get(c.Servers[0].BaseURL + "/accounts")
	check(t, err)
	_, _ = io.Copy(io.Discard, response.Body)
	check(t, response.Body.Close())
	if response.StatusCode != http.StatusUnauthorized { // the bank knows the certificate, and wants a token
		t.Fatalf("the bank answered %s", response.Status)
	}
	return c.Servers[0].BaseURL
}

// until waits until a Source has a version.
func until(t *testing.T, src *source.Source, fingerprint string) {
	t.Helper()
	for {
		next := src.Updated()
		if src.Status().SHA256 == fingerprint {
			return
		}
		select {
		case <-next:
		case <-t.Context().Done():
			t.Fatal("no change")
		}
	}
}

// newest reports whether the bank saw this certificate last.
func (s *service) newest(fingerprint string) bool {
	seen := s.Bank.Traffic().LastPresented
	for other, at := range seen {
		if other != fingerprint && at.After(seen[fingerprint]) {
			return false
		}
	}
	return !seen[fingerprint].IsZero()
}

// reported waits until the instance is in a state, as the console shows it.
func (s *service) reported(instance, state string, version int) {
	s.t.Helper()
	view, err := s.Registrations.Registration(s.t.Context(), stack.Engineer, s.registration)
	check(s.t, err)
	for range 3000 {
		o, err := s.Usage.Overview(s.t.Context(), stack.Engineer, view)
		check(s.t, err)
		for _, one := range o.Services {
			if one.Instance == instance && string(one.State) == state && one.Version == version {
				return
			}
		}
		runtime.Gosched()
	}
	s.t.Errorf("%s is not %s with version %d", instance, state, version)
}

// The next request after an activation presents the new certificate, and the service is told so.
func TestRotationSmallstep2515(t *testing.T) {
	s := serve(t)
	src := s.open(s.config("reports", access.Transport))
	base := call(t, src)
	config, err := src.TLSConfig()
	check(t, err)
	if !s.newest(s.active[0]) {
		t.Fatalf("presented %v", s.Bank.Traffic().LastPresented)
	}
	for range 3 {
		next := s.rotate()
		until(t, src, next)
		call(t, src)
		if !s.newest(next) {
			t.Errorf("not %s, but %v", next, s.Bank.Traffic().LastPresented)
		}
	}
	own := &http.Client{Transport: &http.Transport{TLSClientConfig: config}}
	response, err := own.Get(base + "/accounts")
	check(t, err)
	check(t, response.Body.Close())
	if !s.newest(s.active[3]) {
		t.Errorf("with a TLS configuration of the program's own: %v", s.Bank.Traffic().LastPresented)
	}
	s.reported("reports-1", "over", 4)
	check(t, src.Close())
	check(t, src.Close())
	if _, err := src.HTTPClient().Get(base + "/accounts"); fault.Code(err) != "source_closed" {
		t.Errorf("after Close: %v", err)
	}
	s.reported("reports-1", "stopped", 4)
	hosts, err := s.BankServers.History(t.Context(), stack.Engineer, stack.Institution)
	check(t, err)
	said := hosts[len(hosts)-1].Said
	if len(said) == 0 || len(said[0].SHA256) != 64 || said[0].Issuer == "" || said[0].Sent == 0 ||
		said[0].Reason != "" {
		t.Errorf("of the bank's server it says %+v", said)
	}
	status := src.Status()
	if status.Changes < 3 || status.Signatures < 5 || status.SignatureErrors != 0 || status.ReadErrors != 0 {
		t.Errorf("got %+v", status)
	}
}

// What waiting does not help with fails at once, with the service's own kind and code.
func TestOpenFailsAtOnce(t *testing.T) {
	s := serve(t)
	good := s.config("reports", access.Transport)
	wrong := good
	wrong.Client.Token = secret.NewTextString("skp_wrong")
	for _, test := range []struct {
		name string
		cfg  source.Config
		of   source.Registration
		kind fault.Kind
		code string
	}{
		{"a wrong token", wrong, budget, fault.Unauthenticated, "token_invalid"},
		{"an unknown registration", good, source.Registration{ID: "r-none"}, fault.NotFound, "registration_unknown"},
		{
			"unknown names",
			good,
			source.Registration{Application: "Exemple Budget", Institution: "soc-gen-none"},
			fault.NotFound,
			"registration_unknown",
		},
		{"no purpose", s.config("signer", access.Signing), budget, fault.Denied, "purpose_missing"},
		{"no name", good, source.Registration{Application: "Exemple Budget"}, fault.Invalid, "registration_missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := source.Open(t.Context(), test.cfg, test.of)
			if !errors.Is(err, test.kind) || fault.Code(err) != test.code {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A registration that is not ready is waited for.
func TestOpenWaitsUntilReadyDir735(t *testing.T) {
	s := serve(t)
	view, err := s.Registrations.Registration(t.Context(), stack.Engineer, s.registration)
	check(t, err)
	other, err := s.Registrations.Register(t.Context(), stack.Engineer, view.Application.ID, stack.Professional)
	check(t, err)
	cfg := s.config("reports", access.Transport)
	opened := make(chan error, 1)
	go func() {
		src, err := source.Open(t.Context(), cfg, source.Registration{ID: other.ID})
		if err == nil {
			defer func() { _ = src.Close() }()
			_, err = src.Configuration()
		}
		opened <- err
	}()
	s.DoSteps(other.ID)
	b := s.SaveBundle(other.ID, s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC}))
	s.TestConnection(other.ID)
	select {
	case err := <-opened:
		t.Fatalf("before the activation: %v", err)
	default:
	}
	_, err = s.Registrations.Activate(t.Context(), stack.Engineer, other.ID, b.Version)
	check(t, err)
	check(t, <-opened)
}

// The QSealC signs digests and requests; the transport key signs no digest.
func TestSigning(t *testing.T) {
	s := serve(t)
	src := s.open(s.config("signer", access.Transport, access.Signing, access.Credentials))
	signer, err := src.Signer()
	check(t, err)
	digest := sha256.Sum256([]byte("what is signed"))
	for _, opts := range []crypto.SignerOpts{
		crypto.SHA256,
		&rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256},
	} {
		signed, err := signer.Sign(nil, digest[:], opts)
		check(t, err)
		public := signer.Public().(*rsa.PublicKey) //nolint:forcetypeassert // the stack's are RSA
		if pss, ok := opts.(*rsa.PSSOptions); ok {
			check(t, rsa.VerifyPSS(public, crypto.SHA256, digest[:], signed, pss))
		} else {
			check(t, rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signed))
		}
	}
	if _, err := signer.Sign(nil, digest[:20], crypto.SHA1); fault.Code(err) != "algorithm_unsuitable" {
		t.Errorf("SHA-1: %v", err)
	}
	identity, err := src.Identity(t.Context())
	check(t, err)
	if _, err := identity.Signer.Sign(nil, digest[:], crypto.SHA256); fault.Code(err) != "not_a_handshake" {
		t.Errorf("a digest with the transport key: %v", err)
	}
	base := call(t, src)
	r, err := http.NewRequest(http.MethodPost, base+"/accounts", strings.NewReader(`{"a": 1}`))
	check(t, err)
	r.Header.Set("PSU-IP-Address", "192.0.2.7")
	check(t, src.SignRequest(r, signature.AIS))
	body, err := io.ReadAll(r.Body)
	check(t, err)
	if r.Header.Get("Signature") == "" || r.Header.Get("Digest") == "" || string(body) != `{"a": 1}` {
		t.Errorf("signed %v, %s", r.Header, body)
	}
	for range 2 {
		got, err := src.Credentials(t.Context())
		check(t, err)
		if got.ClientID != stack.ClientID || got.ClientSecret.Reveal() != stack.ClientSecret {
			t.Errorf("got %+v", got)
		}
	}
	if n := s.audited("secret.use"); n != 1 {
		t.Errorf("the credentials were read %d times", n)
	}
	if _, err := src.HTTPClient().Get("https://elsewhere.example/"); fault.Code(err) != "server_unknown" {
		t.Errorf("another host: %v", err)
	}
}

// audited counts the acts of the account signer.
func (s *service) audited(action access.Action) (n int) {
	entries, err := s.DB.LatestAudit(s.t.Context(), 500)
	check(s.t, err)
	for _, e := range entries {
		if e.Action == action && e.CallerName == "signer" && e.Outcome == "done" {
			n++
		}
	}
	return n
}

// Requests do not notice that certificates change under them.
func TestRotationUnderLoad(t *testing.T) {
	s := serve(t)
	src := s.open(s.config("reports", access.Transport))
	base := call(t, src)
	ctx, stop := context.WithCancel(t.Context())
	var workers sync.WaitGroup
	var answered atomic.Int64
	for range 8 {
		workers.Go(func() {
			for ctx.Err() == nil {
				response, err := src.HTTPClient().Get(base + "/accounts")
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
				answered.Add(1)
			}
		})
	}
	for range 3 {
		until(t, src, s.rotate())
	}
	stop()
	workers.Wait()
	call(t, src)
	if !s.newest(s.active[3]) || answered.Load() == 0 {
		t.Errorf("%d answers, %v", answered.Load(), s.Bank.Traffic().LastPresented)
	}
}
