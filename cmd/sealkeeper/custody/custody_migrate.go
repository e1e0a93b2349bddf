package custody

import (
	"fmt"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

type custodyMigrateCmd struct{ move }

// Help is printed below the first line of help.
func (custodyMigrateCmd) Help() string {
	return "Stop the service first. Each key is verified by a signature. It may be repeated until it has ended well."
}

// Run copies. Nothing is removed from embedded custody, and nothing of it is opened again.
func (c custodyMigrateCmd) Run(env *cli.Environment) error {
	m, log, err := c.begin(env, access.CustodyMigrate)
	if err != nil {
		return err
	}
	defer m.close()
	copied, err := m.migrate(env)
	detail := fmt.Sprintf("copied and verified: %s, %s", cli.Counted(copied.Keys, "key", "keys"),
		cli.Counted(copied.Documents, "document", "documents"))
	if err := log.Finish(env.Context, cli.Operator(), access.CustodyMigrate, "embedded", detail, err); err != nil {
		return err
	}
	env.Printf("%s\nstart the service with %s; embedded custody is not opened again\n", detail, c.To)
	env.Printf("the sealed copies are in the database still: when Vault has proved itself, `sealkeeper custody " +
		"purge` with the same options deletes them; it needs the master key once more\n")
	return nil
}

func (m *moving) migrate(env *cli.Environment) (embedded.Copied, error) {
	if err := m.open(env, embedded.OpenToMove); err != nil {
		return embedded.Copied{}, err
	}
	copied, begun, err := m.source.MoveTo(env.Context, m.destination, m.destination.Mode(), m.db)
	if err != nil && begun {
		env.Printf("copied %s and %s so far; the move has begun and not ended: the same command goes on with it, "+
			"`sealkeeper custody abandon` gives it up\n",
			cli.Counted(copied.Keys, "key", "keys"), cli.Counted(copied.Documents, "document", "documents"))
	}
	return copied, err
}

type custodyAbandonCmd struct{ cli.Configured }

// Help is printed below the first line of help.
func (custodyAbandonCmd) Help() string { return "Embedded custody is used again." }

// Run gives a move up that has begun and not ended: nothing names Vault yet.
func (c custodyAbandonCmd) Run(env *cli.Environment) error {
	cfg, err := c.Load(env)
	if err != nil {
		return err
	}
	db, log, err := authorized(env, cfg, access.CustodyMigrate, "embedded")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := log.Finish(env.Context, cli.Operator(), access.CustodyMigrate, "embedded", "given up",
		db.AbandonMove(env.Context)); err != nil {
		return err
	}
	env.Printf("the move to Vault is given up, and embedded custody is used again; what was copied is in Vault " +
		"still: delete it there, or give the next attempt mounts of its own\n")
	return nil
}
