package custody

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

type custodyPurgeCmd struct{ move }

// Help is printed below the first line of help.
func (custodyPurgeCmd) Help() string { return "It asks before it deletes." }

// Run deletes what was migrated, after a last comparison and a typed confirmation.
func (c custodyPurgeCmd) Run(env *cli.Environment) error {
	m, log, err := c.begin(env, access.CustodyPurge)
	if err != nil {
		return err
	}
	defer m.close()
	n, err := m.purge(env)
	detail := note.New("custody_purged", "deleted %s", cli.Counted(n, "sealed row", "sealed rows"))
	if err := log.Finish(env.Context, cli.Operator(), access.CustodyPurge, "embedded", detail, err); err != nil {
		return err
	}
	env.Printf("%s; backups from before the migration still hold them, and open with the master key of then: delete "+
		"both when you are sure\n", detail.Text)
	return nil
}

// purge deletes and has the database give up the space. Where an earlier purge did only the first, it does the second.
func (m *migration) purge(env *cli.Environment) (n int, err error) {
	if n, err = m.db.CountSealed(env.Context); err != nil {
		return 0, err
	}
	residue, err := m.db.Residue(env.Context)
	if err != nil {
		return 0, err
	}
	if n == 0 && residue {
		env.Printf("the sealed rows were deleted by an earlier purge, and the database's file is written anew " +
			"without them\n")
		return 0, m.db.Rewrite(env.Context)
	}
	if err := m.confirm(env, n); err != nil {
		return 0, err
	}
	if err := m.db.PurgeCustody(env.Context); err != nil {
		return 0, err
	}
	return n, m.db.Rewrite(env.Context)
}

// confirm compares what is here with Vault, and has a person type what is to happen.
func (m *migration) confirm(env *cli.Environment, n int) error {
	if err := m.open(env, embedded.OpenMoved); err != nil {
		return err
	}
	if err := app.CustodyFits(env.Context, m.db, m.destination.Mode()); err != nil {
		return err
	}
	same, missing, err := m.source.Compare(env.Context, m.destination)
	if err != nil {
		return err
	}
	if err := m.explained(env.Context, missing); err != nil {
		return err
	}
	env.Printf("verified in Vault: %s, %s; no longer there, and named by no record: %d\n",
		cli.Counted(same.Keys, "key", "keys"), cli.Counted(same.Documents, "document", "documents"), len(missing))
	phrase := fmt.Sprintf("purge %d", n)
	env.Printf("this deletes %s for good; to go on, type %q: ", cli.Counted(n, "sealed row", "sealed rows"), phrase)
	if typed(env) != phrase {
		return cli.Invalid("confirmation_wrong", "Nothing was deleted: type %q to go on.", phrase)
	}
	return nil
}

// explained fails when a record, or Sealkeeper itself, needs what is no longer in Vault.
func (m *migration) explained(ctx context.Context, missing []string) error {
	for _, id := range missing {
		if vault.Permanent(id) {
			return fault.New(fault.Conflict, "custody_incomplete",
				"Vault lacks the document %q, which nothing replaces; restore Vault from its backup before you purge.",
				id)
		}
	}
	banks, err := app.Banks(ctx, m.db, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	services, err := app.New(app.Config{
		DB:        m.db,
		Custody:   m.destination,
		Catalogue: banks,
		Logger:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	found, err := services.Vault.CheckCustody(ctx, cli.Operator())
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
func typed(env *cli.Environment) string {
	if env.In == nil {
		return ""
	}
	line, _ := bufio.NewReader(env.In).ReadString('\n')
	return strings.TrimSpace(line)
}
