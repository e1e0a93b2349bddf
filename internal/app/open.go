package app

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/internal/loopback"
	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/internal/retention"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/tracing/otlp"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// Opening says how Open goes about it.
type Opening struct {
	Migrate bool // bring the schema up to date first: the database may be a new one
	Exists  bool // embedded custody must be there already: an empty one would have nothing to work from
	Service bool // it is the service, and no command that ends
	// where it traces what it does; nil: nowhere
	Traces *otlp.Tracing
}

// Open opens the configured database and custody and wires the services on
// them. close ends the login at custody and closes the database.
func Open(ctx context.Context, cfg config.Config, logger *slog.Logger, how Opening) (*Services, func(), error) {
	db, err := store.Open(ctx, cfg.Database.DSN)
	if err != nil {
		return nil, nil, err
	}
	s, closeCustody, err := openOn(ctx, cfg, db, logger, how)
	if err != nil {
		_ = db.Close()
		return nil, nil, err
	}
	return s, func() { closeCustody(); _ = db.Close() }, nil
}

func openOn(
	ctx context.Context, cfg config.Config, db *store.DB, logger *slog.Logger, how Opening,
) (*Services, func(), error) {
	if how.Migrate {
		if err := db.Migrate(ctx); err != nil {
			return nil, nil, err
		}
	}
	if err := db.Guarded(ctx); err != nil {
		return nil, nil, err
	}
	if how.Exists && cfg.Custody.Mode == "embedded" {
		if err := custodyExists(ctx, db); err != nil {
			return nil, nil, err
		}
	}
	banks, err := Banks(ctx, db, logger)
	if err != nil {
		return nil, nil, err
	}
	if err := Corrigible(cfg, banks); err != nil {
		return nil, nil, err
	}
	c, policies, err := configuredServices(cfg)
	if err != nil {
		return nil, nil, err
	}
	watched := newVaultMetrics()
	custody, closing, err := openCustody(ctx, cfg, db, logger, how, watched)
	if err != nil {
		return nil, nil, err
	}
	c.DB, c.Catalogue, c.Custody, c.VaultMetrics = db, banks, custody, watched
	c.Traces, c.Logger = how.Traces, logger
	s, err := New(c)
	if err == nil {
		err = s.beginPolicy(ctx, policies, how.Service)
	}
	if err != nil {
		closing()
		return nil, nil, err
	}
	return s, closing, nil
}

// configuredServices is what the configuration says of the services, and the policy that it states: a service that is
// the first on its database puts that in force, unless custody remembers one.
func configuredServices(cfg config.Config) (Config, policy.Values, error) {
	policies, stated, err := configured(cfg)
	if err != nil {
		return Config{}, nil, err
	}
	asks, err := asking(cfg.Outgoing)
	if err != nil {
		return Config{}, nil, err
	}
	alerting, err := ConfiguredAlerts(cfg.Alerts, cfg.PublicURL, asks)
	if err != nil {
		return Config{}, nil, err
	}
	known, err := providers(cfg.Providers)
	if err != nil {
		return Config{}, nil, err
	}
	lists, err := ConfiguredTrustedLists(cfg.TrustedLists)
	if err != nil {
		return Config{}, nil, err
	}
	certificates, err := ConfiguredClientCertificates(cfg)
	return Config{
		Outgoing:           asks,
		Folder:             cfg.CatalogueFolder,
		PublicURL:          cfg.PublicURL,
		Proxies:            cfg.TrustedProxies,
		Stated:             stated,
		Alerts:             alerting,
		Drain:              cfg.DrainDelay,
		OwnTokens:          cfg.OwnTokens,
		ReviewMonths:       cfg.AccessReviewMonths,
		Settings:           settingsOf(cfg, os.Environ()),
		AuditHeads:         cfg.Audit,
		AuditDays:          cfg.Retention.AuditDays,
		Snapshot:           Snapshot{cfg.Vault.SnapshotFile, cfg.Vault.SnapshotMaxAge},
		Providers:          known,
		Workloads:          cfg.WorkloadIssuers,
		ClientCertificates: certificates,
		TrustedLists:       lists,
		Registers:          ConfiguredRegisters(cfg.Registers),
		Retention:          retained(cfg.Retention),
		Support:            supportOf(cfg.Support),
		VaultHost:          vaultHost(cfg),
	}, policies, err
}

// beginPolicy has the policy in force followed. A service that is the first on its database begins one.
func (s *Services) beginPolicy(ctx context.Context, all policy.Values, service bool) error {
	by := access.Operator()
	if service {
		by = access.OnHost("service")
		if err := s.restorePolicy(ctx); err != nil {
			return err
		}
		if err := s.Policy.Begin(ctx, by, all); err != nil && !errors.Is(err, fault.Conflict) { // another was faster
			return err
		}
	}
	return s.Policy.Watch(ctx, by)
}

// vaultHost is the machine that has custody, if it is another one.
func vaultHost(cfg config.Config) string {
	u, err := url.Parse(cfg.Vault.Address)
	if err != nil || cfg.Custody.Mode != "vault" || loopback.Host(u.Hostname()) {
		return ""
	}
	return u.Hostname()
}

// retained is for how long each kind is kept.
func retained(cfg config.Retention) retention.Days {
	return retention.Days{
		retention.Consents: cfg.ConsentsDays,
		retention.Payments: cfg.PaymentsDays,
		retention.Sessions: cfg.SessionsDays,
		retention.Evidence: cfg.EvidenceDays,
		retention.Emails:   cfg.EmailsDays,
		retention.Messages: cfg.MessagesDays,
	}
}

// asking is the client for what is asked of the internet, banks apart; nil where nobody is asked.
func asking(cfg config.Outgoing) (*internet.Client, error) {
	if !cfg.Enabled {
		return nil, nil
	}
	asks, err := internet.New(internet.Config{
		Allow:             cfg.Allow,
		ProxyURL:          cfg.ProxyURL,
		ProxyUserFile:     cfg.ProxyUserFile,
		ProxyPasswordFile: cfg.ProxyPasswordFile,
	})
	if err != nil {
		return nil, fault.New(fault.Invalid, "config_invalid", "Configuration: outgoing.allow: %v.", err)
	}
	return asks, nil
}

// restorePolicy takes the policy from custody where the database was lost: its next
// start is no first one, which the configuration could decide.
func (s *Services) restorePolicy(ctx context.Context) error {
	decided, err := s.InForce.Decided(ctx)
	if err != nil || decided {
		return err
	}
	_, err = s.Vault.RestorePolicy(ctx, s.DB)
	return err
}

// Corrigible refuses a configuration that corrects the catalogue in a way nobody could follow.
func Corrigible(cfg config.Config, banks *catalogue.Catalogue) error {
	for id, profile := range cfg.Institutions {
		in, err := banks.Corrected(id, profile)
		if err == nil {
			err = Followable(in)
		}
		if err != nil {
			return fault.New(fault.Invalid, "config_invalid", "Configuration: institutions: %v.", err)
		}
	}
	return nil
}
