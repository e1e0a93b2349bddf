// Package inspect has the commands that look at files and store nothing.
package inspect

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Inspect reads files and says what they are. It never stops at a bad one.
type Inspect struct {
	Files          []string `arg:"" name:"file" help:"Certificate and key files of any format."`
	JSON           bool     `name:"json" help:"Print one JSON array, an element per file, instead of tables."`
	PassphraseFile string   `help:"File with the passphrase; else SEALKEEPER_PASSPHRASE." placeholder:"FILE"`
}

// Help is printed below the first line of help.
func (Inspect) Help() string { return "Several passphrases are one on each line." }

// Run prints the report. It fails when a file could not be read.
func (c Inspect) Run(env *cli.Environment) error {
	passphrase, err := Passphrase(env, c.PassphraseFile)
	if err != nil {
		return err
	}
	defer passphrase.Wipe()
	files := readFiles(c.Files, passphrase)
	now := time.Now()
	if c.JSON {
		err = env.JSON(inspection(files, now))
	} else {
		err = renderInspection(env.Out, files, now, Coloured(env))
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	for _, f := range files {
		if f.err != nil {
			return cli.ErrSilent
		}
	}
	return nil
}

// maxPassphraseFile bounds a passphrase file in bytes; it is a form's field that is as long.
const maxPassphraseFile = 4 << 10

// Passphrase comes from a file or the environment and never from the command
// line, where every process on the machine could read it.
func Passphrase(env *cli.Environment, file string) (secret.Text, error) {
	if file == "" {
		return secret.NewTextString(env.Variable("SEALKEEPER_PASSPHRASE")), nil
	}
	data, err := readPassphrase(file)
	if err != nil {
		return secret.Text{}, cli.Invalid("passphrase_file",
			"The passphrase file %s cannot be read; check its name and permissions.", file)
	}
	if len(data) > maxPassphraseFile {
		return secret.Text{}, cli.Invalid("passphrase_file",
			"The passphrase file %s is larger than %d KB; give one with the passphrase alone.", file,
			maxPassphraseFile>>10)
	}
	return secret.NewText(data), nil
}

// readPassphrase waits for whoever writes to a pipe.
func readPassphrase(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing is written
	return io.ReadAll(io.LimitReader(f, maxPassphraseFile+1))
}

// fileReport is one file: its contents, or why there are none.
type fileReport struct {
	name     string
	contents *certs.Contents
	err      *certs.Error
}

func readFiles(names []string, passphrase secret.Text) []fileReport {
	files := make([]fileReport, len(names))
	for i, name := range names {
		files[i] = fileReport{name: name, contents: &certs.Contents{Name: name}}
		data, err := readBounded(name)
		if err != nil {
			files[i].err = &certs.Error{
				Code:    "unreadable",
				Message: name + ": it cannot be opened; check its name and permissions.",
				Err:     err,
			}
			continue
		}
		contents, err := certs.Read(certs.File{Name: name, Data: data}, passphrase)
		if err != nil {
			files[i].err = asCertsError(err)
			continue
		}
		files[i].contents = contents
	}
	return files
}

// readBounded reads one byte more than is accepted, so that the refusal says
// that the file is too large without reading all of it.
func readBounded(name string) ([]byte, error) {
	// Non-blocking, so that a named pipe nobody writes to is empty, and not waited for.
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing is written
	return io.ReadAll(io.LimitReader(f, certs.MaxFileSize+1))
}

func asCertsError(err error) *certs.Error {
	if e, ok := errors.AsType[*certs.Error](err); ok {
		return e
	}
	return &certs.Error{Code: certs.CodeMalformed, Message: err.Error(), Err: err}
}

// The JSON of --json, which scripts rely on: fields are added, never changed.
type (
	fileJSON struct {
		File         string        `json:"file"`
		Error        *errorJSON    `json:"error"`
		Certificates []rules.Facts `json:"certificates"`
		PrivateKeys  []keyJSON     `json:"private_keys"`
		Unusable     []errorJSON   `json:"unusable"` // keys that cannot be used, next to things that can
		Duplicates   []string      `json:"duplicates"`
	}
	errorJSON struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	keyJSON struct {
		Algorithm  string  `json:"algorithm"`
		Bits       int     `json:"bits"`
		SPKISHA256 string  `json:"spki_sha256"`
		Matches    *string `json:"matches"` // SHA-256 of its certificate among all files
	}
)

func inspection(files []fileReport, at time.Time) []fileJSON {
	all := make([]fileJSON, len(files))
	for i, f := range files {
		out := fileJSON{
			File:         f.name,
			Certificates: []rules.Facts{},
			PrivateKeys:  []keyJSON{},
			Unusable:     []errorJSON{},
			Duplicates:   append([]string{}, f.contents.Duplicates...),
		}
		if f.err != nil {
			out.Error = &errorJSON{Code: f.err.Code, Message: f.err.Message}
		}
		for _, c := range f.contents.Certificates {
			out.Certificates = append(out.Certificates, rules.FactsOf(c, findingsOf(c, files, at)))
		}
		for _, k := range f.contents.Keys {
			key := keyJSON{Algorithm: k.Algorithm(), Bits: k.Bits(), SPKISHA256: k.SPKISHA256()}
			if c := certificateOf(k, files); c != nil {
				key.Matches = &c.SHA256
			}
			out.PrivateKeys = append(out.PrivateKeys, key)
		}
		for _, e := range f.contents.Unusable {
			out.Unusable = append(out.Unusable, errorJSON{Code: e.Code, Message: e.Message})
		}
		all[i] = out
	}
	return all
}

// findingsOf judges a certificate with the chain that all the files give for it.
func findingsOf(c *certs.Certificate, files []fileReport, at time.Time) []rules.Finding {
	var all []*certs.Certificate
	for _, f := range files {
		all = append(all, f.contents.Certificates...)
	}
	return rules.Judge(c, certs.ChainOf(c, all), at)
}

func certificateOf(k *certs.PrivateKey, files []fileReport) *certs.Certificate {
	for _, f := range files {
		for _, c := range f.contents.Certificates {
			if k.BelongsTo(c) {
				return c
			}
		}
	}
	return nil
}
