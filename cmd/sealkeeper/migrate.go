package main

type migrateCmd struct{ configured }

// Run brings the schema up to date.
func (c migrateCmd) Run(env *environment) error {
	db, err := c.database(env)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(env.ctx); err != nil {
		return err
	}
	env.printf("the database schema is up to date\n")
	return nil
}
