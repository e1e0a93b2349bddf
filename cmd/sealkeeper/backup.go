package main

import (
	"os"
	"path/filepath"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/backup"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/vault"
)

type backupCmd struct {
	Make   backupMakeCmd   `cmd:"" default:"withargs" help:"Copy the database, with a list of what custody holds. Nothing in it signs."`
	Verify backupVerifyCmd `cmd:"" help:"Compare a backup with what is in custody and database now; exit 1 if it was altered or what it needs is gone."`
}

type backupMakeCmd struct {
	configured
	To string `arg:"" help:"File to make, or folder for a file named by the time." type:"path"`
}

// Run makes a backup; the service may be running.
func (c backupMakeCmd) Run(env *environment) error {
	cfg, err := c.load(env)
	if err != nil {
		return err
	}
	path := c.To
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "sealkeeper-"+time.Now().UTC().Format("20060102T150405.000Z")+".zip")
	}
	return withCustody(env, cfg, func(db *store.DB, v *vault.Vault) error {
		log := audit.New(db, time.Now)
		if err := log.Authorize(env.ctx, operator(), access.BackupMake, filepath.Base(path)); err != nil {
			return err
		}
		if err := v.PrepareInventory(env.ctx, operator()); err != nil {
			return log.Finish(env.ctx, operator(), access.BackupMake, filepath.Base(path), "", err)
		}
		about := backup.Manifest{MadeAt: time.Now().UTC(), Program: buildVersion(), Custody: v.CustodyMode()}
		m, err := backup.Write(env.ctx, path, about, db, func() (vault.Inventory, vault.MAC, error) { return v.Inventory(env.ctx, operator()) })
		if err := log.Finish(env.ctx, operator(), access.BackupMake, filepath.Base(path), "", err); err != nil {
			return err
		}
		env.printf("wrote %s: %s; custody (%s) holds %s and %s\n", path, counted(rows(m), "row", "rows"), m.Custody, counted(len(m.Holds.Documents), "document", "documents"), counted(len(m.Holds.Keys), "key", "keys"))
		if m.Custody == "embedded" {
			env.printf("the keys are in it, sealed; the master key is not: keep a copy of it somewhere else\n")
		} else {
			env.printf("the keys are not in it, not even sealed: back up Vault too, as its manual says\n")
			return reportSealed(env, db)
		}
		return nil
	})
}

// reportSealed says that copies from before a migration are in the database still, and not in the backup.
func reportSealed(env *environment, db *store.DB) error {
	n, err := db.CountSealed(env.ctx)
	if err == nil && n > 0 {
		env.printf("the database still has %s from before the migration to Vault, which the backup leaves out; `sealkeeper custody purge` deletes them\n", counted(n, "sealed row", "sealed rows"))
	}
	return err
}

func rows(m backup.Manifest) int {
	n := 0
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

type backupVerifyCmd struct {
	configured
	File string `arg:"" help:"The backup." type:"existingfile"`
}

// Run compares.
func (c backupVerifyCmd) Run(env *environment) error {
	cfg, err := c.load(env)
	if err != nil {
		return err
	}
	b, err := backup.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = b.Close() }()
	return withCustody(env, cfg, func(db *store.DB, v *vault.Vault) error {
		now, mac, err := v.Inventory(env.ctx, operator())
		if err != nil {
			return err
		}
		if err := b.Authentic(mac); err != nil {
			return err
		}
		found := b.CompareCustody(now)
		more, err := b.CompareDatabase(env.ctx, db)
		if err != nil {
			return err
		}
		env.printf("the backup of %s is whole: %s, %s, %s\n", b.Manifest.MadeAt.Format(time.RFC3339), counted(rows(b.Manifest), "row", "rows"),
			counted(len(b.Manifest.Holds.Documents), "document", "documents"), counted(len(b.Manifest.Holds.Keys), "key", "keys"))
		return printDifferences(env, append(found, more...))
	})
}

func printDifferences(env *environment, found []backup.Difference) error {
	var result error
	for _, d := range found {
		label := "since   "
		if d.Serious {
			label, result = "PROBLEM ", errSilent
		}
		env.printf("%s %s\n", label, d.Text)
	}
	return result
}
