package custody

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/backup"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/dump"
	"github.com/sealkeeper/sealkeeper/internal/version"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

// Backup is the commands that make and verify backups.
type Backup struct {
	Make   backupMakeCmd   `cmd:"" default:"withargs" help:"Copy the database, with a list of what custody holds."`
	Verify backupVerifyCmd `cmd:"" help:"Compare a backup with what is in custody and database now."`
}

type backupMakeCmd struct {
	cli.Configured
	To        string   `arg:"" help:"File to make, or folder for a file named by the time." type:"path"`
	Recipient []string `help:"Encrypt it for this public key of age, too; may be repeated." placeholder:"age1..."`
}

// recipients are the keys that the backup is encrypted for: those of the command line and of the configured file.
func (c backupMakeCmd) recipients(cfg config.Config) ([]age.Recipient, error) {
	text := strings.Join(c.Recipient, "\n")
	if path := cfg.Backup.RecipientsFile; path != "" {
		configured, err := os.ReadFile(path)
		if err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "backup_recipients_file",
				"The file %s with the recipients of backups cannot be read, so none is made.", path)
		}
		text += "\n" + string(configured)
	}
	if strings.TrimSpace(text) == "" && cfg.Backup.RecipientsFile == "" {
		return nil, nil
	}
	return backup.Recipients(text)
}

// Help is printed below the first line of help.
func (backupMakeCmd) Help() string {
	return "Nothing in the backup signs. Encrypted, it opens with the private key of a recipient alone, " +
		"which is not kept here."
}

// Run makes a backup; the service may be running.
func (c backupMakeCmd) Run(env *cli.Environment) error {
	path := c.To
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "sealkeeper-"+time.Now().UTC().Format("20060102T150405.000Z")+".zip")
	}
	return c.WithServices(env, whole, func(s *app.Services, cfg config.Config) error {
		log, v := s.Audit, s.Vault
		recipients, err := c.recipients(cfg)
		if err != nil {
			return err
		}
		if len(recipients) > 0 && path != c.To {
			path += ".age"
		}
		var m backup.Manifest
		copying := databaseCopy{s.DB, dump.SealedRows{}}
		made := func() (_ note.Note, err error) {
			if err := v.PrepareInventory(env.Context, cli.Operator()); err != nil {
				return note.Note{}, err
			}
			about := backup.Manifest{MadeAt: time.Now().UTC(), Program: version.Of().Version, Custody: v.CustodyMode()}
			m, err = backup.Write(env.Context, path, about, copying, func() (vault.Inventory, vault.MAC, error) {
				return copying.inventory(env, cfg, v)
			}, recipients...)
			return note.Note{}, err
		}
		if err := log.Do(env.Context, cli.Operator(), access.BackupMake, filepath.Base(path), made); err != nil {
			return err
		}
		env.Printf("wrote %s: %s; custody (%s) holds %s and %s\n", path, cli.Counted(rows(m), "row", "rows"), m.Custody,
			cli.Counted(len(m.Holds.Documents), "document", "documents"), cli.Counted(len(m.Holds.Keys), "key", "keys"))
		if len(recipients) > 0 {
			env.Printf("encrypted for %s: it opens with one of their private keys alone\n",
				cli.Counted(len(recipients), "recipient", "recipients"))
		}
		if err := reportKeys(env, m, copying); err != nil {
			return err
		}
		return reportDamaged(env, m)
	})
}

// databaseCopy is the database while a backup copies it. What embedded custody held at
// that moment is among the rows; read from the database later it would be newer.
type databaseCopy struct {
	db     *store.DB
	sealed dump.SealedRows
}

// Dump implements backup.Database.
func (d databaseCopy) Dump(ctx context.Context, each func(table string, line []byte) error) (int64, error) {
	return d.db.Dump(ctx, func(table string, line []byte) error {
		return errors.Join(d.sealed.Take(table, line), each(table, line))
	})
}

func (d databaseCopy) inventory(
	env *cli.Environment, cfg config.Config, v *vault.Vault,
) (vault.Inventory, vault.MAC, error) {
	if cfg.Custody.Mode != "embedded" {
		return v.Inventory(env.Context, cli.Operator())
	}
	master, err := app.MasterKey(cfg.Custody)
	if err != nil {
		return vault.Inventory{}, vault.MAC{}, err
	}
	custody, err := d.sealed.Open(env.Context, master)
	if err != nil {
		return vault.Inventory{}, vault.MAC{}, err
	}
	return v.InventoryOf(env.Context, cli.Operator(), custody)
}

