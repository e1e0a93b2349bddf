// Package app is the wiring: it introduces the parts of Sealkeeper to each other.
// The service, every command that works on its database, and the tests get their
// services here and nowhere else.
package app

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/changefeed"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/outgoing"
	"github.com/sealkeeper/sealkeeper/internal/passkey"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/throttle"
	"github.com/sealkeeper/sealkeeper/internal/tlsconfig"
	"github.com/sealkeeper/sealkeeper/internal/usage"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web"
	"github.com/sealkeeper/sealkeeper/web/api"
	"github.com/sealkeeper/sealkeeper/web/ui"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// importGrace exceeds what hcvault gives one import: 60 s for the key and 10 s for the document.
const importGrace = 90 * time.Second

// Config is what services are wired from.
type Config struct {
	DB         *store.DB
	Custody    vault.Custody
	Catalogue  *catalogue.Catalogue
	PublicURL  string           // under which browsers and banks reach the service
	Proxies    []netip.Prefix   // our own, which may say for whom they ask
	Stated     policy.Values    // what the configuration states of the policy; the database's is in force
	Outgoing   *outgoing.Client // nil: nobody is asked
	Evaluation string           // the custody's mode where nothing is real; every page says so. Empty in production
	Logger     *slog.Logger
	Now        func() time.Time // nil: time.Now
	Grace      time.Duration    // before a pending import is judged; 0: longer than custody may take for one
}

// Records are the services that need the database alone: they work while custody does not.
type Records struct {
	DB       *store.DB
	Audit    *audit.Log
	Identity *identity.Service
	InForce  *policy.InForce
}

// NewRecords wires what needs no custody. A nil clock is the machine's. What is stated of the
// policy has to agree with the one in the database, or nothing can be administered.
func NewRecords(db *store.DB, now func() time.Time, stated policy.Values) Records {
	if now == nil {
		now = time.Now
	}
	inForce := policy.NewInForce(db, stated)
	log := audit.New(db, now, inForce.Admit)
	return Records{DB: db, Audit: log, Identity: identity.New(db, log, now), InForce: inForce}
}

// Services is the whole of Sealkeeper, wired.
type Services struct {
	Records
	Catalogue     *catalogue.Catalogue
	Vault         *vault.Vault
	Approvals     *approval.Service
	Policy        *policy.Service
	Registrations *registration.Service
	Issuer        *issuer.Issuer
	Consents      *consent.Service
	Payments      *payment.Service
	Passkeys      *passkey.Service
	Accounts      *service.Accounts
	Feed          *changefeed.Feed
	Usage         *usage.Meter
	TLS           *tlsconfig.Service
	Campaigns     *campaign.Service

	throttle *throttle.Throttle
	cfg      Config
	follows  atomic.Pointer[corrections]
}

// New wires the services. It fails on a catalogue that the connector cannot follow.
func New(cfg Config) (*Services, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Grace == 0 {
		cfg.Grace = importGrace
	}
	for _, in := range cfg.Catalogue.All() {
		if _, err := issuer.Profile(in); err != nil {
			return nil, err
		}
	}
	s := &Services{
		Records:   NewRecords(cfg.DB, cfg.Now, cfg.Stated),
		Catalogue: cfg.Catalogue,
		throttle:  throttle.New(cfg.Now),
		cfg:       cfg,
	}
	var err error
	if s.Passkeys, err = passkey.New(cfg.DB, s.Identity, s.Audit, cfg.Now, cfg.PublicURL); err != nil {
		return nil, err
	}
	requests := NewRequests(s.Records, cfg.Now)
	s.Policy = newPolicy(s.Records, cfg.Catalogue, cfg.Logger, cfg.Now, requests, s.followCorrections)
	s.wireVault(requests)
	s.wireRegistrations(requests)
	s.Issuer = issuer.New(issuer.Config{
		Registrations: s.Registrations,
		Vault:         s.Vault,
		Active:        cfg.DB,
		Audit:         s.Audit,
		PublishURL:    cfg.PublicURL + "/.well-known",
		Now:           cfg.Now,
	})
	s.Payments = payment.New(payment.Config{
		Store:     cfg.DB,
		Banks:     s.Issuer,
		Approvals: requests,
		Live: func(ctx context.Context, registrationID string) (bool, error) {
			r, err := cfg.DB.RegistrationByID(ctx, registrationID)
			return cfg.Catalogue.Live(r.InstitutionID), err
		},
		Audit: s.Audit,
		Now:   cfg.Now,
	})
	s.wireServices(requests)
	s.Campaigns = campaign.New(campaign.Config{
		Store:         cfg.DB,
		Registrations: s.Registrations,
		Certificates:  s.Vault,
		Banks:         s.Issuer,
		Services:      s.Usage,
		Approvals:     requests,
		Audit:         s.Audit,
		Now:           cfg.Now,
	})
	s.Approvals = approval.NewService(requests, slices.Concat(s.Vault.Handlings(), s.Registrations.Handlings(),
		[]approval.Handling{s.Payments.Handling(), s.Policy.Handling(), s.Accounts.Handling(),
			s.Campaigns.Handling()})...)
	s.Consents = consent.New(consent.Config{
		Records:       cfg.DB,
		Leases:        cfg.DB,
		Clients:       s.Issuer,
		Registrations: s.Registrations,
		Custody:       s.Vault,
		Audit:         s.Audit,
		Logger:        cfg.Logger,
		Now:           cfg.Now,
	})
	return s, nil
}

