// Package banksim is a simulated Societe Generale: a bank strict enough to
// develop and test a connector on. It has two faces, as the real one has: an
// mTLS listener with the token endpoint and the APIs, and a browser-facing
// one with the authorize page. It shares no code with package connector, so
// that the two can disagree.
//
// It knows what is publicly known of the bank. Passing here proves agreement
// with that, not with the bank.
package banksim

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/secret"
)

// Config is what a bank is made of.
type Config struct {
	ServerCertificate tls.Certificate // of the mTLS listener
	QTSPRoots         *x509.CertPool  // issuers whose QWACs and QSealCs the bank takes
	QTSPIssuing       *x509.CertPool  // their issuing CAs, for a QSealC published without its chain; may be nil
	Clients           []Client        // applications of the developer portal
	Segments          []Segment       // nil means Segments()
	SignedHeaders     []string        // that every API signature must cover; nil means client-id, digest and x-request-id
	KeyClient         *http.Client    // fetches QSealCs at their key id; nil means a bounded one
	TokenLifetime     time.Duration   // of access tokens; 0 means 30 minutes
	SlowFor           time.Duration   // how long Slow holds a request; 0 means 12 seconds
	Now               func() time.Time
	Log               *slog.Logger // nil means silence
}

// Client is an application as the portal knows it. The organization
// identifier stands for the QWAC the bank was sent by mail: another TPP's
// certificate does not open this client.
type Client struct {
	ID                     string
	Secret                 secret.Text
	OrganizationIdentifier string
	RedirectURIs           []string // compared letter by letter
}

// Segment is one of the bank's three customer segments, which have paths,
// versions and token rules of their own.
type Segment struct {
	Name            string // pri, pro or ent
	AuthorizePath   string
	AISPath         string
	PISPath         string
	RefreshLifetime time.Duration // 0: no refresh token, the consent ends with the access token
}

// Segments returns the sandbox's segments.
func Segments() []Segment {
	const ninetyDays = 90 * 24 * time.Hour
	return []Segment{
		{"pri", "/pri/oauth2/authorize", "/sg/sb/pri/v1.4.2.17/psd2/xs2a", "/sg/sb/dsp2/pisp/pri/v1.4.2.15", ninetyDays},
		{"pro", "/pro/oauth2/authorize", "/sg/sb/pro/v1.4.2.4/psd2/xs2a", "/sg/sb/dsp2/pisp/pro/v1.4.2.15", ninetyDays},
		{"ent", "/ent/oauth2/authorize", "/sg/sb/ent/v1.4.2.4/psd2/xs2a", "/sg/sb/dsp2/pisp/ent/v1.4.2.15", 0},
	}
}

// TokenPath is the token endpoint on the mTLS listener.
const TokenPath = "/oauth2/token"

// Sim is a simulated bank. It is safe for concurrent use.
type Sim struct {
	cfg      Config
	clients  *clients
	grants   *grants
	sessions *sessions
	seals    *seals
	failures failures
	seen     seen
}

// New returns a bank that is not listening yet: Start it, or serve API and
// Browser yourself.
func New(cfg Config) (*Sim, error) {
	if cfg.QTSPRoots == nil {
		return nil, errors.New("banksim: QTSPRoots is missing")
	}
	if cfg.Segments == nil {
		cfg.Segments = Segments()
	}
	if cfg.SignedHeaders == nil {
		cfg.SignedHeaders = []string{"client-id", "digest", "x-request-id"}
	}
	if cfg.TokenLifetime == 0 {
		cfg.TokenLifetime = 30 * time.Minute
	}
	if cfg.SlowFor == 0 {
		cfg.SlowFor = 12 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Sim{
		cfg:      cfg,
		clients:  &clients{byID: map[string]registered{}},
		grants:   newGrants(cfg.Now, cfg.TokenLifetime),
		sessions: newSessions(cfg.Now),
		seals:    newSeals(cfg),
	}
	for _, client := range cfg.Clients {
		if err := s.Register(client); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// API returns the handler of the mTLS listener. It needs TLSConfig's
// client certificates.
func (s *Sim) API() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+TokenPath, s.token)
	for _, segment := range s.cfg.Segments {
		mux.HandleFunc("GET "+segment.AISPath+"/accounts", s.accounts(segment))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, http.StatusNotFound, "No such resource")
	})
	return s.watch(mux)
}

// Browser returns the handler of the browser-facing listener.
func (s *Sim) Browser() http.Handler {
	mux := http.NewServeMux()
	for _, segment := range s.cfg.Segments {
		mux.HandleFunc("GET "+segment.AuthorizePath, s.authorize(segment))
	}
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /consent", s.consent)
	mux.HandleFunc("GET /style.css", style)
	return pageHeaders(mux)
}
