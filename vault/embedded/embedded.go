// Package embedded keeps keys and documents as sealed rows of Sealkeeper's own
// database: for evaluation and for a single machine.
//
// Every row is encrypted with AES-256-GCM under a Tink keyset. The keyset is
// itself a row, encrypted under the master key, which is never in the database.
// The ciphertext of a row is bound to its kind, id and version: a row that was
// altered, renamed, exchanged for another or replaced by an older ciphertext no
// longer opens, and the error names it. An older row put back together with its
// version number does open; whoever remembers the version sees it in what Get
// returns. Keys are in the memory of this process while they are used, which is
// the difference to package hcvault.
package embedded

import (
	"context"
	"fmt"
	"io"

	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/sealkeeper/sealkeeper/fault"
)

// The kinds of rows.
const (
	kindKeyset     = "keyset"
	kindKey        = "key"
	kindExportable = "kept" // an exportable key; the word is part of what its rows are sealed with
	kindDocument   = "document"
)

// HoldsKey reports whether the rows of a kind are keys: the database's file must keep
// nothing of one that was deleted or replaced.
func HoldsKey(kind string) bool {
	return kind == kindKey || kind == kindExportable || kind == kindKeyset
}

// Row is one sealed row. Kind and ID together are its primary key.
type Row struct {
	Kind    string
	ID      string
	Version int // 1 for the first, then one more for every change
	Sealed  []byte
}

// Rows is the storage of sealed rows. Errors are *fault.Error.
type Rows interface {
	// Get returns a row, or NotFound.
	Get(ctx context.Context, kind, id string) (Row, error)
	// GetAll returns those of these rows that there are, in any order.
	GetAll(ctx context.Context, kind string, ids []string) ([]Row, error)
	// Put stores a row whose version is one more than that of the row stored
	// under its kind and id (1 if there is none); otherwise it returns Conflict.
	// Comparison and write are one step.
	Put(ctx context.Context, row Row) error
	// List returns the ids of all rows of a kind, in any order.
	List(ctx context.Context, kind string) ([]string, error)
	// Delete removes a row. It is no error if there is none.
	Delete(ctx context.Context, kind, id string) error
}

// Custody is a vault.Custody over sealed rows. It is safe for concurrent use.
type Custody struct {
	rows    Rows
	aead    tink.AEAD
	opened  *openKeys
	leaving bool // opened to be copied: read also while, and after, it is moved
}

// Format implements fmt.Formatter: whatever prints a custody finds nothing of what is in it.
func (c *Custody) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "embedded custody") }

// Open unlocks the custody in rows with the master key. In an empty database it
// creates the keyset first; it never replaces one. A wrong master key is an Invalid
// error; a custody that was moved elsewhere, or is being moved, is Unavailable.
func Open(ctx context.Context, rows Rows, master MasterKey) (*Custody, error) {
	if err := refuseMoved(ctx, rows); err != nil {
		return nil, err
	}
	row, err := rows.Get(ctx, kindKeyset, keysetID)
	if isNotFound(err) {
		row, err = createKeyset(ctx, rows, master)
	}
	if err != nil {
		return nil, err
	}
	aead, err := openKeyset(row, master)
	if err != nil {
		return nil, err
	}
	return &Custody{rows: rows, aead: aead, opened: &openKeys{}}, nil
}

// Exists reports whether rows hold a custody; if not, Open would create one. A custody
// that was moved elsewhere is Unavailable.
func Exists(ctx context.Context, rows Rows) (bool, error) {
	if err := refuseMoved(ctx, rows); err != nil {
		return false, err
	}
	_, err := rows.Get(ctx, kindKeyset, keysetID)
	if isNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// Mode implements vault.Custody.
func (c *Custody) Mode() string { return "embedded" }

// Health implements vault.Custody: the database answers and still holds the keyset,
// and what is here is not used elsewhere by now.
func (c *Custody) Health(ctx context.Context) error {
	if err := refuseMoved(ctx, c.rows); err != nil {
		return err
	}
	_, err := c.rows.Get(ctx, kindKeyset, keysetID)
	if isNotFound(err) {
		return fault.Wrap(err, fault.Unavailable, "custody_keyset_missing",
			"The custody's keyset has gone from the database; restore the database from a backup and keep this "+
				"process running until then.")
	}
	return err
}

// seal encrypts plain into a row of its own kind, id and version.
func (c *Custody) seal(kind, id string, version int, plain []byte) (Row, error) {
	sealed, err := c.aead.Encrypt(plain, binding(kind, id, version))
	if err != nil {
		return Row{}, fault.Wrap(err, fault.Internal, "custody_seal",
			"The %s could not be sealed; the log has the reason.", kind)
	}
	return Row{Kind: kind, ID: id, Version: version, Sealed: sealed}, nil
}

// open reads and decrypts a row. The kind and id asked for are what the
// ciphertext must be bound to, whatever the database says about itself.
func (c *Custody) open(ctx context.Context, kind, id string) (plain []byte, version int, err error) {
	row, err := c.row(ctx, kind, id)
	if err != nil {
		return nil, 0, err
	}
	plain, err = c.decrypt(row, kind, id)
	return plain, row.Version, err
}

// row reads a row. What was moved is not read: a bank's token, for one, could be spent and
// the new one not kept.
func (c *Custody) row(ctx context.Context, kind, id string) (Row, error) {
	if !c.leaving {
		if err := refuseMoved(ctx, c.rows); err != nil {
			return Row{}, err
		}
	}
	return c.rows.Get(ctx, kind, id)
}

func (c *Custody) decrypt(row Row, kind, id string) ([]byte, error) {
	plain, err := c.aead.Decrypt(row.Sealed, binding(kind, id, row.Version))
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "custody_altered",
			"The %s %q (version %d) was altered in the database and is not used; restore the database from a backup.",
			kind, id, row.Version)
	}
	return plain, nil
}

// binding is the associated data of a row. Kinds and ids have no "|" in them.
func binding(kind, id string, version int) []byte {
	return fmt.Appendf(nil, "%s|%s|%d", kind, id, version)
}
