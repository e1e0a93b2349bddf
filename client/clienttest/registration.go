package clienttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/signature"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// Registration is one registration on a Server.
type Registration struct {
	ID string

	server      *Server
	application string
	institution string
	seq         int
	gone        bool
	exportable  bool
	signs       bool // with a QSealC
	lends       bool // its credentials
	clientID    string
	secret      string
	systemRoots bool
	active      int // version; 0: none
	versions    []identity
}

// identity is a certificate with its key.
type identity struct {
	key   *ecdsa.PrivateKey
	leaf  *x509.Certificate
	sum   string
	since time.Time
}

func (i identity) chain() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.leaf.Raw}))
}

// Add adds a registration with no version in use.
func (s *Server) Add(application, institution string) *Registration {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &Registration{
		ID:          "r-" + strconv.Itoa(len(s.registrations)+1),
		server:      s,
		application: application,
		institution: institution,
	}
	s.registrations = append(s.registrations, r)
	return r
}

// Activate puts a version in use, with a new certificate that is good for 90 days, and returns its fingerprint.
func (r *Registration) Activate() (sha256 string) { return r.ActivateFor(90 * 24 * time.Hour) }

// ActivateFor is Activate with a certificate that is good for that long.
func (r *Registration) ActivateFor(life time.Duration) (sha256 string) {
	s := r.server
	next := s.issue(life)
	s.mu.Lock()
	defer s.mu.Unlock()
	r.versions = append(r.versions, next)
	r.active = len(r.versions)
	r.changed()
	return next.sum
}

// AllowExport has the keys handed out from now on.
func (r *Registration) AllowExport() {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	r.exportable = true
	r.changed()
}

// AllowSigning gives the account the purpose signing: digests and requests are signed with a QSealC, which all versions
// share.
func (r *Registration) AllowSigning() {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	r.signs = true
	r.changed()
}

// Credentials gives the account the purpose credentials, and says what the client id and secret are from now on; empty
// ones are what a faulty service would answer.
func (r *Registration) Credentials(clientID, clientSecret string) {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	r.lends, r.clientID, r.secret = true, clientID, clientSecret
	r.changed()
}

// TrustSystemRoots has the bank's certificates come from the system's CA certificates too.
func (r *Registration) TrustSystemRoots() {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	r.systemRoots = true
	r.changed()
}

// Block takes the registration out of use.
func (r *Registration) Block() {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	r.active = 0
	r.changed()
}

// Unbind takes the registration away from the account.
func (r *Registration) Unbind() {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	r.gone = true
	r.changed()
	r.server.bound = r.seq
}

// changed numbers a change. The caller holds mu.
func (r *Registration) changed() {
	r.server.seq++
	r.seq = r.server.seq
	r.server.wakeAll()
}

// StartBank starts a server that takes the certificates of this Server's registrations and nobody else's, on a TCP
// port of this machine. Versions that are read from now on lead there.
func (s *Server) StartBank(handler http.Handler) (url string) {
	s.t.Helper()
	der, key := s.sign(&x509.Certificate{
		DNSNames:    []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, 24*time.Hour)
	pool := x509.NewCertPool()
	pool.AddCert(s.issuer)
	bank := httptest.NewUnstartedServer(handler)
	bank.TLS = &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    pool,
	}
	bank.StartTLS()
	s.t.Cleanup(bank.Close)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bank = bank.URL
	return bank.URL
}

// configuration is what is said of the version in use. The caller holds mu.
func (r *Registration) configuration() api.TLSConfiguration {
	s, v := r.server, r.versions[r.active-1]
	base, _ := url.Parse(s.bank) // httptest's, or the one of New
	port := base.Port()
	if port == "" {
		port = "443"
	}
	mode := api.TLSKeyRemote
	if r.exportable {
		mode = api.TLSKeyExportable
	}
	out := api.TLSConfiguration{
		RegistrationID: r.ID,
		Application:    r.application,
		Institution:    r.institution,
		Environment:    "sandbox",
		Purposes:       []api.ServicePurpose{"transport"},
		Version:        r.active,
		ActivatedAt:    v.since,
		NotAfter:       v.leaf.NotAfter,
		Transport: api.TLSCertificate{
			ChainPEM:  v.chain(),
			SHA256:    v.sum,
			NotBefore: v.leaf.NotBefore,
			NotAfter:  v.leaf.NotAfter,
			Key: api.TLSKey{
				Mode:       mode,
				Type:       "ecdsa-p256",
				Algorithms: []string{"ecdsa_secp256r1_sha256"},
				SigningURL: "/v1/tls/" + r.ID + "/handshakes",
			},
		},
		TrustAnchors: []string{string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.issuer.Raw}))},
		SystemRoots:  r.systemRoots,
		PinnedNames:  []string{},
		Servers: []api.TLSServer{{
			Use:        "accounts",
			BaseURL:    s.bank,
			ServerName: base.Hostname(),
			Address:    net.JoinHostPort(base.Hostname(), port),
		}},
		MinVersion: "1.2",
	}
	r.addPurposes(&out)
	return out
}

// addPurposes adds what the account may do besides transport.
func (r *Registration) addPurposes(to *api.TLSConfiguration) {
	if seal := r.server.seal; r.signs {
		to.Purposes = append(to.Purposes, "signing")
		to.Signing = &api.TLSCertificate{
			ChainPEM:  seal.chain(),
			SHA256:    seal.sum,
			NotBefore: seal.leaf.NotBefore,
			NotAfter:  seal.leaf.NotAfter,
			Key: api.TLSKey{
				Mode:       api.TLSKeyRemote,
				Type:       "ecdsa-p256",
				Algorithms: []string{signature.AlgorithmECDSA},
				SigningURL: "/v1/tls/" + r.ID + "/signatures",
			},
		}
	}
	if r.lends {
		to.Purposes = append(to.Purposes, "credentials")
		to.ClientID = r.clientID
	}
}

func newIssuer(t testing.TB) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	s := &Server{t: t}
	template := &x509.Certificate{
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, key := s.sign(template, 10*365*24*time.Hour)
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c, key
}

func (s *Server) issue(life time.Duration) identity {
	s.t.Helper()
	der, key := s.sign(&x509.Certificate{
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		KeyUsage:    x509.KeyUsageDigitalSignature,
	}, life)
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		s.t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return identity{key, leaf, hex.EncodeToString(sum[:]), time.Now()}
}

// sign issues a certificate for a new key; without an issuer it signs itself.
func (s *Server) sign(template *x509.Certificate, life time.Duration) ([]byte, *ecdsa.PrivateKey) {
	s.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		s.t.Fatal(err)
	}
	template.SerialNumber = serial
	template.Subject = pkix.Name{CommonName: "clienttest"}
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().Add(life)
	issuer, signer := template, key
	if s.issuer != nil {
		issuer, signer = s.issuer, s.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, &key.PublicKey, signer)
	if err != nil {
		s.t.Fatal(err)
	}
	return der, key
}
