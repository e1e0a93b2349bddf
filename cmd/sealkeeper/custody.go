package main

import (
	"fmt"

	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
)

type custodyCmd struct {
	Check   custodyCheckCmd   `cmd:"" help:"Say what is in custody without a record, and which records lack something in custody; exit 1 if anything is. Changes nothing."`
	Migrate custodyMigrateCmd `cmd:"" help:"Copy everything from embedded custody to Vault, each key verified by a signature. Stop the service first; may be repeated."`
}

type custodyMigrateCmd struct {
	configured
	To string `required:"" help:"Configuration with custody.mode vault and the same database." type:"existingfile" placeholder:"FILE"`
}

// Run copies. Nothing is removed from embedded custody.
func (c custodyMigrateCmd) Run(env *environment) error {
	from, err := c.load(env)
	if err != nil {
		return err
	}
	// The environment holds what the first configuration needs, a master key for example.
	to, err := config.Load(c.To, nil)
	if err != nil {
		return err
	}
	if from.Custody.Mode != "embedded" || to.Custody.Mode != "vault" {
		return invalid("migrate_direction", "Migration goes from embedded custody (--config) to Vault (--to).")
	}
	db, err := store.Open(env.ctx, from.Database.DSN)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	master, err := masterKey(from.Custody)
	if err != nil {
		return err
	}
	source, err := embedded.Open(env.ctx, db.CustodyRows(), master)
	if err != nil {
		return err
	}
	cfg, err := hcvaultConfig(env, to.Vault)
	if err != nil {
		return err
	}
	destination, err := hcvault.Open(env.ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { _ = destination.Close() }()
	copied, err := source.CopyTo(env.ctx, destination)
	if err != nil {
		return fmt.Errorf("copied %s and %s before: %w", counted(copied.Keys, "key", "keys"), counted(copied.Documents, "document", "documents"), err)
	}
	if err := db.MoveCustody(env.ctx, source.Mode(), destination.Mode()); err != nil {
		return err
	}
	env.printf("copied and verified: %s, %s\nstart the service with %s; keep the master key until you are sure\n", counted(copied.Keys, "key", "keys"), counted(copied.Documents, "document", "documents"), c.To)
	return nil
}

type custodyCheckCmd struct{ configured }

// Run compares custody with the database, both ways.
func (c custodyCheckCmd) Run(env *environment) error {
	cfg, err := c.load(env)
	if err != nil {
		return err
	}
	return withCustody(env, cfg, func(_ *store.DB, v *vault.Vault) error {
		found, err := v.CheckCustody(env.ctx, operator())
		if err != nil {
			return err
		}
		for _, o := range found.Orphans {
			env.printf("ORPHAN   %s\n", o.Text)
		}
		env.printf("custody holds %s and %s; %s\n", counted(found.Documents, "document", "documents"), counted(found.Keys, "key", "keys"), counted(len(found.Orphans), "orphan", "orphans"))
		if len(found.Orphans) > 0 {
			return errSilent
		}
		return nil
	})
}