// reportKeys says what of the keys is in the backup, and what opens it.
func reportKeys(env *cli.Environment, m backup.Manifest, d databaseCopy) error {
	if m.Custody != "embedded" {
		env.Printf("the keys are not in it, not even sealed: back up Vault too, as its manual says\n")
		return reportSealed(env, d.db)
	}
	n, err := embedded.MasterKeyNumber(env.Context, d.sealed)
	env.Printf("the keys are in it, sealed; the master key (number %d of this custody) is not: keep a copy of it "+
		"somewhere else\n", n)
	return err
}

// reportDamaged names what could not be read in custody: the backup has it as it is.
func reportDamaged(env *cli.Environment, m backup.Manifest) error {
	var result error
	for _, text := range m.Holds.Damaged() {
		env.Printf("PROBLEM  %s\n", text)
		result = cli.ErrSilent
	}
	return result
}

// reportSealed says that copies from before a migration are in the database still, and not in the backup.
func reportSealed(env *cli.Environment, db *store.DB) error {
	n, err := db.CountSealed(env.Context)
	if err == nil && n > 0 {
		env.Printf("the database still has %s from before the migration to Vault, which the backup leaves out; "+
			"`sealkeeper custody purge` deletes them\n", cli.Counted(n, "sealed row", "sealed rows"))
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
	cli.Configured
	encryptedFile
}

// encryptedFile is a backup, and what opens it.
type encryptedFile struct {
	File     string `arg:"" help:"The backup." type:"existingfile"`
	Identity string `help:"File with the private key of age that opens it." type:"existingfile" placeholder:"FILE"`
}

func (f encryptedFile) open() (*backup.Backup, error) {
	if f.Identity == "" {
		return backup.Open(f.File)
	}
	text, err := secretfile.Read(f.Identity)
	if err != nil {
		return nil, err
	}
	defer text.Wipe()
	identities, err := backup.Identities(text)
	if err != nil {
		return nil, err
	}
	return backup.Open(f.File, identities...)
}

// Help is printed below the first line of help.
func (backupVerifyCmd) Help() string {
	return "The exit code is 1 if the backup was altered, or if something that it needs is gone."
}

// Run compares.
func (c backupVerifyCmd) Run(env *cli.Environment) error {
	b, err := c.open()
	if err != nil {
		return err
	}
	defer func() { _ = b.Close() }()
	return c.WithServices(env, whole, func(s *app.Services, cfg config.Config) error {
		v := s.Vault
		now, mac, err := v.Inventory(env.Context, cli.Operator())
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
		key, err := masterKeyOf(env, cfg, s.DB, b)
		if err != nil {
			return err
		}
		found = append(found, key...)
		more, err := b.CompareDatabase(env.Context, s.DB)
		if err != nil {
			return err
		}
		env.Printf("the backup of %s is whole: %s, %s, %s\n", b.Manifest.MadeAt.Format(time.RFC3339),
			cli.Counted(rows(b.Manifest), "row", "rows"),
			cli.Counted(len(b.Manifest.Holds.Documents), "document", "documents"),
			cli.Counted(len(b.Manifest.Holds.Keys),
				"key", "keys"))
		return printDifferences(env, append(found, more...))
	})
}

// masterKeyOf says which master key a restore of the backup needs, where it is not the configured one.
func masterKeyOf(env *cli.Environment, cfg config.Config, db *store.DB, b *backup.Backup) ([]backup.Difference, error) {
	if b.Manifest.Custody != "embedded" {
		return nil, nil
	}
	sealed, err := dump.Sealed(b.Lines)
	if err != nil {
		return nil, err
	}
	number, err := embedded.MasterKeyNumber(env.Context, sealed)
	if err != nil {
		return nil, err
	}
	env.Printf("to restore it takes master key number %d of this custody\n", number)
	if cfg.Custody.Mode != "embedded" {
		return nil, nil
	}
	master, err := app.MasterKey(cfg.Custody)
	if err != nil {
		return nil, err
	}
	_, err = sealed.Open(env.Context, master)
	if err == nil || fault.Code(err) != "master_key_wrong" {
		return nil, err
	}
	configured, err := embedded.MasterKeyNumber(env.Context, db.CustodyRows())
	return []backup.Difference{{
		Serious: true,
		Text: fmt.Sprintf("The configured master key (number %d) does not open the backup: keep master key number "+
			"%d, from before `sealkeeper keys rotate`, as long as the backup, and name it in the configuration to "+
			"restore. If it is lost, so is the backup: make a new one.", configured, number),
	}}, err
}

func printDifferences(env *cli.Environment, found []backup.Difference) error {
	var result error
	for _, d := range found {
		label := "since   "
		if d.Serious {
			label, result = "PROBLEM ", cli.ErrSilent
		}
		env.Printf("%s %s\n", label, d.Text)
	}
	return result
}