// NewRequests is where changes that take two people are asked for, and read.
func NewRequests(r Records, now func() time.Time) *approval.Requests {
	return approval.New(approval.Config{Store: r.DB, People: r.Identity, Audit: r.Audit, Policy: r.InForce, Now: now})
}

func (s *Services) wireVault(requests *approval.Requests) {
	db := s.cfg.DB
	s.Vault = vault.New(vault.Config{
		Custody:           s.cfg.Custody,
		Records:           db,
		Summaries:         db,
		RulesAhead:        db,
		Intents:           db,
		Requests:          db,
		Lines:             db,
		Lifecycle:         db,
		CertificateMirror: db,
		Uses:              db,
		Issuers:           issuers{s.cfg.Outgoing},
		Namings:           db,
		Checks:            db,
		Mirror:            db,
		Approvals:         requests,
		Live:              s.cfg.Catalogue.Live,
		Audit:             s.Audit,
		Logger:            s.cfg.Logger,
		Now:               s.cfg.Now,
		Grace:             s.cfg.Grace,
	})
}

func (s *Services) wireRegistrations(requests *approval.Requests) {
	db := s.cfg.DB
	s.Registrations = registration.New(registration.Config{
		Catalogue:     s.cfg.Catalogue,
		Parties:       db,
		Changes:       db,
		Registrations: db,
		Lookup:        db,
		Checklist:     db,
		Evidence:      db,
		Emails:        db,
		Holdings:      db,
		BankFacts:     db,
		Sealer:        s.Vault,
		Consents:      db,
		Bundles:       issuer.DurableBundles(db, s.Vault),
		Certificates:  s.Vault,
		Credentials:   s.Vault,
		Approvals:     requests,
		Audit:         s.Audit,
		Now:           s.cfg.Now,
	})
}

func (s *Services) wireServices(requests *approval.Requests) {
	db := s.cfg.DB
	s.Feed = changefeed.New(db, s.cfg.Logger)
	s.Accounts = service.New(service.Config{
		Store:         db,
		Tokens:        db,
		Registrations: db,
		Catalogue:     s.cfg.Catalogue,
		Approvals:     requests,
		Feed:          s.Feed,
		Audit:         s.Audit,
		Now:           s.cfg.Now,
	})
	s.Usage = usage.New(usage.Config{Store: db, Accounts: s.Accounts, Audit: s.Audit, Now: s.cfg.Now})
	s.TLS = tlsconfig.New(tlsconfig.Config{
		Registrations: s.Registrations,
		All:           db,
		Vault:         s.Vault,
		Limits:        s.Accounts,
		Counter:       s.Usage,
		Feed:          s.Feed,
		Audit:         s.Audit,
		PublishURL:    s.cfg.PublicURL + "/.well-known",
		Now:           s.cfg.Now,
	})
	s.Feed.OnChange(func(c changefeed.Change) {
		switch {
		case c.Kind == changefeed.Account:
			s.Accounts.Forget(c.ID)
		case !s.Feed.Known(c.ID): // a new one, which any account may be bound to
			s.Accounts.Forget("")
		default:
			s.TLS.Changed(c.ID)
		}
	})
	s.Registrations.OnChange(func(registrationID string) {
		s.TLS.Changed(registrationID)
		s.Feed.Poke()
	})
}

