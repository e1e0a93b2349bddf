// Package backup writes the database to a file, together with a list of what
// custody holds, and reads such files back. One format serves both databases: a zip
// with a file of JSON lines for each table, and a manifest.
//
// Nothing in it signs: keys and client secrets are in custody, of which the
// manifest has hashes under a key that custody keeps. Where custody is embedded its
// rows are in it, sealed; the master key that opens them is not.
package backup

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Format is the version of the file's form.
const Format = 1

// Manifest says what a backup holds, and what custody held when it was made.
type Manifest struct {
	Format  int             `json:"format"`
	MadeAt  time.Time       `json:"made_at"`
	Program string          `json:"program"` // version of the program that made it
	Schema  int64           `json:"schema"`  // of the database
	Custody string          `json:"custody"` // its mode
	Tables  []Table         `json:"tables"`  // in an order in which they can be loaded
	Holds   vault.Inventory `json:"holds"`
}

// Table is a table's file.
type Table struct {
	Name   string `json:"name"`
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256"` // of its lines
}

// Database is what a backup is made of.
type Database interface {
	// Dump calls each with every row, all of one moment, table after table.
	Dump(ctx context.Context, each func(table string, line []byte) error) (schema int64, err error)
}

const (
	manifestName = "manifest.json"
	// in hex, under custody's key: the manifest was written by someone who can read custody
	macName = "manifest.hmac"
)

// sealedTable has the rows of embedded custody. A backup made with custody in Vault
// leaves it out: what is there still after a migration is none of the records'.
const sealedTable = "custody_rows"

func (m Manifest) leavesOut(table string) bool {
	return table == sealedTable && m.Custody != "embedded"
}

func tableFile(name string) string { return "tables/" + name + ".jsonl" }

// Write makes a backup at path, which must not exist yet; encrypted, if there are recipients. The file is there as a
// whole or not at all, for its owner's eyes alone. holds is asked after the database was read, so that what a row names
// is in custody's list.
func Write(
	ctx context.Context, path string, about Manifest, db Database, holds func() (vault.Inventory, vault.MAC, error),
	recipients ...age.Recipient,
) (Manifest, error) {
	if _, err := os.Lstat(path); err == nil {
		return about, fault.New(fault.Conflict, "backup_exists", "The file %s exists already and is not replaced.",
			path)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".backup-*") // with mode 0600
	if err != nil {
		return about, fault.Wrap(err, fault.Invalid, "backup_file", "The backup %s cannot be written.", path)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	out, err := encrypted(file, recipients)
	if err != nil {
		return about, errors.Join(err, file.Close())
	}
	w := &writer{zip: zip.NewWriter(out), manifest: about}
	err = errors.Join(w.write(ctx, db, holds), out.Close())
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return about, err
	}
	if err := os.Link(file.Name(), path); err != nil { // unlike a renaming, it replaces nothing
		return about, fault.Wrap(err, fault.Invalid, "backup_file", "The backup %s cannot be written.", path)
	}
	return w.manifest, nil
}

type writer struct {
	zip      *zip.Writer
	manifest Manifest
	file     io.Writer
	sum      hash.Hash
}

func (w *writer) write(ctx context.Context, db Database, holds func() (vault.Inventory, vault.MAC, error)) error {
	w.manifest.Format = Format
	var err error
	if w.manifest.Schema, err = db.Dump(ctx, w.line); err != nil {
		return err
	}
	w.endTable()
	var mac vault.MAC
	if w.manifest.Holds, mac, err = holds(); err != nil {
		return err
	}
	text, err := json.MarshalIndent(w.manifest, "", " ")
	if err != nil {
		return err
	}
	if err := errors.Join(w.add(manifestName, text), w.add(macName, []byte(mac.Sum(text)))); err != nil {
		return err
	}
	return w.zip.Close()
}

func (w *writer) add(name string, data []byte) error {
	file, err := w.zip.Create(name)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return err
}

func (w *writer) line(table string, line []byte) error {
	if w.manifest.leavesOut(table) {
		return nil
	}
	tables := w.manifest.Tables
	if len(tables) == 0 || tables[len(tables)-1].Name != table {
		w.endTable()
		file, err := w.zip.Create(tableFile(table))
		if err != nil {
			return err
		}
		w.manifest.Tables, w.sum = append(tables, Table{Name: table}), sha256.New()
		w.file = io.MultiWriter(file, w.sum)
	}
	w.manifest.Tables[len(w.manifest.Tables)-1].Rows++
	_, err := w.file.Write(append(line, '\n'))
	return err
}

func (w *writer) endTable() {
	if n := len(w.manifest.Tables); n > 0 {
		w.manifest.Tables[n-1].SHA256 = hex.EncodeToString(w.sum.Sum(nil))
	}
}
