package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/backup"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
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
		copying := dumped{db, backedUp{}}
		m, err := backup.Write(env.ctx, path, about, copying, func() (vault.Inventory, vault.MAC, error) {
			return copying.inventory(env, cfg, v)
		})
		if err := log.Finish(env.ctx, operator(), access.BackupMake, filepath.Base(path), "", err); err != nil {
			return err
		}
		env.printf("wrote %s: %s; custody (%s) holds %s and %s\n", path, counted(rows(m), "row", "rows"), m.Custody,
			counted(len(m.Holds.Documents), "document", "documents"), counted(len(m.Holds.Keys), "key", "keys"))
		if err := reportKeys(env, m, copying); err != nil {
			return err
		}
		return reportDamaged(env, m)
	})
}

// dumped is the database while a backup copies it. What embedded custody held at
// that moment is among the rows; read from the database later it would be newer.
type dumped struct {
	db     *store.DB
	sealed backedUp
}

// Dump implements backup.Database.
func (d dumped) Dump(ctx context.Context, each func(table string, line []byte) error) (int64, error) {
	return d.db.Dump(ctx, func(table string, line []byte) error {
		return errors.Join(d.sealed.take(table, line), each(table, line))
	})
}

func (d dumped) inventory(env *environment, cfg config.Config, v *vault.Vault) (vault.Inventory, vault.MAC, error) {
	if cfg.Custody.Mode != "embedded" {
		return v.Inventory(env.ctx, operator())
	}
	master, err := masterKey(cfg.Custody)
	if err != nil {
		return vault.Inventory{}, vault.MAC{}, err
	}
	custody, err := d.sealed.open(env.ctx, master)
	if err != nil {
		return vault.Inventory{}, vault.MAC{}, err
	}
	return v.InventoryOf(env.ctx, operator(), custody)
}

// reportKeys says what of the keys is in the backup, and what opens it.
func reportKeys(env *environment, m backup.Manifest, d dumped) error {
	if m.Custody != "embedded" {
		env.printf("the keys are not in it, not even sealed: back up Vault too, as its manual says\n")
		return reportSealed(env, d.db)
	}
	n, err := embedded.MasterKeyNumber(env.ctx, d.sealed)
	env.printf("the keys are in it, sealed; the master key (number %d of this custody) is not: keep a copy of it "+
		"somewhere else\n", n)
	return err
}

// reportDamaged names what could not be read in custody: the backup has it as it is.
func reportDamaged(env *environment, m backup.Manifest) error {
	var result error
	for _, text := range m.Holds.Damaged() {
		env.printf("PROBLEM  %s\n", text)
		result = errSilent
	}
	return result
}

// reportSealed says that copies from before a migration are in the database still, and not in the backup.
func reportSealed(env *environment, db *store.DB) error {
	n, err := db.CountSealed(env.ctx)
	if err == nil && n > 0 {
		env.printf("the database still has %s from before the migration to Vault, which the backup leaves out; "+
			"`sealkeeper custody purge` deletes them\n", counted(n, "sealed row", "sealed rows"))
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
		found, err := b.CompareCustody(now, v.CustodyMode())
		if err != nil {
			return err
		}
		key, err := masterKeyOf(env, cfg, db, b)
		if err != nil {
			return err
		}
		found = append(found, key...)
		more, err := b.CompareDatabase(env.ctx, db)
		if err != nil {
			return err
		}
		env.printf("the backup of %s is whole: %s, %s, %s\n", b.Manifest.MadeAt.Format(time.RFC3339),
			counted(rows(b.Manifest), "row", "rows"),
			counted(len(b.Manifest.Holds.Documents), "document", "documents"), counted(len(b.Manifest.Holds.Keys),
				"key", "keys"))
		return printDifferences(env, append(found, more...))
	})
}

// masterKeyOf says which master key a restore of the backup needs, where it is not the configured one.
func masterKeyOf(env *environment, cfg config.Config, db *store.DB, b *backup.Backup) ([]backup.Difference, error) {
	if b.Manifest.Custody != "embedded" {
		return nil, nil
	}
	sealed, err := sealedRows(b)
	if err != nil {
		return nil, err
	}
	number, err := embedded.MasterKeyNumber(env.ctx, sealed)
	if err != nil {
		return nil, err
	}
	env.printf("to restore it takes master key number %d of this custody\n", number)
	if cfg.Custody.Mode != "embedded" {
		return nil, nil
	}
	master, err := masterKey(cfg.Custody)
	if err != nil {
		return nil, err
	}
	_, err = sealed.open(env.ctx, master)
	if _, code, _ := fault.Public(err); err == nil || code != "master_key_wrong" {
		return nil, err
	}
	configured, err := embedded.MasterKeyNumber(env.ctx, db.CustodyRows())
	return []backup.Difference{{
		Serious: true,
		Text: fmt.Sprintf("The configured master key (number %d) does not open the backup: keep master key number "+
			"%d, from before `sealkeeper keys rotate`, as long as the backup, and name it in the configuration to "+
			"restore. If it is lost, so is the backup: make a new one.", configured, number),
	}}, err
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
