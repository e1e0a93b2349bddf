// Package tpp is a payment firm for the tests of the connector: its certificates, its
// clients, and the bank at which it is registered, which is the simulated one or
// a server that answers what a test says.
package tpp

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/duration"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
)

// What the firm is registered with.
const (
	ClientID    = "5c1f0e6a2b110f6b2a1c8f0d4b0e9a53"
	RedirectURI = "https://tpp.example/callback"
	agreement   = "PSDFR-ACPR-12345"
)

// ClientSecret is the secret of ClientID.
var ClientSecret = secret.NewTextString("9a535c1f0e6a2b110f6b2a1c8f0d4b0e")

// TPP is a firm registered at the simulated bank.
type TPP struct {
	Bank         *bank.Server
	QTSP         *qtsp.QTSP
	QWAC, QSealC *qtsp.Issued
	Config       connector.Config
}

// New registers a firm at a segment of the simulated bank, whose configuration a test may change.
func New(t testing.TB, segment string, change ...func(*bank.Config)) *TPP {
	t.Helper()
	s := &TPP{
		QTSP:   qtsp.Must(t),
		QWAC:   Issue(t, qtsp.Request{Kind: certs.QWAC, OrganizationIdentifier: agreement}),
		QSealC: Issue(t, qtsp.Request{Kind: certs.QSealC, OrganizationIdentifier: agreement}),
	}
	certificate, err := s.QTSP.ServerCertificate("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	config := bank.Config{
		ServerCertificate: certificate,
		QTSPRoots:         s.QTSP.Pool(),
		Clients: []portal.Client{{
			ID:                     ClientID,
			Secret:                 ClientSecret,
			OrganizationIdentifier: agreement,
			RedirectURIs:           []string{RedirectURI},
		}},
	}
	for _, f := range change {
		f(&config)
	}
	sim, err := bank.New(config)
	if err != nil {
		t.Fatal(err)
	}
	if s.Bank, err = sim.Start("127.0.0.1:0", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Bank.Close)
	endpoints, ok := s.Bank.Endpoints(segment)
	if !ok {
		t.Fatalf("no segment %s", segment)
	}
	s.Config = Config(t, "")
	p := &s.Config.Profile
	p.AISBaseURL, p.PISBaseURL = endpoints.AISBaseURL, endpoints.PISBaseURL
	p.AuthorizeURL, p.TokenURL = endpoints.AuthorizeURL, endpoints.TokenURL
	s.Config.Transport, s.Config.Signing = Holding(s.QWAC), s.QSealC.Source()
	s.Config.KeyIDBase = publish(t, s.QSealC)
	return s
}

// Client returns a client of the configuration as it is now.
func (s *TPP) Client(t testing.TB) *connector.Client {
	t.Helper()
	return Client(t, s.Config)
}

// Config is the configuration of a firm at the bank with this address.
func Config(t testing.TB, bankURL string) connector.Config {
	t.Helper()
	p := connector.SocieteGenerale()
	p.AISBaseURL, p.PISBaseURL = bankURL+"/psd2/xs2a", bankURL+"/pis"
	p.TokenURL, p.AuthorizeURL = bankURL+"/token", bankURL+"/authorize"
	p.Connection.TrustAnchors = Anchors(qtsp.Must(t))
	p.Connection.RetryBackoff = duration.Duration(time.Millisecond)
	return connector.Config{
		Profile:     p,
		Transport:   Issue(t, qtsp.Request{Kind: certs.QWAC}).Source(),
		Signing:     Issue(t, qtsp.Request{Kind: certs.QSealC}).Source(),
		Credentials: oauth.Credentials{ClientID: ClientID, ClientSecret: ClientSecret},
		KeyIDBase:   "https://tpp.example",
	}
}

// Client returns a client, which is closed with the test.
func Client(t testing.TB, config connector.Config) *connector.Client {
	t.Helper()
	client, err := connector.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
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
