package main

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/jobs"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web"
	"github.com/sealkeeper/sealkeeper/web/api"
	"github.com/sealkeeper/sealkeeper/web/ui"
)

// parts are what an app is wired from.
type parts struct {
	db         *store.DB
	custody    vault.Custody
	catalogue  *registration.Catalogue
	publicURL  string
	fourEyes   approval.Policy
	evaluation string // the custody's mode where nothing is real; every page says so. Empty in production
	logger     *slog.Logger
}

// app is the service, wired.
type app struct {
	audit         *audit.Log
	identity      *identity.Service
	vault         *vault.Vault
	approvals     *approval.Service
	registrations *registration.Service
	issuer        *issuer.Issuer
	consents      *consent.Service
	payments      *payment.Service
	rewrite       func(context.Context) error // the database, when keys were destroyed
	handler       http.Handler
	logger        *slog.Logger
}

const (
	// importGrace exceeds what hcvault gives one import: 60 s for the key and 10 s for the document.
	importGrace    = 90 * time.Second
	reconcileEvery = 15 * time.Second
	copyEvery      = 2 * time.Second
	checkEvery     = time.Hour
	sweepEvery     = time.Minute
	paymentsEvery  = 10 * time.Second
	rewriteEvery   = 30 * time.Second
	followEvery    = 800 * time.Millisecond // with jitter and the query, within a second
	sessionIdle    = 30 * time.Minute
	sessionMax     = 12 * time.Hour
)

func newApp(p parts) (*app, error) {
	for _, in := range p.catalogue.All() {
		if _, err := issuer.Profile(in); err != nil {
			return nil, err
		}
	}
	a := &app{logger: p.logger, rewrite: p.db.Rewrite, audit: audit.New(p.db, time.Now)}
	a.identity = identity.New(p.db, a.audit, time.Now)
	a.approvals = newApprovals(p.db, a.identity, a.audit, p.fourEyes)
	a.vault = newVault(p.db, p.custody, a.approvals, p.catalogue, a.audit, p.logger)
	a.registrations = registration.New(registration.Config{
		Catalogue:     p.catalogue,
		Parties:       p.db,
		Changes:       p.db,
		Registrations: p.db,
		Lookup:        p.db,
		Checklist:     p.db,
		Evidence:      p.db,
		Letters:       p.db,
		Holdings:      p.db,
		Sealer:        a.vault,
		Consents:      p.db,
		Bundles:       issuer.DurableBundles(p.db, a.vault),
		Certificates:  a.vault,
		Credentials:   a.vault,
		Approvals:     a.approvals,
		Audit:         a.audit,
		Now:           time.Now,
	})
	a.handleApprovals()
	a.issuer = issuer.New(issuer.Config{
		Registrations: a.registrations,
		Vault:         a.vault,
		Active:        p.db,
		Audit:         a.audit,
		PublishURL:    p.publicURL + "/.well-known",
		Now:           time.Now,
	})
	a.payments = payment.New(payment.Config{Store: p.db, Banks: a.issuer, Audit: a.audit, Now: time.Now})
	a.consents = consent.New(consent.Config{
		Records:       p.db,
		Leases:        p.db,
		Clients:       a.issuer,
		Registrations: a.registrations,
		Custody:       a.vault,
		Audit:         a.audit,
		Logger:        p.logger,
		Now:           time.Now,
	})
	pages, err := ui.New(ui.Config{
		Vault:         a.vault,
		Approvals:     a.approvals,
		Registrations: a.registrations,
		Issuer:        a.issuer,
		Consents:      a.consents,
		Payments:      a.payments,
		Identity:      a.identity,
		Audit:         a.audit,
		Sessions:      sessions(p),
		Now:           time.Now,
		Evaluation:    p.evaluation,
		PublicURL:     p.publicURL,
	})
	if err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "sealkeeper_custody_orphans",
		Help: "Keys and documents without a record, and records without them; `sealkeeper custody check` names them.",
	}, func() float64 {
		if last := a.vault.LastCheck(); last != nil {
			return float64(len(last.Orphans))
		}
		return 0
	}))
	a.handler = web.New(web.Config{
		API: &api.API{
			Vault:         a.vault,
			Approvals:     a.approvals,
			Registrations: a.registrations,
			Issuer:        a.issuer,
			Payments:      a.payments,
			Consents:      a.consents,
			Identity:      a.identity,
			Audit:         a.audit,
			Now:           time.Now,
		},
		UI:      pages,
		Vault:   a.vault,
		Metrics: registry,
		Logger:  p.logger,
		Parts:   []web.Part{{Name: "database", Health: p.db.Health}, {Name: "custody", Health: a.vault.Health}},
	})
	return a, nil
}

