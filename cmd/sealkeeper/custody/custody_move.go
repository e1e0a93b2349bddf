package custody

import (
	"context"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
)

// move is what both steps from embedded custody to Vault are given.
type move struct {
	cli.Configured
	To string `required:"" help:"Configuration of the same database with Vault." type:"existingfile" placeholder:"FILE"`
}

// migration is a move under way.
type migration struct {
	from, to    config.Config
	db          *store.DB
	source      *embedded.Custody
	destination *hcvault.Custody
}

func (m *migration) close() {
	if m.destination != nil {
		_ = m.destination.Close()
	}
	_ = m.db.Close()
}

// begin opens the database, and writes the entry in the audit log.
func (c move) begin(env *cli.Environment, action access.Action) (m *migration, log *audit.Log, err error) {
	from, err := c.Load(env)
	if err != nil {
		return nil, nil, err
	}
	// The environment holds what the first configuration needs, a master key for example.
	to, err := config.Load(c.To, nil)
	if err != nil {
		return nil, nil, err
	}
	if from.Custody.Mode != "embedded" || to.Custody.Mode != "vault" {
		return nil, nil, cli.Invalid("migrate_direction",
			"Migration goes from embedded custody (--config) to Vault (--to).")
	}
	if !store.SameDatabase(from.Database.DSN, to.Database.DSN) {
		return nil, nil, cli.Invalid("migrate_database",
			"The two configurations name different databases: the records stay where they are, and the service would "+
				"serve another database with %s; give both the same database.dsn.", c.To)
	}
	db, log, err := authorized(env, from, action, "embedded")
	if err != nil {
		return nil, nil, err
	}
	return &migration{from: from, to: to, db: db}, log, nil
}

// authorized opens the database of a configuration for a change of its custody, which is in the audit log first.
func authorized(
	env *cli.Environment, cfg config.Config, action access.Action, object string,
) (*store.DB, *audit.Log, error) {
	db, err := store.Open(env.Context, cfg.Database.DSN)
	if err != nil {
		return nil, nil, err
	}
	stated, err := app.Stated(cfg)
	if err != nil {
		_ = db.Close()
		return nil, nil, err
	}
	log := app.NewRecords(db, nil, stated).Audit
	if err = db.Migrate(env.Context); err == nil {
		err = log.Authorize(env.Context, cli.Operator(), action, object)
	}
	if err != nil {
		_ = db.Close()
		return nil, nil, err
	}
	return db, log, nil
}

// open opens both custodies, the embedded one with open.
func (m *migration) open(
	env *cli.Environment, open func(context.Context, embedded.Rows, embedded.MasterKey) (*embedded.Custody, error),
) error {
	master, err := app.MasterKey(m.from.Custody)
	if err != nil {
		return err
	}
	if m.source, err = open(env.Context, m.db.CustodyRows(), master); err != nil {
		return err
	}
	login, err := app.CommandVault(m.to.Vault, env.Logger)
	if err != nil {
		return err
	}
	m.destination, err = hcvault.Open(env.Context, login)
	return err
}
