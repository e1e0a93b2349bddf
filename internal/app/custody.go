package app

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/keycopies"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
)

func (s *Services) wireVault(requests *approval.Requests) {
	db := s.cfg.DB
	s.KeyCopies = keycopies.New(db, s.Audit, s.cfg.Now)
	s.Vault = vault.New(vault.Config{
		Custody:           s.cfg.Custody,
		Records:           db,
		Summaries:         db,
		RulesAhead:        db,
		Intents:           db,
		Requests:          db,
		CSRLists:          db,
		Lines:             db,
		Lifecycle:         db,
		CertificateMirror: db,
		Uses:              db,
		Issuers:           issuers{s.cfg.Outgoing},
		Copies:            s.KeyCopies,
		Incidents:         db,
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
