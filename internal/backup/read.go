package backup

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"

	"filippo.io/age"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Bounds of what is read: a backup may come from anywhere.
const (
	maxManifest = 512 << 20
	maxLine     = 16 << 20
)

// Backup is an opened backup whose files are those of its manifest.
type Backup struct {
	Manifest Manifest

	zip  *zip.Reader
	text []byte // of the manifest
	mac  string
	end  func() error
}

// Open opens the backup at path and checks that every file in it is the one its manifest names. An encrypted one is
// opened by one of the identities, and never decrypted onto a disk.
func Open(path string, identities ...age.Identity) (*Backup, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(err, path)
	}
	b, err := openFile(file, path, identities)
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	b.end = file.Close
	return b, nil
}

func openFile(file *os.File, path string, identities []age.Identity) (*Backup, error) {
	content, size, err := decrypted(file, path, identities)
	if err != nil {
		return nil, err
	}
	members, err := zip.NewReader(content, size)
	if err != nil {
		return nil, unreadable(err, path)
	}
	return open(members)
}

func unreadable(cause error, path string) error {
	return fault.Wrap(cause, fault.Invalid, "backup_unreadable", "The file %s is not a backup that can be read.", path)
}

// Close closes the file.
func (b *Backup) Close() error { return b.end() }

func open(r *zip.Reader) (*Backup, error) {
	b := &Backup{zip: r}
	mac, err := b.read(macName, 1024)
	if err != nil {
		return nil, err
	}
	b.mac = string(mac)
	if b.text, err = b.read(manifestName, maxManifest); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b.text, &b.Manifest); err != nil {
		return nil, damaged(err, "its manifest cannot be read")
	}
	if b.Manifest.Format != Format {
		return nil, fault.New(fault.Invalid, "backup_format",
			"The backup has format %d and this program reads %d; use the program that made it.", b.Manifest.Format,
			Format)
	}
	if err := b.members(); err != nil {
		return nil, err
	}
	for _, t := range b.Manifest.Tables {
		if err := b.check(t); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// members checks that the file holds what its manifest names, each once, and nothing
// else: of two members with one name another program might read the other one.
func (b *Backup) members() error {
	expected := map[string]bool{manifestName: true, macName: true}
	for _, t := range b.Manifest.Tables {
		if expected[tableFile(t.Name)] {
			return damaged(nil, "its manifest names "+t.Name+" twice")
		}
		expected[tableFile(t.Name)] = true
	}
	for _, f := range b.zip.File {
		if !expected[f.Name] {
			return damaged(nil, "it holds more than its manifest names, or something twice")
		}
		delete(expected, f.Name)
	}
	return nil
}

var tableName = regexp.MustCompile(`^[a-z0-9_]{1,63}$`)

func (b *Backup) check(t Table) error {
	if !tableName.MatchString(t.Name) {
		return damaged(nil, "its manifest names a table that cannot be")
	}
	sum, rows := sha256.New(), 0
	err := b.lines(t.Name, func(line []byte) error {
		rows++
		_, err := sum.Write(append(bytes.Clone(line), '\n'))
		return err
	})
	if err != nil {
		return err
	}
	if rows != t.Rows || hex.EncodeToString(sum.Sum(nil)) != t.SHA256 {
		return damaged(nil, "the rows of "+t.Name+" are not those it was made with")
	}
	return nil
}

func damaged(cause error, how string) error {
	return fault.Wrap(cause, fault.Invalid, "backup_damaged", "The backup was altered or damaged: %s; use another one.",
		how)
}

// Authentic checks that the manifest was written by someone who could read
// custody. Everything else in the backup hangs on the manifest's hashes.
func (b *Backup) Authentic(mac vault.MAC) error {
	if !mac.Holds(b.text, b.mac) {
		return fault.New(fault.Invalid, "backup_not_ours",
			"The backup does not belong to this custody, or its manifest was altered; use one that was made with "+
				"this custody.")
	}
	return nil
}

// Lines calls each with every row, in an order in which they can be loaded.
func (b *Backup) Lines(each func(table string, line []byte) error) error {
	for _, t := range b.Manifest.Tables {
		if err := b.lines(t.Name, func(line []byte) error { return each(t.Name, line) }); err != nil {
			return err
		}
	}
	return nil
}

func (b *Backup) lines(table string, each func(line []byte) error) error {
	file, err := b.zip.Open(tableFile(table))
	if err != nil {
		return damaged(err, "the rows of "+table+" are not in it")
	}
	defer func() { _ = file.Close() }()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(make([]byte, 64<<10), maxLine)
	for scanner.Scan() {
		if err := each(scanner.Bytes()); err != nil {
			return err
		}
	}
	if err := scanner.Err(); err != nil {
		return damaged(err, "the rows of "+table+" cannot be read")
	}
	return nil
}

func (b *Backup) read(name string, limit int64) ([]byte, error) {
	file, err := b.zip.Open(name)
	if err != nil {
		return nil, damaged(err, name+" is not in it")
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = errors.New("too large")
	}
	if err != nil {
		return nil, damaged(err, name+" cannot be read")
	}
	return data, nil
}
