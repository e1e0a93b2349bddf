package app

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
)

// Opening says how Open goes about it.
type Opening struct {
	Migrate bool // bring the schema up to date first: the database may be a new one
	Exists  bool // embedded custody must be there already: an empty one would have nothing to work from
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
	if how.Exists && cfg.Custody.Mode == "embedded" {
		if err := custodyExists(ctx, db); err != nil {
			return nil, nil, err
		}
	}
	banks, err := Catalogue(cfg)
	if err != nil {
		return nil, nil, err
	}
	custody, closing, err := OpenCustody(ctx, cfg, db, logger)
	if err != nil {
		return nil, nil, err
	}
	s, err := New(Config{
		DB:        db,
		Custody:   custody,
		Catalogue: banks,
		PublicURL: cfg.PublicURL,
		FourEyes:  Policy(cfg.FourEyes),
		Logger:    logger,
	})
	if err != nil {
		closing()
		return nil, nil, err
	}
	return s, closing, nil
}

// custodyExists looks for embedded custody before opening it would make a new
// one: that lives in the database, so it is lost together with it.
func custodyExists(ctx context.Context, db *store.DB) error {
	there, err := embedded.Exists(ctx, db.CustodyRows())
	if err == nil && !there {
		return fault.New(fault.Conflict, "custody_in_database",
			"Embedded custody lives in the database, and this one holds none: there is nothing to work from; restore a "+
				"backup with `sealkeeper restore`.")
	}
	return err
}

// Policy is the configuration of four-eyes by environment.
func Policy(f config.FourEyes) approval.Policy {
	return approval.Policy{
		TwoPeople:    map[string]bool{catalogue.Live: f.Live, catalogue.Sandbox: f.Sandbox},
		ExpiresAfter: f.ExpiresAfter,
	}
}

// Catalogue is the embedded catalogue with the deployment's corrections.
func Catalogue(cfg config.Config) (*catalogue.Catalogue, error) {
	banks, err := catalogue.Embedded()
	if err != nil {
		return nil, err
	}
	for id, profile := range cfg.Institutions {
		if err := banks.Override(id, profile); err != nil {
			return nil, fault.New(fault.Invalid, "config_invalid", "Configuration: institutions: %v.", err)
		}
	}
	return banks, nil
}

// OpenCustody opens the configured custody; closing ends its login, if it has one.
func OpenCustody(
	ctx context.Context, cfg config.Config, db *store.DB, logger *slog.Logger,
) (custody vault.Custody, closing func(), err error) {
	if err := CustodyFits(ctx, db, cfg.Custody.Mode); err != nil {
		return nil, nil, err
	}
	if cfg.Custody.Mode == "vault" {
		login, err := HCVault(cfg.Vault, logger)
		if err != nil {
			return nil, nil, err
		}
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

// HCVault is how to reach and log in to the configured Vault.
func HCVault(v config.Vault, logger *slog.Logger) (hcvault.Config, error) {
	cfg := hcvault.Config{
		Address:      v.Address,
		Namespace:    v.Namespace,
		CACertFile:   v.CAFile,
		KVMount:      v.KVMount,
		TransitMount: v.TransitMount,
		Timeout:      v.Timeout,
		Log:          logger,
	}
	if v.RoleIDFile == "" {
		cfg.Auth = hcvault.Auth{
			Token:     v.Token,
			TokenFile: v.TokenFile,
			JWTFile:   v.JWTFile,
			JWTRole:   v.JWTRole,
			JWTMount:  v.JWTMount,
			CertFile:  v.CertFile,
			KeyFile:   v.KeyFile,
			CertRole:  v.CertRole,
			CertMount: v.CertMount,
		}
		return cfg, nil
	}
	roleID, err := secretfile.Read(v.RoleIDFile)
	if err != nil {
		return cfg, err
	}
	secretID, err := secretfile.Read(v.SecretIDFile)
	if err != nil {
		return cfg, err
	}
	cfg.Auth.RoleID = roleID.Reveal()
	if v.SecretIDWrapped {
		cfg.Auth.WrappedSecretID = secretID
	} else {
		cfg.Auth.SecretID = secretID
	}
	return cfg, nil
}
