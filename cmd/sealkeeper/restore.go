package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
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
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
)

type restoreCmd struct {
	configured
	File       string `arg:"" help:"The backup." type:"existingfile"`
	WithTokens bool   `help:"Restore the API's bearer tokens too; those revoked after the backup was made are valid again."`
}

// Run fills an empty database, all or nothing.
func (c restoreCmd) Run(env *environment) error {
	cfg, err := c.load(env)
	if err != nil {
		return err
	}
	b, err := backup.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = b.Close() }()
	if b.Manifest.Custody != cfg.Custody.Mode {
		return invalid("custody_differs",
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
	db, err := store.Open(env.ctx, cfg.Database.DSN)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	tokens := 0
	err = db.Load(env.ctx, b.Manifest.Schema, func(add func(table string, line []byte) error) error {
		return b.Lines(c.without(&tokens, add))
	})
	if err != nil {
		return err
	}
	return c.conclude(env, db, b, tokens)
}

// without counts bearer tokens instead of adding them, unless they are asked for: the
// backup cannot know which of them were revoked since.
func (c restoreCmd) without(
	tokens *int, add func(table string, line []byte) error,
) func(table string, line []byte) error {
	return func(table string, line []byte) error {
		if table != "api_tokens" {
			return add(table, line)
		}
		*tokens++
		if c.WithTokens {
			return add(table, line)
		}
		return nil
	}
}

// conclude checks the log that was restored, and continues it: there was none to
// write to before.
func (c restoreCmd) conclude(env *environment, db *store.DB, b *backup.Backup, tokens int) error {
	log := audit.New(db, time.Now)
	report, err := log.Verify(env.ctx)
	if err != nil {
		return err
	}
	if report.Broken != nil {
		env.printf("restored, but the audit log was broken already when the backup was made, at entry %d: %s\n",
			report.Broken.Seq, report.Broken.Reason)
		return errSilent
	}
	name := filepath.Base(c.File)
	if err := log.Authorize(env.ctx, operator(), access.BackupRestore, name); err != nil {
		return err
	}
	detail, loaded, of := "backup of "+b.Manifest.MadeAt.Format(time.RFC3339), rows(b.Manifest), counted(tokens,
		"bearer token", "bearer tokens")
	if c.WithTokens {
		detail += ", with " + of
	} else {
		loaded -= tokens
	}
	if err := log.Finish(env.ctx, operator(), access.BackupRestore, name, detail, nil); err != nil {
		return err
	}
	env.printf("restored %s of %s; the audit log is whole, its head was %d:%s\n", counted(loaded, "row", "rows"),
		b.Manifest.MadeAt.Format(time.RFC3339), report.HeadSeq, report.HeadHash)
	switch {
	case tokens > 0 && c.WithTokens:
		env.printf("%s restored: those revoked after the backup are valid again, so revoke them with `sealkeeper "+
			"token revoke`\n", of)
	case tokens > 0:
		env.printf("%s left out, as some may have been revoked since: make new ones with `sealkeeper token add`, or "+
			"restore with --with-tokens\n", of)
	}
	env.printf("what was changed after the backup is missing: `sealkeeper reindex` adds what custody knows, " +
		"`sealkeeper backup verify` names the rest\n")
	return nil
}

// inventoryMAC opens the key that tells whether the backup is one of ours. It is
// in custody: in Vault, or, sealed under the master key, in the backup itself.
func inventoryMAC(env *environment, cfg config.Config, b *backup.Backup) (vault.MAC, error) {
	if cfg.Custody.Mode == "vault" {
		vaultConfig, err := hcvaultConfig(env, cfg.Vault)
		if err != nil {
			return vault.MAC{}, err
		}
		custody, err := hcvault.Open(env.ctx, vaultConfig)
		if err != nil {
			return vault.MAC{}, err
		}
		defer func() { _ = custody.Close() }()
		return vault.OpenMAC(env.ctx, custody)
	}
	master, err := masterKey(cfg.Custody)
	if err != nil {
		return vault.MAC{}, err
	}
	sealed, err := sealedRows(b)
	if err != nil {
		return vault.MAC{}, err
	}
	custody, err := sealed.open(env.ctx, master)
	if err != nil {
		return vault.MAC{}, err
	}
	return vault.OpenMAC(env.ctx, custody)
}

// backedUp are the sealed rows of a backup, to be read before they are restored.
type backedUp map[[2]string]embedded.Row

func sealedRows(b *backup.Backup) (backedUp, error) {
	found := backedUp{}
	return found, b.Lines(found.take)
}

// take takes a line of a backup, if it is a sealed row.
func (r backedUp) take(table string, line []byte) error {
	if table != "custody_rows" {
		return nil
	}
	var row struct {
		Kind, ID string
		Version  int
		Sealed   map[string]string
	}
	if err := json.Unmarshal(line, &row); err != nil {
		return fmt.Errorf("a sealed row: %w", err)
	}
	sealed, err := base64.StdEncoding.DecodeString(row.Sealed["$base64"])
	r[[2]string{row.Kind, row.ID}] = embedded.Row{Kind: row.Kind, ID: row.ID, Version: row.Version, Sealed: sealed}
	return err
}

// open opens the custody that is in the backup.
func (r backedUp) open(ctx context.Context, master embedded.MasterKey) (*embedded.Custody, error) {
	custody, err := embedded.Open(ctx, r, master)
	if _, code, _ := fault.Public(err); err != nil && code == "master_key_wrong" {
		return nil, fault.Wrap(err, fault.Invalid, code,
			"The configured master key does not open the backup: it was made with another one, before `sealkeeper "+
				"keys rotate` or in another installation. Name that key in the configuration.")
	}
	return custody, err
}

// Get implements embedded.Rows.
func (r backedUp) Get(_ context.Context, kind, id string) (embedded.Row, error) {
	row, ok := r[[2]string{kind, id}]
	if !ok {
		return row, fault.New(fault.NotFound, "not_found", "The backup has no %s %q.", kind, id)
	}
	return row, nil
}

// List implements embedded.Rows.
func (r backedUp) List(_ context.Context, kind string) ([]string, error) {
	var ids []string
	for at := range r {
		if at[0] == kind {
			ids = append(ids, at[1])
		}
	}
	return ids, nil
}

func errReadOnly() error {
	return fault.New(fault.Invalid, "backup_without_custody",
		"The backup holds no embedded custody; it cannot be restored with this configuration.")
}

// Put implements embedded.Rows: a backup is not written to.
func (backedUp) Put(context.Context, embedded.Row) error { return errReadOnly() }

// Delete implements embedded.Rows.
func (backedUp) Delete(context.Context, string, string) error { return errReadOnly() }