// Sessions keeps the console's sessions in the database.
func (s *Services) Sessions() *scs.SessionManager {
	return session.Kept(s.DB.Sessions(), strings.HasPrefix(s.cfg.PublicURL, "https://"))
}

// Console is what the console is made of.
func (s *Services) Console() ui.Config {
	return ui.Config{
		Vault:         s.Vault,
		Approvals:     s.Approvals,
		Policy:        s.Policy,
		Registrations: s.Registrations,
		Issuer:        s.Issuer,
		Consents:      s.Consents,
		Payments:      s.Payments,
		Usage:         s.Usage,
		Campaigns:     s.Campaigns,
		Identity:      s.Identity,
		Passkeys:      s.Passkeys,
		Throttle:      s.throttle,
		Audit:         s.Audit,
		Sessions:      s.Sessions(),
		Now:           s.cfg.Now,
		Evaluation:    s.cfg.Evaluation,
		PublicURL:     s.cfg.PublicURL,
	}
}

// API is what serves /v1.
func (s *Services) API() *api.API {
	return &api.API{
		Vault:         s.Vault,
		Approvals:     s.Approvals,
		Policy:        s.Policy,
		Registrations: s.Registrations,
		Issuer:        s.Issuer,
		Payments:      s.Payments,
		Consents:      s.Consents,
		Accounts:      s.Accounts,
		Feed:          s.Feed,
		Usage:         s.Usage,
		TLS:           s.TLS,
		Campaigns:     s.Campaigns,
		Identity:      s.Identity,
		Passkeys:      s.Passkeys,
		Audit:         s.Audit,
		Now:           s.cfg.Now,
	}
}

// Handler is the HTTP server: console, API and what operators probe.
func (s *Services) Handler() (http.Handler, error) {
	pages, err := ui.New(s.Console())
	if err != nil {
		return nil, err
	}
	return web.New(web.Config{
		API:     s.API(),
		UI:      pages,
		Vault:   s.Vault,
		Metrics: s.metrics(),
		Logger:  s.cfg.Logger,
		Limits:  web.DefaultLimits,
		Proxies: s.cfg.Proxies,
		Parts: []web.Part{
			{Name: "database", Health: s.DB.Health},
			{Name: "audit", Health: s.Audit.Health},
			{Name: "custody", Health: s.Vault.Health, Warning: s.loginWarning},
			{Name: "policy", Health: healthy, Warning: s.Policy.Warning},
		},
	}), nil
}

func (s *Services) metrics() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "sealkeeper_custody_orphans",
			Help: "Keys and documents without a record, and records without them; `sealkeeper custody check` " +
				"names them.",
		}, s.orphans),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "sealkeeper_audit_refused_total",
			Help: "Audit entries that could not be written, each an act that was refused for it.",
		}, func() float64 { return float64(s.Audit.Refused()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "sealkeeper_vault_login_ends_timestamp_seconds",
			Help: "When the secret id ends with which the service logs in to Vault; 0 where none does or it is not " +
				"known. `sealkeeper vault secret-id` writes another.",
		}, s.loginEnds),
		s.cfg.Outgoing.Metrics(),
	)
	return registry
}

// loginEnder is a custody whose login may come to an end that only a person can put off.
type loginEnder interface {
	LoginEnds() time.Time
	Warning() error
}

func (s *Services) loginEnds() float64 {
	if custody, ok := s.cfg.Custody.(loginEnder); ok && !custody.LoginEnds().IsZero() {
		return float64(custody.LoginEnds().Unix())
	}
	return 0
}

func (s *Services) loginWarning() error {
	if custody, ok := s.cfg.Custody.(loginEnder); ok {
		return custody.Warning()
	}
	return nil
}

// orphansPatience is how long whoever reads the metrics waits for the database.
const orphansPatience = 2 * time.Second

func (s *Services) orphans() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), orphansPatience)
	defer cancel()
	if last, err := s.Vault.LastCheck(ctx); err == nil && last != nil {
		return float64(len(last.Orphans) + last.Omitted)
	}
	return 0
}
