package dev

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
)

// custody is Vault if the configuration says where one is, else embedded.
func (e *Environment) custody(ctx context.Context, db *store.DB) (vault.Custody, error) {
	mode := "embedded"
	if e.cfg.Vault.Address != "" && !e.cfg.Vault.Token.Empty() {
		mode = "vault"
	}
	if err := app.CustodyFits(ctx, db, mode); err != nil {
		return nil, err
	}
	if mode == "vault" {
		return e.vaultCustody(ctx)
	}
	path := filepath.Join(e.cfg.Dir, "master.key")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := embedded.NewMasterKeyFile(path); err != nil {
			return nil, err
		}
	}
	master, err := embedded.MasterKeyFile(path)
	if err != nil {
		return nil, err
	}
	return embedded.Open(ctx, db.CustodyRows(), master)
}

// vaultCustody prepares the Vault with the token, and then works under the
// least-privilege role made with it, as production does.
func (e *Environment) vaultCustody(ctx context.Context) (vault.Custody, error) {
	cfg := hcvault.Config{
		Address:    e.cfg.Vault.Address,
		Namespace:  e.cfg.Vault.Namespace,
		CACertFile: e.cfg.Vault.CAFile,
		Auth:       hcvault.Auth{Token: hcvault.Fixed(e.cfg.Vault.Token)},
		Log:        e.cfg.Logger,
	}
	role, err := hcvault.Bootstrap(ctx, cfg)
	if err != nil {
		return nil, err
	}
	cfg.Auth = role.Auth()
	custody, err := hcvault.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	e.closers = append(e.closers, func() { _ = custody.Close() })
	return custody, nil
}
