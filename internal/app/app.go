// Package app is the wiring: it introduces the parts of Sealkeeper to each other.
// The service, every command that works on its database, and the tests get their
// services here and nowhere else.
package app

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sealkeeper/sealkeeper/internal/alerts"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/bankfiles"
	"github.com/sealkeeper/sealkeeper/internal/bankservers"
	"github.com/sealkeeper/sealkeeper/internal/banktoken"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/changefeed"
	"github.com/sealkeeper/sealkeeper/internal/clientcert"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/dora"
	"github.com/sealkeeper/sealkeeper/internal/exportlink"
	"github.com/sealkeeper/sealkeeper/internal/federation"
	"github.com/sealkeeper/sealkeeper/internal/idempotency"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/incident"
	"github.com/sealkeeper/sealkeeper/internal/installation"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/keycopies"
	"github.com/sealkeeper/sealkeeper/internal/passkey"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/internal/retention"
	"github.com/sealkeeper/sealkeeper/internal/review"
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/throttle"
	"github.com/sealkeeper/sealkeeper/internal/tlsconfig"
	"github.com/sealkeeper/sealkeeper/internal/tracing/otlp"
	"github.com/sealkeeper/sealkeeper/internal/trust"
	"github.com/sealkeeper/sealkeeper/internal/usage"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/existing"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
)

// importGrace exceeds what hcvault gives one import: 60 s for the key and 10 s for the document.
const importGrace = 90 * time.Second

// Config is what services are wired from.
type Config struct {
	DB           *store.DB
	Custody      vault.Custody
	Catalogue    *catalogue.Catalogue
	Folder       string           // of catalogue files; "": none is read
	PublicURL    string           // under which browsers and banks reach the service
	Proxies      []netip.Prefix   // our own, which may say for whom they ask
	Stated       policy.Values    // what the configuration states of the policy; the database's is in force
	Outgoing     *internet.Client // nil: nobody is asked
	Alerts       Alerting
	VaultHost    string                 // where custody is, on another machine; "" where it is here
	Evaluation   string                 // the custody's mode where nothing is real, as pages say; "" in production
	Support      page.Support           // whom people ask who get stuck
	Desk         string                 // address of the page that helps to evaluate; "" for none
	VaultMetrics prometheus.Collector   // nil where custody is not in Vault
	Traces       *otlp.Tracing          // nil: nothing is traced
	Drain        time.Duration          // how long the service goes on when it is told to stop
	Settings     []installation.Setting // as people are shown them
	ReviewMonths int                    // after how many months access is reviewed again; 0: never
	OwnTokens    time.Duration          // how long tokens are valid at most that people make themselves; 0: the default
	Providers    []federation.Settings  // of identities; none: nobody signs in so
	Workloads    []string               // issuers whose word about workloads counts
	// of services, from a proxy; without anchors there are none
	ClientCertificates clientcert.Config
	Snapshot           Snapshot       // of Vault
	AuditHeads         config.Audit   // where signed heads of the audit log go, and files of its archive
	AuditDays          int            // after how many days its entries go into the archive; 0: never
	TrustedLists       TrustedLists   // of the EU
	Registers          Registers      // of payment firms
	Retention          retention.Days // nil: the default
	Callback           string         // redirect URI that applications are offered; "": /callback below PublicURL
	Logger             *slog.Logger
	Now                func() time.Time // nil: time.Now
	Grace              time.Duration    // before a pending import is judged; 0: longer than custody may take for one
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
	Imports       *existing.Service
	Issuer        *issuer.Issuer
	Consents      *consent.Service
	Payments      *payment.Service
	Passkeys      *passkey.Service
	BankTokens    *banktoken.Service
	Accounts      *service.Accounts
	Feed          *changefeed.Feed
	Usage         *usage.Meter
	ExportLinks   *exportlink.Service
	Requests      *idempotency.Service
	TLS           *tlsconfig.Service
	Campaigns     *campaign.Service
	Cases         *cases.Service
	Alerts        *alerts.Service
	Calendars     *alerts.Calendars
	Heads         *audit.Heads
	Revocation    *revocation.Service
	Trust         *trust.Service
	Registers     *registers.Service
	BankServers   *bankservers.Service
	BankFiles     *bankfiles.Service
	Dora          *dora.Service
	Retention     *retention.Service
	KeyCopies     *keycopies.Service
	Incidents     *incident.Service
	Reviews       *review.Service
	Installation  *installation.Service
	Providers     *federation.Service

	stops      atomic.Pointer[stops]
	throttle   *throttle.Throttle
	cfg        Config
	follows    atomic.Pointer[corrections]
	stopping   atomic.Bool
	jobMetrics *jobMetrics
	pause      func(context.Context, time.Duration) bool
}

