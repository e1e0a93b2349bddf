package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

type custodyPurgeCmd struct{ move }

// Run deletes what was migrated, after a last comparison and a typed confirmation.
func (c custodyPurgeCmd) Run(env *environment) error {
	m, log, err := c.begin(env, access.CustodyPurge)
	if err != nil {
		return err
	}
	defer m.close()
	n, err := m.purge(env)
	detail := fmt.Sprintf("deleted %s", counted(n, "sealed row", "sealed rows"))
	if err := log.Finish(env.ctx, operator(), access.CustodyPurge, "embedded", detail, err); err != nil {
		return err
	}
	env.printf("%s; backups from before the migration still hold them, and open with the master key of then: delete "+
		"both when you are sure\n", detail)
	return nil
}

// purge deletes and has the database give up the space. Where an earlier purge did only the first, it does the second.
func (m *moving) purge(env *environment) (n int, err error) {
	if n, err = m.db.CountSealed(env.ctx); err != nil {
		return 0, err
	}
	residue, err := m.db.Residue(env.ctx)
	if err != nil {
		return 0, err
	}
	if n == 0 && residue {
		env.printf("the sealed rows were deleted by an earlier purge, and the database's file is written anew " +
			"without them\n")
		return 0, m.db.Rewrite(env.ctx)
	}
	if err := m.confirm(env, n); err != nil {
		return 0, err
	}
	if err := m.db.PurgeCustody(env.ctx); err != nil {
		return 0, err
	}
	return n, m.db.Rewrite(env.ctx)
}

// confirm compares what is here with Vault, and has a person type what is to happen.
func (m *moving) confirm(env *environment, n int) error {
	if err := m.open(env, embedded.OpenMoved); err != nil {
		return err
	}
	if err := custodyFits(env.ctx, m.db, m.destination.Mode()); err != nil {
		return err
	}
	same, missing, err := m.source.Compare(env.ctx, m.destination)
	if err != nil {
		return err
	}
	if err := m.explained(env.ctx, missing); err != nil {
		return err
	}
	env.printf("verified in Vault: %s, %s; no longer there, and named by no record: %d\n",
		counted(same.Keys, "key", "keys"), counted(same.Documents, "document", "documents"), len(missing))
	phrase := fmt.Sprintf("purge %d", n)
	env.printf("this deletes %s for good; to go on, type %q: ", counted(n, "sealed row", "sealed rows"), phrase)
	if typed(env) != phrase {
		return invalid("confirmation_wrong", "Nothing was deleted: to go on, %q has to be typed.", phrase)
	}
	return nil
}

// explained fails when a record, or Sealkeeper itself, needs what is no longer in Vault.
func (m *moving) explained(ctx context.Context, missing []string) error {
	for _, id := range missing {
		if vault.Permanent(id) {
			return fault.New(fault.Conflict, "custody_incomplete",
				"Vault lacks the document %q, which nothing replaces; restore Vault from its backup before you purge.",
				id)
		}
	}
	found, err := commandVault(m.db, m.destination).CheckCustody(ctx, operator())
	if err != nil {
		return err
	}
	for _, o := range found.Orphans {
		if !o.InCustody {
			return fault.New(fault.Conflict, "custody_incomplete",
				"Vault does not hold everything that the records name, so nothing was deleted. %s", o.Text)
		}
	}
	return nil
}

// typed reads one line from whoever runs the command.
func typed(env *environment) string {
	if env.in == nil {
		return ""
	}
	line, _ := bufio.NewReader(env.in).ReadString('\n')
	return strings.TrimSpace(line)
}
