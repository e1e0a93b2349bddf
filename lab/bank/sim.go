// Package bank is a simulated Societe Generale: a bank strict enough to
// develop and test a connector on. It has two faces, as the real one has: an
// mTLS listener with the token endpoint and the APIs, and a browser-facing
// one with the authorize and payment pages. It shares no code with package
// connector, so that the two can disagree.
//
// It knows what is publicly known of the bank. Passing here proves agreement
// with that, not with the bank.
package bank

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank/grants"
	"github.com/sealkeeper/sealkeeper/lab/bank/ledger"
	"github.com/sealkeeper/sealkeeper/lab/bank/mishap"
	"github.com/sealkeeper/sealkeeper/lab/bank/pages"
	"github.com/sealkeeper/sealkeeper/lab/bank/payment"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/bank/seals"
	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
)

// Config is what a bank is made of.
type Config struct {
	ServerCertificate tls.Certificate // of the mTLS listener
	QTSPRoots         *x509.CertPool  // issuers whose QWACs and QSealCs the bank takes
	// their issuing CAs, for a QSealC published without its chain; may be nil
	QTSPIssuing *x509.CertPool
	Clients     []portal.Client  // applications of the developer portal
	Applicant   portal.Applicant // whom the portal's forms are filled in for
	// where the browser goes in place of a registered address; nil: there. An evaluation
	// that registers https addresses without serving them has one
	Detour   func(address string) string
	Segments []segments.Segment // nil means Segments()
	// that every AIS signature must cover; nil means client-id, digest and x-request-id
	SignedHeaders []string
	// that every PIS signature must cover; nil means digest and x-request-id
	PISSignedHeaders []string
	Acceptance       portal.Acceptance // how the bank recognises a client's QWAC; "" means ByOrganization
	MaxTLSVersion    uint16            // 0: any; the bank's guide speaks of TLS 1.2
	RemoteKeys       bool              // fetch QSealCs from other machines too; else from loopback only
	KeyClient        *http.Client      // fetches QSealCs at their key id; nil means a bounded one
	TokenLifetime    time.Duration     // of access tokens; 0 means 30 minutes
	RequirePKCE      bool              // refuse authorize requests without a code challenge
	// payments are confirmed with a code's token at /o-confirmation instead
	OConfirmation bool
	Payments      payment.Rules                   // Now and Settled are the bank's own
	PageSize      int                             // transactions per page; 0 means 40: two pages for most accounts
	BrowserURL    string                          // where Browser is served; Start sets it
	Wrap          func(http.Handler) http.Handler // around the APIs, for tests that watch what passes; may be nil
	SlowFor       time.Duration                   // how long Slow holds a request; 0 means 12 seconds
	Patience      time.Duration                   // with a handshake and a request's header; 0 means 5 seconds
	Now           func() time.Time
	Log           *slog.Logger // nil means silence
}

// Sim is a simulated bank. It is safe for concurrent use.
type Sim struct {
	*portal.Portal
	portal.Revocations

	cfg        Config
	grants     *grants.Store
	sessions   *pages.Sessions
	seals      *seals.Store
	payments   *payment.Book
	ledgers    map[string]*ledger.Book // by environment and segment
	browserURL atomic.Pointer[string]
	clock      *clock
	mishaps    mishap.Armed
	latency    atomic.Int64 // of every call, in nanoseconds
	traffic    trafficLog
}

// New returns a bank that is not listening yet: Start it, or serve API and
// Browser yourself.
func New(cfg Config) (*Sim, error) {
	if cfg.QTSPRoots == nil {
		return nil, errors.New("bank: QTSPRoots is missing")
	}
	registered, err := portal.New(cfg.Acceptance)
	if err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	moved := &clock{base: cfg.Now}
	cfg.Now = moved.now
	s := &Sim{
		cfg:      cfg,
		clock:    moved,
		traffic:  trafficLog{counts: newTraffic()},
		Portal:   registered,
		grants:   grants.New(cfg.Now, cfg.TokenLifetime),
		sessions: pages.NewSessions(cfg.Now),
		seals: seals.New(seals.Config{
			Client:  cfg.KeyClient,
			Roots:   cfg.QTSPRoots,
			Issuing: cfg.QTSPIssuing,
			Remote:  cfg.RemoteKeys,
			Now:     cfg.Now,
		}),
		ledgers: map[string]*ledger.Book{},
	}
	cfg.Payments.Now, cfg.Payments.Settled = cfg.Now, s.settled
	s.payments = payment.NewBook(cfg.Payments)
	s.browserURL.Store(&cfg.BrowserURL)
	for _, segment := range cfg.Segments {
		book, err := ledger.Open(segment.Name, cfg.Now)
		if err != nil {
			return nil, err
		}
		s.ledgers[segment.Key()] = book
	}
	for _, client := range cfg.Clients {
		if err := s.Register(client); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (cfg Config) withDefaults() Config {
	if cfg.Segments == nil {
		cfg.Segments = segments.All()
	}
	if cfg.SignedHeaders == nil {
		cfg.SignedHeaders = []string{"client-id", "digest", "x-request-id"}
	}
	if cfg.PISSignedHeaders == nil {
		cfg.PISSignedHeaders = []string{"digest", "x-request-id"}
	}
	if cfg.TokenLifetime == 0 {
		cfg.TokenLifetime = 30 * time.Minute
	}
	if cfg.PageSize == 0 {
		cfg.PageSize = ledger.DefaultPage
	}
	if cfg.SlowFor == 0 {
		cfg.SlowFor = 12 * time.Second
	}
	if cfg.Patience == 0 {
		cfg.Patience = 5 * time.Second
	}
	if cfg.Detour == nil {
		cfg.Detour = func(address string) string { return address }
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return cfg
}

func (s *Sim) ledger(segment segments.Segment) *ledger.Book { return s.ledgers[segment.Key()] }
