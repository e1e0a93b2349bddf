package main

import (
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

type reindexCmd struct {
	configured
	DryRun bool `help:"Say what would be restored and write nothing but the audit entry."`
}

// operator is whoever runs a command on the server.
func operator() access.Caller { return access.SystemCaller("command line") }

// Run rebuilds the records that custody knows of.
func (c reindexCmd) Run(env *environment) error {
	cfg, err := c.load(env)
	if err != nil {
		return err
	}
	return withCustody(env, cfg, func(db *store.DB, v *vault.Vault) error {
		found, err := v.Reindex(env.ctx, operator(), db, c.DryRun)
		c.print(env, found)
		if err != nil {
			return err
		}
		if len(found.Problems) > 0 {
			return errSilent
		}
		return nil
	})
}

func (c reindexCmd) print(env *environment, found vault.Reindexed) {
	verb := "restored"
	if c.DryRun {
		verb = "would restore"
	}
	kinds := slices.Collect(maps.Keys(found.Restored))
	kinds = slices.AppendSeq(kinds, maps.Keys(found.There))
	slices.Sort(kinds)
	for _, kind := range slices.Compact(kinds) {
		env.printf("%s: %s %d, %d already there\n", kind, verb, found.Restored[kind], found.There[kind])
	}
	for _, kind := range slices.Sorted(maps.Keys(found.Secrets)) {
		env.printf("%s: %s in custody, without records of their own\n", kind,
			counted(found.Secrets[kind], "document", "documents"))
	}
	for _, problem := range found.Problems {
		env.printf("PROBLEM  %s\n", problem)
	}
	env.printf("not in custody, and so not restored: the audit log before now, users, tokens and sessions, " +
		"approvals, evidence files, payments, customers' consents; `sealkeeper user add` makes a user\n")
}

// withCustody opens database and custody for a command that does one thing and
// ends. It brings the schema up to date first: the database may be a new one.
func withCustody(env *environment, cfg config.Config, f func(db *store.DB, v *vault.Vault) error) error {
	db, err := store.Open(env.ctx, cfg.Database.DSN)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(env.ctx); err != nil {
		return err
	}
	if cfg.Custody.Mode == "embedded" {
		if err := custodySurvives(env, db); err != nil {
			return err
		}
	}
	custody, closing, err := openCustody(env.ctx, env, cfg, db)
	if err != nil {
		return err
	}
	defer closing()
	return f(db, commandVault(db, custody))
}

// commandVault is the vault of a command that does one thing and ends.
func commandVault(db *store.DB, custody vault.Custody) *vault.Vault {
	return vault.New(vault.Config{
		Custody:           custody,
		Records:           db,
		Intents:           db,
		Requests:          db,
		Lines:             db,
		Lifecycle:         db,
		CertificateCopies: db,
		Uses:              db,
		Copies:            db,
		Audit:             audit.New(db, time.Now),
		Logger:            slog.New(slog.DiscardHandler),
		Now:               time.Now,
		Grace:             importGrace,
	})
}

// custodySurvives looks for embedded custody before opening it would make a new
// one: that lives in the database, so it is lost together with it.
func custodySurvives(env *environment, db *store.DB) error {
	there, err := embedded.Exists(env.ctx, db.CustodyRows())
	if err == nil && !there {
		return fault.New(fault.Conflict, "custody_in_database",
			"Embedded custody lives in the database, and this one holds none: there is nothing to work from; restore "+
				"a backup with `sealkeeper restore`.")
	}
	return err
}
