package bankfiles

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// What is read of a folder. The file that is built in has less than an eighth of MaxSize; a larger one would not fit
// into custody, which keeps a copy of what was taken.
const (
	MaxSize  = 256 << 10
	maxFiles = 200
	maxWhy   = 4000 // of what is said about one file
)

// ReadFile reads a file that may be one of the catalogue's.
func ReadFile(open func() (fs.File, error)) ([]byte, error) {
	file, err := open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, errors.New("it is no regular file"))
	}
	text, err := io.ReadAll(io.LimitReader(file, MaxSize+1))
	if err == nil && len(text) > MaxSize {
		err = fmt.Errorf("the file is larger than %d bytes", MaxSize)
	}
	return text, err
}

// ReadFolder reads the *.yaml files of a folder and judges them beside the catalogue.
func ReadFolder(folder string, banks *catalogue.Catalogue, usable catalogue.Usable) ([]File, []Refusal, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, nil, unreadable(folder, err)
	}
	defer func() { _ = root.Close() }()
	names, err := fs.Glob(root.FS(), "*.yaml")
	if _, statErr := root.Stat("."); err != nil || statErr != nil {
		return nil, nil, unreadable(folder, errors.Join(err, statErr))
	}
	if len(names) > maxFiles {
		return nil, nil, fault.New(fault.Invalid, "catalogue_folder_too_many",
			"The folder of catalogue files has %d files named *.yaml, and %d are read at most; nothing was read.",
			len(names), maxFiles)
	}
	var files []File
	var refused []Refusal
	for _, name := range names {
		f, err := readOne(root, name, banks, usable)
		if i := slices.IndexFunc(files, func(o File) bool { return o.Bank == f.Bank }); err == nil && i >= 0 {
			err = fmt.Errorf("line 1: the bank group %s is described in %s already", f.Bank, files[i].Name)
		}
		if err != nil {
			refused = append(refused, Refusal{Name: name, Why: bounded(err.Error())})
			continue
		}
		files = append(files, f)
	}
	return files, refused, nil
}

func unreadable(folder string, err error) error {
	return fault.Wrap(err, fault.Invalid, "catalogue_folder_unreadable",
		"The folder of catalogue files %s cannot be read; what was taken before stays.", folder)
}

// readOne reads one file; a folder of Kubernetes has links in it, which lead nowhere else.
func readOne(root *os.Root, name string, banks *catalogue.Catalogue, usable catalogue.Usable) (File, error) {
	info, err := root.Stat(name)
	if err == nil && !info.Mode().IsRegular() { // opening a pipe would wait for its writer
		err = errors.New("it is no regular file")
	}
	if err != nil {
		return File{}, err
	}
	text, err := ReadFile(func() (fs.File, error) { return root.Open(name) })
	if err != nil {
		return File{}, err
	}
	if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
		return File{}, errors.New("it is not text in UTF-8")
	}
	bank, err := banks.Check(text, usable)
	sum := sha256.Sum256(text)
	return File{
		Bank:   bank,
		SHA256: hex.EncodeToString(sum[:]),
		Name:   strings.ToValidUTF8(filepath.Base(name), "?"),
		Text:   text,
	}, err
}

func bounded(text string) string {
	text = strings.ToValidUTF8(text, "?")
	if len(text) <= maxWhy {
		return text
	}
	return strings.ToValidUTF8(text[:maxWhy], "") + " ..."
}

// ReadNow is Read for somebody who does not wait for the next reading.
func (s *Service) ReadNow(ctx context.Context, caller access.Caller) error {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CatalogueTake, ""); err != nil {
		return err
	}
	if s.cfg.Folder == "" {
		return fault.New(fault.Conflict, "catalogue_folder_none",
			"No folder of catalogue files is configured; name one as catalogue_folder.")
	}
	return s.Read(ctx)
}

// Read reads the folder, if there is one. What it has that is not in force, and that nobody has declined, is proposed.
func (s *Service) Read(ctx context.Context) error {
	if s.cfg.Folder == "" {
		return nil
	}
	files, refused, err := ReadFolder(s.cfg.Folder, s.cfg.Catalogue, s.cfg.Usable)
	if err != nil {
		return err
	}
	now := s.cfg.Now()
	var proposed []File
	for _, f := range files {
		before, err := s.cfg.Store.BankFile(ctx, f.Bank, f.SHA256)
		if err != nil && !errors.Is(err, fault.NotFound) {
			return err
		}
		if bytes.Equal(f.Text, s.cfg.Catalogue.Text(f.Bank)) || before.State == Declined || before.State == InForce {
			continue
		}
		f.State, f.FoundAt = Proposed, now
		proposed = append(proposed, f)
	}
	return s.note(ctx, proposed, refused)
}

// note keeps what a reading has found, if it is something else than the one before.
func (s *Service) note(ctx context.Context, proposed []File, refused []Refusal) error {
	known, err := s.cfg.Store.BankFiles(ctx, Proposed)
	if err != nil {
		return err
	}
	said, err := s.cfg.Store.Refusals(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(proposed, func(a, b File) int { return strings.Compare(a.Bank, b.Bank) })
	for i, f := range proposed {
		if j := slices.IndexFunc(known, func(o File) bool { return o.Bank == f.Bank && o.SHA256 == f.SHA256 }); j >= 0 {
			proposed[i].FoundAt = known[j].FoundAt
		}
	}
	for i, r := range refused {
		refused[i].Since = s.cfg.Now()
		if j := slices.IndexFunc(said, func(o Refusal) bool { return o.Name == r.Name && o.Why == r.Why }); j >= 0 {
			refused[i].Since = said[j].Since
			continue
		}
		s.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "a catalogue file cannot be used; what was taken before stays",
			slog.String("file", r.Name), slog.String("why", r.Why))
	}
	same := slices.EqualFunc(known, proposed, func(a, b File) bool { return a.Bank == b.Bank && a.SHA256 == b.SHA256 })
	if same && slices.Equal(said, refused) {
		return nil
	}
	return s.cfg.Store.NoteReading(ctx, proposed, refused)
}
