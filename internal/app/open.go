package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/tracing/otlp"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
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
	watched := newVaultMetrics()
	custody, closing, err := openCustody(ctx, cfg, db, logger, how, watched)
	if err != nil {
		return nil, nil, err
	}
	s, err := wire(ctx, cfg, db, banks, custody, logger, how, watched)
	if err != nil {
		closing()
		return nil, nil, err
	}
	return s, closing, nil
}

// wire wires the services under the policy that is in force. A service that is the first
// on its database puts the configuration's in force, unless custody remembers one.
func wire(
	ctx context.Context, cfg config.Config, db *store.DB, banks *catalogue.Catalogue, custody vault.Custody,
	logger *slog.Logger, how Opening, watched vaultMetrics,
) (*Services, error) {
	all, stated, err := configured(cfg)
	if err != nil {
		return nil, err
	}
	asks, err := asking(cfg.Outgoing)
	if err != nil {
		return nil, err
	}
	alerting, err := ConfiguredAlerts(cfg.Alerts, cfg.PublicURL, asks)
	if err != nil {
		return nil, err
	}
	known, err := providers(cfg.Providers)
	if err != nil {
		return nil, err
	}
	lists, err := ConfiguredTrustedLists(cfg.TrustedLists)
	if err != nil {
		return nil, err
	}
	certificates, err := ConfiguredClientCertificates(cfg)
	if err != nil {
		return nil, err
	}
	s, err := New(Config{
		DB:                 db,
		Custody:            custody,
		Outgoing:           asks,
		Catalogue:          banks,
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
		VaultMetrics:       watched,
		Traces:             how.Traces,
		Logger:             logger,
	})
	if err != nil {
		return nil, err
	}
	return s, s.beginPolicy(ctx, all, how.Service)
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

// custodyExists looks for embedded custody before opening it would make a new
// one: that lives in the database, so it is lost together with it.
func custodyExists(ctx context.Context, db *store.DB) error {
	there, err := embedded.Exists(ctx, db.CustodyRows())
	if err == nil && !there {
		return fault.New(fault.Conflict, "custody_in_database",
			"Embedded custody lives in the database, and this one holds none: there is nothing to work from; "+
				"restore a backup with `sealkeeper restore`.")
	}
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

// openCustody opens the configured custody; closing ends its login, if it has one.
func openCustody(
	ctx context.Context, cfg config.Config, db *store.DB, logger *slog.Logger, how Opening, watched vaultMetrics,
) (custody vault.Custody, closing func(), err error) {
	if err := CustodyFits(ctx, db, cfg.Custody.Mode); err != nil {
		return nil, nil, err
	}
	if cfg.Custody.Mode == "vault" {
		login, err := CommandVault(cfg.Vault, logger)
		if how.Service {
			login, err = ServiceVault(cfg.Vault, logger), nil
			login.Patient = true
		}
		if err != nil {
			return nil, nil, err
		}
		login.Watch = watched.watch
		c, err := hcvault.Open(ctx, login)
		if err != nil {
			return nil, nil, err
		}
		return c, func() { _ = c.Close() }, nil
	}
	master, err := MasterKey(cfg.Custody)
	if err != nil {
		return nil, nil, err
	}
	c, err := embedded.Open(ctx, db.CustodyRows(), master)
	return c, func() {}, err
}

// CustodyFits refuses to work with one custody on the records of another: what
// they name is not there, or was moved away and ended since.
func CustodyFits(ctx context.Context, db *store.DB, mode string) error {
	n, other, err := db.OtherCustody(ctx, mode)
	if err != nil {
		return err
	}
	if n == 0 {
		return embedded.RefuseMoving(ctx, db.CustodyRows())
	}
	advice := "use the configuration that names Vault"
	if other == "embedded" {
		advice = "use the configuration with embedded custody, " +
			"or move everything with `sealkeeper custody migrate` first"
	}
	certificates := fmt.Sprintf("%d certificates", n)
	if n == 1 {
		certificates = "1 certificate"
	}
	return fault.New(fault.Conflict, "custody_differs",
		"The configuration has %s custody, but the records of %s name %s custody; %s.",
		mode, certificates, other, advice)
}

// MasterKey is the configured master key of embedded custody.
func MasterKey(c config.Custody) (embedded.MasterKey, error) {
	switch {
	case c.MasterKeyFile != "":
		return embedded.MasterKeyFile(c.MasterKeyFile)
	case !c.MasterKey.Empty():
		return embedded.MasterKeyText(c.MasterKey)
	}
	return embedded.Passphrase(c.Passphrase)
}

// secretFile reads the file each time.
func secretFile(path string) hcvault.Source {
	return func() (secret.Text, error) { return secretfile.Read(path) }
}

// fileOf is secretFile for what is no secret, so that whoever may read it does not matter.
func fileOf(path string) hcvault.Source {
	return func() (secret.Text, error) {
		text, err := os.ReadFile(path)
		if err != nil {
			return secret.Text{}, fault.Wrap(err, fault.Invalid, "secret_file", "The file %s cannot be read.", path)
		}
		return secret.NewText(bytes.TrimSpace(text)), nil
	}
}

// CommandVault is how a command logs in, beside a service: as that does, or with
// the token that is for commands.
func CommandVault(v config.Vault, logger *slog.Logger) (hcvault.Config, error) {
	cfg := ServiceVault(v, logger)
	switch {
	case v.CommandTokenFile != "":
		cfg.Auth = hcvault.Auth{Token: secretFile(v.CommandTokenFile)}
	case cfg.Auth.SecretIDWrapped:
		return cfg, fault.New(fault.Conflict, "vault_login_wrapped",
			"The secret id is wrapped: it opens once, and is left to the service. Name a file with a token for "+
				"commands in vault.command_token_file; `vault token create -policy=sealkeeper-main -ttl=1h "+
				"-field=token` makes one.")
	}
	return cfg, nil
}

// ServiceVault is how the service reaches and logs in to the configured Vault.
// Files are read when something logs in, and each time anew.
func ServiceVault(v config.Vault, logger *slog.Logger) hcvault.Config {
	cfg := hcvault.Config{
		Address:      v.Address,
		Namespace:    v.Namespace,
		CACertFile:   v.CAFile,
		KVMount:      v.KVMount,
		TransitMount: v.TransitMount,
		Timeout:      v.Timeout,
		Log:          logger,
	}
	switch {
	case v.RoleIDFile != "":
		cfg.Auth.RoleID, cfg.Auth.SecretID = fileOf(v.RoleIDFile), secretFile(v.SecretIDFile)
		cfg.Auth.SecretIDWrapped = v.SecretIDWrapped
	case v.TokenFile != "":
		cfg.Auth.Token = secretFile(v.TokenFile)
	case v.JWTFile != "":
		cfg.Auth.JWT, cfg.Auth.JWTRole, cfg.Auth.JWTMount = secretFile(v.JWTFile), v.JWTRole, v.JWTMount
	case v.CertFile != "":
		cfg.Auth.Certificate = hcvault.CertificateFiles(v.CertFile, v.KeyFile)
		cfg.Auth.CertRole, cfg.Auth.CertMount = v.CertRole, v.CertMount
	default:
		cfg.Auth.Token = hcvault.Fixed(v.Token)
	}
	return cfg
}
