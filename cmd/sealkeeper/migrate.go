package main

import (
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/migrations"
)

type migrateCmd struct {
	cli.Configured
	Repair         bool `help:"Restore triggers that somebody removed by hand."`
	PartitionAudit bool `help:"Put the audit log into partitions (PostgreSQL), once every replica runs this version."`
}

// Help implements kong.HelpProvider.
func (migrateCmd) Help() string {
	return "serve does this too, where its role may change the schema. With a role of its own for migrations, run " +
		"this as that role before the new version of the program starts.\n\nIt also does what serve never does, so " +
		"run it once a day: it makes partitions of the audit log ahead, and takes out of the database what is in the " +
		"log's archive and older than retention.audit_days."
}

// Run brings the schema up to date.
func (c migrateCmd) Run(env *cli.Environment) error {
	cfg, err := c.Load(env)
	if err != nil {
		return err
	}
	db, err := store.Open(env.Context, cfg.Database.DSN)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(env.Context); err != nil {
		return err
	}
	if c.Repair {
		return repair(env, db)
	}
	if err := db.Guarded(env.Context); err != nil {
		return err
	}
	if c.PartitionAudit {
		if err := db.PartitionAudit(env.Context, migrations.PartitionSize); err != nil {
			return err
		}
		if db.Kind() != "postgres" {
			env.Printf("only PostgreSQL has partitions: the audit log stays one table\n")
		}
	}
	if err := db.KeepPartitions(env.Context, migrations.PartitionSize); err != nil {
		return err
	}
	if err := letGo(env, cfg, db); err != nil {
		return err
	}
	env.Printf("the database schema is up to date\n")
	return nil
}

// letGo takes entries out of the audit log that are in its archive and need not be in the database any longer.
func letGo(env *cli.Environment, cfg config.Config, db *store.DB) error {
	if cfg.Retention.AuditDays == 0 {
		return nil
	}
	before := time.Now().AddDate(0, 0, -cfg.Retention.AuditDays)
	log := app.NewRecords(db, nil, nil).Audit
	last, err := log.LetGo(env.Context, cli.Operator(), cfg.Audit.ArchiveFolder, before, db)
	if err != nil {
		return err
	}
	if last > 0 {
		env.Printf("the database has let go of the audit entries up to %d, which are in the archive\n", last)
		return nil
	}
	return keptWhy(env, db)
}

// keptWhy says why the database has let go of no audit entry.
func keptWhy(env *cli.Environment, db *store.DB) error {
	n, err := db.AuditPartitions(env.Context)
	switch {
	case err != nil:
		return err
	case db.Kind() != "postgres":
		env.Printf("no audit entry leaves the database: the archive has none in it that is older than " +
			"retention.audit_days\n")
	case n == 0:
		env.Printf("no audit entry leaves the database: PostgreSQL lets go of whole partitions, and the log is one " +
			"table; run this with --partition-audit\n")
	default:
		env.Printf("no audit entry leaves the database: there is no partition of which the archive has every entry, " +
			"older than retention.audit_days\n")
	}
	return nil
}

func repair(env *cli.Environment, db *store.DB) error {
	log := app.NewRecords(db, nil, nil).Audit
	if err := log.Authorize(env.Context, cli.Operator(), access.SchemaRepair, ""); err != nil {
		return err
	}
	names, err := db.Repair(env.Context)
	detail := note.New("triggers_put_back", "put back: %s", strings.Join(names, ", "))
	if err := log.Finish(env.Context, cli.Operator(), access.SchemaRepair, "", detail, err); err != nil {
		return err
	}
	if len(names) == 0 {
		env.Printf("no trigger was missing\n")
		return nil
	}
	env.Printf("%s\n", detail.Text)
	return nil
}
