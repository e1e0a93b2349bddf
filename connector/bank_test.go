package connector_test

import (
	"context"
	"crypto"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
)

const (
	clientID    = "5c1f0e6a2b110f6b2a1c8f0d4b0e9a53"
	redirectURI = "https://tpp.example/callback"
	agreement   = "PSDFR-ACPR-12345"
)

var clientSecret = secret.NewTextString("9a535c1f0e6a2b110f6b2a1c8f0d4b0e")

// identities is a source whose answer a test can change.
type identities struct {
	current atomic.Pointer[certs.Identity]
}

func holding(issued *qtsp.Issued) *identities {
	s := &identities{}
	s.current.Store(issued.Identity())
	return s
}

func (s *identities) Identity(context.Context) (*certs.Identity, error) { return s.current.Load(), nil }

// setup is a simulated bank, a TPP registered there, and where the TPP
// publishes its QSealC.
type setup struct {
	bank         *bank.Server
	qtsp         *qtsp.QTSP
	qwac, qsealc *qtsp.Issued
	transport    *identities
	config       connector.Config
}

func newSetup(t testing.TB, segment string, change ...func(*bank.Config)) *setup {
	t.Helper()
	issuing := qtsp.Must(t)
	s := &setup{
		qtsp:   issuing,
		qwac:   issue(t, qtsp.Request{Kind: certs.QWAC, OrganizationIdentifier: agreement}),
		qsealc: issue(t, qtsp.Request{Kind: certs.QSealC, OrganizationIdentifier: agreement}),
	}
	s.transport = holding(s.qwac)
	certificate, err := issuing.ServerCertificate("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	config := bank.Config{
		ServerCertificate: certificate,
		QTSPRoots:         issuing.Pool(),
		Clients: []bank.Client{{
			ID:                     clientID,
			Secret:                 clientSecret,
			OrganizationIdentifier: agreement,
			RedirectURIs:           []string{redirectURI},
		}},
	}
	for _, f := range change {
		f(&config)
	}
	sim, err := bank.New(config)
	if err != nil {
		t.Fatal(err)
	}
	if s.bank, err = sim.Start("127.0.0.1:0", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.bank.Close)
	s.config = connector.Config{
		Profile:     s.profile(t, segment),
		Transport:   s.transport,
		Signing:     s.qsealc.Source(),
		Credentials: connector.Credentials{ClientID: clientID, ClientSecret: clientSecret},
		KeyIDBase:   publish(t, s.qsealc),
	}
	return s
}

func (s *setup) profile(t testing.TB, segment string) connector.Profile {
	t.Helper()
	endpoints, ok := s.bank.Endpoints(segment)
	if !ok {
		t.Fatalf("no segment %s", segment)
	}
	p := connector.SocieteGenerale()
	p.AISBaseURL, p.PISBaseURL = endpoints.AISBaseURL, endpoints.PISBaseURL
	p.AuthorizeURL, p.TokenURL = endpoints.AuthorizeURL, endpoints.TokenURL
	p.Connection.TrustAnchors = s.anchors()
	p.Connection.RetryBackoff = connector.Duration(time.Millisecond)
	return p
}

func (s *setup) anchors() []string {
	return []string{string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.qtsp.Root().Raw}))}
}

// keys are made once per kind: an RSA key costs more than most tests.
var keys sync.Map

func issue(t testing.TB, request qtsp.Request) *qtsp.Issued {
	t.Helper()
	if key, ok := keys.Load(request.Kind); ok {
		request.Key = key.(crypto.Signer)
	}
	issued := qtsp.Must(t).MustIssue(t, request)
	keys.Store(request.Kind, issued.Key.Signer())
	return issued
}

// client builds a client of the configuration as it is now.
func (s *setup) client(t testing.TB) *connector.Client {
	t.Helper()
	client, err := connector.New(s.config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// consent takes a customer through the bank's pages.
func consent(t testing.TB, client *connector.Client) *connector.Token {
	t.Helper()
	token, err := client.ExchangeCode(t.Context(), code(t, client), redirectURI, secret.Text{})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func code(t testing.TB, client *connector.Client) string {
	t.Helper()
	address, err := client.AuthorizeURL("state-1", redirectURI, secret.Text{})
	if err != nil {
		t.Fatal(err)
	}
	back, err := bank.Approve(t.Context(), address, "55000002", "111111")
	if err != nil {
		t.Fatal(err)
	}
	if got := back.Query().Get("state"); got != "state-1" {
		t.Fatalf("state %q came back", got)
	}
	return back.Query().Get("code")
}

// publish serves certificates where the profile's key id says they are.
func publish(t testing.TB, issued ...*qtsp.Issued) string {
	t.Helper()
	mux := http.NewServeMux()
	for _, i := range issued {
		mux.HandleFunc("GET /qsealc_"+i.Certificate.SHA256, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write(i.CertificatePEM())
		})
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}
