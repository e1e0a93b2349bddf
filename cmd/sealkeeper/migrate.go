package main

import (
	"strings"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/store"
)

type migrateCmd struct {
	cli.Configured
	Repair bool `help:"Restore triggers that somebody removed by hand."`
}

// Help implements kong.HelpProvider.
func (migrateCmd) Help() string {
	return "serve does this too, where its role may change the schema. With a role of its own for migrations, run " +
		"this as that role before the new version of the program starts."
}

// Run brings the schema up to date.
func (c migrateCmd) Run(env *cli.Environment) error {
	db, err := c.Database(env)
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
	env.Printf("the database schema is up to date\n")
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
