package custody

import (
	"path/filepath"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/backup"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/dump"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
)

// Restore fills an empty database with a backup.
type Restore struct {
	cli.Configured
	encryptedFile
	WithTokens bool `help:"Restore the API's bearer tokens too."`
}

// Help is printed below the first line of help.
func (Restore) Help() string {
	return "With --with-tokens, bearer tokens that were revoked after the backup was made are valid again."
}

// Run fills an empty database, all or nothing.
func (c Restore) Run(env *cli.Environment) error {
	cfg, err := c.Load(env)
	if err != nil {
		return err
	}
	b, err := c.open()
	if err != nil {
		return err
	}
	defer func() { _ = b.Close() }()
	if b.Manifest.Custody != cfg.Custody.Mode {
		return cli.Invalid("custody_differs",
			"The backup was made with %s custody and the configuration has %s; what its records name would "+
				"not be there.", b.Manifest.Custody, cfg.Custody.Mode)
	}
	mac, err := inventoryMAC(env, cfg, b)
	if err != nil {
		return err
	}
	if err := b.Authentic(mac); err != nil {
		return err
	}
	db, err := store.Open(env.Context, cfg.Database.DSN)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	tokens, err := db.Load(env.Context, b.Manifest.Schema, dump.Loading{WithTokens: c.WithTokens}, b.Lines)
	if err != nil {
		return err
	}
	return c.conclude(env, db, b, tokens)
}

// conclude checks the log that was restored, and continues it: there was none to
// write to before.
func (c Restore) conclude(env *cli.Environment, db *store.DB, b *backup.Backup, tokens int) error {
	log := audit.New(db, time.Now)
	report, err := log.Verify(env.Context)
	if err != nil {
		return err
	}
	if report.Broken != nil {
		env.Printf("restored, but the audit log was broken already when the backup was made, at entry %d: %s\n",
			report.Broken.Seq, report.Broken.Reason)
		return cli.ErrSilent
	}
	name := filepath.Base(c.File)
	if err := log.Authorize(env.Context, cli.Operator(), access.BackupRestore, name); err != nil {
		return err
	}
	made, loaded := b.Manifest.MadeAt.Format(time.RFC3339), rows(b.Manifest)
	of := cli.Counted(tokens, "bearer token", "bearer tokens")
	detail := note.New("restored_with_tokens", "backup of %s, with %s", made, of)
	if !c.WithTokens {
		detail = note.New("restored", "backup of %s", made)
		loaded -= tokens
	}
	if err := log.Finish(env.Context, cli.Operator(), access.BackupRestore, name, detail, nil); err != nil {
		return err
	}
	env.Printf("restored %s of %s; the audit log is whole, its head was %d:%s\n", cli.Counted(loaded, "row", "rows"),
		b.Manifest.MadeAt.Format(time.RFC3339), report.HeadSeq, report.HeadHash)
	switch {
	case tokens > 0 && c.WithTokens:
		env.Printf("%s restored: those revoked after the backup are valid again, so revoke them with `sealkeeper "+
			"token revoke`\n", of)
	case tokens > 0:
		env.Printf("%s left out, as some may have been revoked since: make new ones with `sealkeeper token add`, or "+
			"restore with --with-tokens\n", of)
	}
	env.Printf("what was changed after the backup is missing: `sealkeeper reindex` adds what custody knows, " +
		"`sealkeeper backup verify` names the rest\n")
	return nil
}

// inventoryMAC opens the key that tells whether the backup is one of ours. It is
// in custody: in Vault, or, sealed under the master key, in the backup itself.
func inventoryMAC(env *cli.Environment, cfg config.Config, b *backup.Backup) (vault.MAC, error) {
	if cfg.Custody.Mode == "vault" {
		login, err := app.CommandVault(cfg.Vault, env.Logger)
		if err != nil {
			return vault.MAC{}, err
		}
		custody, err := hcvault.Open(env.Context, login)
		if err != nil {
			return vault.MAC{}, err
		}
		defer func() { _ = custody.Close() }()
		return vault.OpenMAC(env.Context, custody)
	}
	master, err := app.MasterKey(cfg.Custody)
	if err != nil {
		return vault.MAC{}, err
	}
	sealed, err := dump.Sealed(b.Lines)
	if err != nil {
		return vault.MAC{}, err
	}
	custody, err := sealed.Open(env.Context, master)
	if err != nil {
		return vault.MAC{}, err
	}
	return vault.OpenMAC(env.Context, custody)
}
