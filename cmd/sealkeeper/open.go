package main

import (
	"bytes"
	"context"
	"os"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
)

// configured is the flag of every command that works on a configured service.
type configured struct {
	Config string `help:"Configuration file; SEALKEEPER_ environment variables win over it." type:"path" placeholder:"FILE"`
}

func (c configured) load(env *environment) (config.Config, error) {
	return config.Load(c.Config, env.environ)
}

// database opens the configured database without changing its schema.
func (c configured) database(env *environment) (*store.DB, error) {
	cfg, err := c.load(env)
	if err != nil {
		return nil, err
	}
	return store.Open(env.ctx, cfg.Database.DSN)
}

// openCustody opens the configured custody; closing ends its login, if it has one.
func openCustody(
	ctx context.Context, env *environment, cfg config.Config, db *store.DB,
) (custody vault.Custody, closing func(), err error) {
	if err := custodyFits(ctx, db, cfg.Custody.Mode); err != nil {
		return nil, nil, err
	}
	if cfg.Custody.Mode == "vault" {
		vaultConfig, err := hcvaultConfig(env, cfg.Vault)
		if err != nil {
			return nil, nil, err
		}
		c, err := hcvault.Open(ctx, vaultConfig)
		if err != nil {
			return nil, nil, err
		}
		return c, func() { _ = c.Close() }, nil
	}
	master, err := masterKey(cfg.Custody)
	if err != nil {
		return nil, nil, err
	}
	c, err := embedded.Open(ctx, db.CustodyRows(), master)
	return c, func() {}, err
}

// custodyFits refuses to work with one custody on the records of another: what
// they name is not there, or was moved away and ended since.
func custodyFits(ctx context.Context, db *store.DB, mode string) error {
	n, other, err := db.OtherCustody(ctx, mode)
	if err != nil {
		return err
	}
	if n == 0 {
		return embedded.RefuseMoving(ctx, db.CustodyRows())
	}
	advice := "use the configuration that names Vault"
	if other == "embedded" {
		advice = "use the configuration with embedded custody, or move everything with `sealkeeper custody " +
			"migrate` first"
	}
	return fault.New(fault.Conflict, "custody_differs",
		"The configuration has %s custody, but the records of %s name %s custody; %s.", mode, counted(n, "certificate",
			"certificates"), other, advice)
}

func masterKey(c config.Custody) (embedded.MasterKey, error) {
	switch {
	case c.MasterKeyFile != "":
		return embedded.MasterKeyFile(c.MasterKeyFile)
	case !c.MasterKey.Empty():
		return embedded.MasterKeyText(c.MasterKey)
	}
	return embedded.Passphrase(c.Passphrase)
}

func hcvaultConfig(env *environment, v config.Vault) (hcvault.Config, error) {
	cfg := hcvault.Config{
		Address:      v.Address,
		Namespace:    v.Namespace,
		CACertFile:   v.CAFile,
		KVMount:      v.KVMount,
		TransitMount: v.TransitMount,
		Timeout:      v.Timeout,
		Log:          env.logger,
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
	roleID, err := secretFile(v.RoleIDFile)
	if err != nil {
		return cfg, err
	}
	secretID, err := secretFile(v.SecretIDFile)
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

// secretFile reads a secret that a file holds, without the line end after it.
func secretFile(path string) (secret.Text, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return secret.Text{}, fault.Wrap(err, fault.Invalid, "secret_file", "The file %s cannot be read.", path)
	}
	defer clear(data)
	return secret.NewText(bytes.TrimSpace(data)), nil
}
