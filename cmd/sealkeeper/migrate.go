package main

import "github.com/sealkeeper/sealkeeper/internal/cli"

type migrateCmd struct{ cli.Configured }

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
	env.Printf("the database schema is up to date\n")
	return nil
}
