package main

import (
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/vault"
)

type custodyCmd struct {
	Check   custodyCheckCmd   `cmd:"" help:"Say what is in custody without a record, and which records lack something in custody; exit 1 if anything is. Changes nothing."`
	Migrate custodyMigrateCmd `cmd:"" help:"Copy everything from embedded custody to Vault, each key verified by a signature. Stop the service first; may be repeated until it has ended well."`
	Abandon custodyAbandonCmd `cmd:"" help:"Give up a migration that has begun and not ended; embedded custody is used again."`
	Purge   custodyPurgeCmd   `cmd:"" help:"Delete for good what was migrated from embedded custody and is in the database still, sealed. Asks before it does."`
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
		for _, id := range found.Unused {
			env.printf("unused   The client secret %s is in custody and no bundle names it: it was replaced, or its "+
				"draft was never saved.\n", id)
		}
		env.printf("custody holds %s and %s; %s\n", counted(found.Documents, "document", "documents"),
			counted(found.Keys, "key", "keys"), counted(len(found.Orphans), "orphan", "orphans"))
		if len(found.Orphans) > 0 {
			return errSilent
		}
		return nil
	})
}