func (cfg Config) withDefaults() Config {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Traces == nil {
		cfg.Traces = otlp.Off()
	}
	if cfg.Grace == 0 {
		cfg.Grace = importGrace
	}
	return cfg
}

// New wires the services. It fails on a catalogue that the connector cannot follow.
func New(cfg Config) (*Services, error) {
	cfg = cfg.withDefaults()
	for _, in := range cfg.Catalogue.All() {
		if _, err := issuer.Profile(in); err != nil {
			return nil, err
		}
	}
	s := &Services{
		Records:    NewRecords(cfg.DB, cfg.Now, cfg.Stated),
		Catalogue:  cfg.Catalogue,
		throttle:   throttle.New(cfg.Now, throttle.Attempts),
		cfg:        cfg,
		pause:      clock.Pause,
		jobMetrics: newJobMetrics(),
	}
	where := registration.NewWhereabouts(cfg.DB, cfg.Catalogue)
	s.Audit.KnowPlaces(where)
	s.Audit.KnowMachines(cfg.DB)
	s.Identity.KnowScopes(where)
	if cfg.OwnTokens > 0 {
		s.Identity.LimitTokens(cfg.OwnTokens)
	}
	var err error
	if s.Passkeys, err = passkey.New(cfg.DB, s.Identity, s.Audit, cfg.Now, cfg.PublicURL); err != nil {
		return nil, err
	}
	s.Providers = newFederation(cfg, s.Audit)
	requests := NewRequests(s.Records, cfg.Now)
	s.Policy = newPolicy(s.Records, cfg.Catalogue, cfg.Logger, cfg.Now, requests, s.followPolicy)
	s.BankFiles = s.newBankFiles(requests)
	s.Dora = dora.New(dora.Config{Store: cfg.DB, Catalogue: cfg.Catalogue, Vault: cfg.VaultHost, Audit: s.Audit})
	s.wireVault(requests)
	s.wireAccounts(requests)
	s.Heads = audit.NewHeads(s.Audit, cfg.DB, cfg.DB, s.Vault)
	s.Registers = newRegisters(cfg, s.Audit)
	s.wireRegistrations(requests)
	s.wireImports(requests)
	s.Retention = retention.New(cfg.DB, s.Audit, cfg.Retention, cfg.Now)
	s.wireBanks(requests)
	s.wireTLS()
	s.wireCampaigns(requests)
	s.Approvals = approval.NewService(requests, slices.Concat(s.Vault.Handlings(), s.Registrations.Handlings(),
		[]approval.Handling{s.Payments.Handling(), s.Policy.Handling(), s.Accounts.Handling(),
			s.Campaigns.Handling(), s.Imports.Handling(), s.Incidents.Handling(), s.BankFiles.Handling()})...)
	s.Trust = newTrust(cfg, s.Audit)
	s.Reviews = s.newReviews()
	s.Installation = s.newInstallation()
	s.wireAlerts()
	return s, nil
}

func (s *Services) newReviews() *review.Service {
	return review.New(review.Config{
		Store:    s.cfg.DB,
		Lines:    s.cfg.DB,
		Holders:  s.cfg.DB,
		Uses:     s.cfg.DB,
		People:   s.Identity,
		Accounts: s.Accounts,
		Signer:   s.Vault,
		Audit:    s.Audit,
		Months:   s.cfg.ReviewMonths,
		Now:      s.cfg.Now,
	})
}

// NewRequests is where changes that take two people are asked for, and read.
func NewRequests(r Records, now func() time.Time) *approval.Requests {
	return approval.New(approval.Config{Store: r.DB, People: r.Identity, Audit: r.Audit, Policy: r.InForce, Now: now})
}