// handleApprovals says who carries out what two people agreed on.
func (a *app) handleApprovals() {
	a.approvals.Handle(approval.BundleActivate, access.BundleActivate, a.registrations.Activation())
	a.approvals.Handle(approval.BundleRollback, access.BundleActivate, a.registrations.Activation())
	a.approvals.Handle(approval.BundleRetire, access.BundleRetire, a.registrations.Retirement())
}

// newApprovals is the service by which two people agree to a change.
func newApprovals(db *store.DB, people approval.People, log *audit.Log, fourEyes approval.Policy) *approval.Service {
	return approval.New(approval.Config{Store: db, People: people, Audit: log, Policy: fourEyes, Now: time.Now})
}

// newVault wires the choke point for secrets on a database and a custody.
func newVault(
	db *store.DB,
	custody vault.Custody,
	approvals *approval.Service,
	catalogue *registration.Catalogue,
	log *audit.Log,
	logger *slog.Logger,
) *vault.Vault {
	v := vault.New(vault.Config{
		Custody:           custody,
		Records:           db,
		Intents:           db,
		Requests:          db,
		Lines:             db,
		Lifecycle:         db,
		CertificateCopies: db,
		Uses:              db,
		Copies:            db,
		Approvals:         approvals,
		Live:              catalogue.Live,
		Audit:             log,
		Logger:            logger,
		Now:               time.Now,
		Grace:             importGrace,
	})
	v.Handlers(approvals)
	return v
}

func sessions(p parts) *scs.SessionManager {
	m := scs.New()
	m.Store = p.db.Sessions()
	m.HashTokenInStore = true
	m.IdleTimeout, m.Lifetime = sessionIdle, sessionMax
	m.Cookie.Name = "sealkeeper_session"
	m.Cookie.HttpOnly, m.Cookie.SameSite = true, http.SameSiteLaxMode
	m.Cookie.Secure = strings.HasPrefix(p.publicURL, "https://")
	return m
}

// background runs what is due again and again, until ctx ends.
func (a *app) background(ctx context.Context) {
	copied, copiedOnce := context.WithCancel(ctx)
	go jobs.Run(ctx, a.logger, jobs.Job{
		Name:  "copy records to custody",
		Every: copyEvery,
		Run: func(ctx context.Context) error {
			defer copiedOnce()
			return a.vault.KeepCopies(ctx)
		},
	})
	go func() {
		<-copied.Done() // what a crash left uncopied is not worth a comparison
		jobs.Run(ctx, a.logger, jobs.Job{Name: "check custody", Every: checkEvery, Run: a.vault.WatchCustody})
	}()
	go jobs.Run(ctx, a.logger, jobs.Job{Name: "follow other replicas", Every: followEvery, Run: a.issuer.FollowOthers})
	go jobs.Run(ctx, a.logger, jobs.Job{
		Name:  "rewrite the database without destroyed keys",
		Every: rewriteEvery,
		Run:   a.rewrite,
	})
	go jobs.Run(ctx, a.logger, jobs.Job{Name: "sweep approvals", Every: sweepEvery, Run: a.approvals.Sweep})
	go jobs.Run(ctx, a.logger, jobs.Job{
		Name:  "reconcile consents",
		Every: reconcileEvery,
		Run: func(ctx context.Context) error {
			_, err := a.consents.Reconcile(ctx)
			return err
		},
	})
	go jobs.Run(ctx, a.logger, jobs.Job{
		Name:  "follow payments",
		Every: paymentsEvery,
		Run: func(ctx context.Context) error {
			_, err := a.payments.Poll(ctx)
			return err
		},
	})
	jobs.Run(ctx, a.logger, jobs.Job{
		Name:  "reconcile imports",
		Every: reconcileEvery,
		Run: func(ctx context.Context) error {
			_, err := a.vault.Reconcile(ctx)
			return err
		},
	})
}
