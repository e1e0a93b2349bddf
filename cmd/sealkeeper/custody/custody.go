// Package custody has the commands that look after keys and records as a whole:
// checks, moves, master keys, Vault itself, backup and recovery.
package custody

import (
	"time"

	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Custody is the commands that compare custody with the database, or move it.
type Custody struct {
	Check   custodyCheckCmd   `cmd:"" help:"Compare what is in custody with the records."`
	Migrate custodyMigrateCmd `cmd:"" help:"Copy everything from embedded custody to Vault."`
	Abandon custodyAbandonCmd `cmd:"" help:"Give up a migration that has begun but not ended."`
	Purge   custodyPurgeCmd   `cmd:"" help:"Delete for good the sealed copies of what was migrated."`
}

type custodyCheckCmd struct{ cli.Configured }

// Help is printed below the first line of help.
func (custodyCheckCmd) Help() string {
	return "It reports what is in custody without a record, and which records lack something in custody; " +
		"then the exit " +
		"code is 1. It changes nothing."
}

// Run compares custody with the database, both ways.
func (c custodyCheckCmd) Run(env *cli.Environment) error {
	return c.WithServices(env, whole, func(s *app.Services, _ config.Config) error {
		found, err := s.Vault.CheckCustody(env.Context, cli.Operator())
		if err != nil {
			return err
		}
		for _, o := range found.Orphans {
			env.Printf("ORPHAN   %s\n", o.Text)
		}
		for _, id := range found.Unused {
			env.Printf("unused   The client secret %s is in custody and no bundle names it: it was replaced, or its "+
				"draft was never saved.\n", id)
		}
		env.Printf("custody holds %s and %s; %s\n", cli.Counted(found.Documents, "document", "documents"),
			cli.Counted(found.Keys, "key", "keys"), cli.Counted(len(found.Orphans)+found.Omitted, "orphan", "orphans"))
		if found.Omitted > 0 {
			env.Printf("not listed here: %s\n", cli.Counted(found.Omitted, "orphan more", "orphans more"))
		}
		lost, err := s.Vault.LostCertificates(env.Context, cli.Operator())
		if err != nil {
			return err
		}
		printLost(env, lost)
		if len(found.Orphans) > 0 || len(lost) > 0 {
			return cli.ErrSilent
		}
		return nil
	})
}

// printLost says which certificates have to be ordered anew, the one that ends first before the others.
func printLost(env *cli.Environment, lost []vault.Lost) {
	for _, l := range lost {
		env.Printf("ORDER    %s %q of %s, SHA-256 %s, valid until %s: its key is gone, so order it anew\n",
			l.Record.Leaf.Kind, l.Record.Name, l.Record.Leaf.OrganizationIdentifier, l.Record.Leaf.SHA256,
			l.Record.Leaf.NotAfter.Format(time.DateOnly))
		for _, u := range l.Uses {
			env.Printf("         %s version %d of registration %s at %s\n", u.State, u.Version, u.RegistrationID,
				u.InstitutionID)
		}
	}
}

// whole opens the database as the newest schema has it, and a custody that is there already.
var whole = app.Opening{Migrate: true, Exists: true}
