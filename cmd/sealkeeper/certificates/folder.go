package certificates

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/cmd/sealkeeper/inspect"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
)

// What bounds a folder, and how many certificates of it are imported at once.
const (
	maxFolderFiles = 100_000
	maxGroupFiles  = 32      // what one upload may have over HTTP
	maxGroup       = 8 << 20 // of all files of a group together, as over HTTP
	importers      = 64
	progressEvery  = 2 * time.Second
)

type certificatesImportFolderCmd struct {
	cli.Configured
	Folder         string   `arg:"" help:"Folder or ZIP file."`
	ByFolder       bool     `help:"All files of a folder belong together, whatever their names."`
	Issuer         []string `help:"File with issuers; may be repeated." type:"existingfile" placeholder:"FILE"`
	PassphraseFile string   `help:"File of passphrases; else SEALKEEPER_PASSPHRASE." placeholder:"FILE"`
	AcceptExpired  bool     `help:"Store what has expired all the same."`
	JSON           bool     `name:"json" help:"Print the report as JSON, one object a line."`
}

// Help is printed below the first line of help.
func (certificatesImportFolderCmd) Help() string {
	return "Files of one folder whose names are the same up to the first dot belong together (firm.crt, firm.key, " +
		"firm.chain.pem). The report on standard output has a line for each group of files; the progress is " +
		"on standard " +
		"error. What is stored already is passed over, so a run that was interrupted is simply repeated. The " +
		"command fails " +
		"if anything was refused."
}

// Run imports what is in the folder, and says of each part of it what became of it.
func (c certificatesImportFolderCmd) Run(env *cli.Environment) error {
	passphrase, err := inspect.Passphrase(env, c.PassphraseFile)
	if err != nil {
		return err
	}
	defer passphrase.Wipe()
	files, closer, err := openFolder(c.Folder)
	if err != nil {
		return err
	}
	defer func() { _ = closer.Close() }()
	issuers, err := readAll(c.Issuer)
	if err != nil {
		return err
	}
	groups, err := groupsOf(files, c.ByFolder)
	if err != nil {
		return err
	}
	return withVault(env, c.Configured, func(v *vault.Vault) error {
		run := &folderImport{
			env:        env,
			files:      files,
			issuers:    issuers,
			passphrase: passphrase,
			json:       c.JSON,
			total:      len(groups),
			store: func(ctx context.Context, files vault.Files) ([]vault.Record, error) {
				files.AcceptExpired = c.AcceptExpired
				return v.Import(ctx, officer, files)
			},
		}
		return run.all(groups)
	})
}

// openFolder opens a folder or a ZIP file. What a link in a folder leads to outside is not read.
func openFolder(name string) (fs.FS, io.Closer, error) {
	unreadable := cli.Invalid("folder_unreadable", "%s is neither a folder nor a ZIP file that can be read.", name)
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, unreadable
	}
	if info.IsDir() {
		root, err := os.OpenRoot(name)
		if err != nil {
			return nil, nil, unreadable
		}
		return root.FS(), root, nil
	}
	if !info.Mode().IsRegular() { // a pipe would be waited for
		return nil, nil, unreadable
	}
	archive, err := zip.OpenReader(name)
	if err != nil {
		return nil, nil, unreadable
	}
	archive.File = filesApart(archive.File)
	if len(archive.File) > maxFolderFiles {
		return nil, nil, errors.Join(tooManyFiles(), archive.Close())
	}
	return archive, archive, nil
}

func tooManyFiles() error {
	return cli.Invalid("folder_too_large", "There are more than %d files; import the folder in parts.", maxFolderFiles)
}

// fileGroup is files that belong together.
type fileGroup struct {
	name  string
	files []string
}

// groupsOf says which files belong together, in the order of their names.
func groupsOf(files fs.FS, byFolder bool) ([]fileGroup, error) {
	var groups []fileGroup
	at := map[string]int{}
	found := 0
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case hidden(entry.Name()) && name != ".":
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case !regular(files, name, entry):
			return nil
		}
		if found++; found > maxFolderFiles {
			return tooManyFiles()
		}
		key := path.Dir(name)
		if !byFolder {
			stem, _, _ := strings.Cut(path.Base(name), ".")
			key = path.Join(key, stem)
		}
		i, there := at[key]
		if !there {
			i = len(groups)
			at[key] = i
			groups = append(groups, fileGroup{name: key})
		}
		groups[i].files = append(groups[i].files, name)
		return nil
	})
	if _, ours := errors.AsType[*fault.Error](err); err != nil && !ours {
		err = cli.Invalid("folder_unreadable", "The folder cannot be read: %v.", err)
	}
	if err == nil && len(groups) == 0 {
		err = cli.Invalid("folder_empty", "There are no files in it.")
	}
	return groups, err
}

// regular reports whether there is a file by that name, or a link to one inside the folder, as where Kubernetes mounts
// secrets.
func regular(files fs.FS, name string, entry fs.DirEntry) bool {
	if entry.Type()&fs.ModeSymlink == 0 {
		return entry.Type().IsRegular()
	}
	info, err := fs.Stat(files, name)
	return err == nil && info.Mode().IsRegular()
}

// hidden reports whether a file is none of a person's: what systems leave in folders and ZIP files.
func hidden(name string) bool {
	return strings.HasPrefix(name, ".") && name != "." || name == "__MACOSX" || name == "Thumbs.db"
}

// folderImport is one run.
type folderImport struct {
	env        *cli.Environment
	files      fs.FS
	issuers    []certs.File
	passphrase secret.Text
	json       bool
	total      int
	store      func(context.Context, vault.Files) ([]vault.Record, error)

	mu                     sync.Mutex
	stored, known, refused int
	lastProgress           time.Time
	underWay               []fileGroup // tried again at the end
	outage                 error       // custody or the database does not answer: what is left is not tried
}

// all imports the groups, several at a time, and fails if one was refused. When it is interrupted, what has begun ends
// first.
func (f *folderImport) all(groups []fileGroup) error {
	ctx, stop := context.WithCancel(context.WithoutCancel(f.env.Context))
	defer stop()
	next := make(chan fileGroup)
	var importing sync.WaitGroup
	for range importers {
		importing.Go(func() {
			for group := range next {
				if f.one(ctx, group, false); f.stopped() {
					stop()
				}
			}
		})
	}
	for _, group := range groups {
		select {
		case next <- group:
			continue
		case <-ctx.Done():
		case <-f.env.Context.Done():
		}
		break
	}
	close(next)
	importing.Wait()
	for _, group := range f.underWay {
		if ctx.Err() == nil && f.env.Context.Err() == nil {
			f.one(ctx, group, true)
		}
	}
	left := f.total - f.stored - f.known - f.refused
	_, _ = fmt.Fprintf(f.env.Err, "%d stored, %d stored before, %d refused, %d not tried, of %d\n", f.stored, f.known,
		f.refused, left,
		f.total)
	switch {
	case f.outage != nil:
		return f.outage
	case f.refused > 0 || left > 0: // interrupted
		return cli.ErrSilent
	}
	return nil
}

func (f *folderImport) stopped() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.outage != nil
}

// one imports the files of a group and reports what became of them. Unless it is the last try, what somebody else is
// storing at this moment, perhaps from another group, is left for later.
func (f *folderImport) one(ctx context.Context, group fileGroup, last bool) {
	stored, err := f.importGroup(ctx, group)
	kind, code, message := fault.Public(err)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil && (ctx.Err() != nil || kind == fault.Unavailable) {
		if ctx.Err() == nil {
			f.outage = err
		}
		return // it counts as not tried: repeating the run tries it
	}
	if !last && (code == "exists" || code == "import_in_progress") {
		f.underWay = append(f.underWay, group)
		return
	}
	line := reportLine{Files: group.name, Outcome: "stored"}
	for _, r := range stored {
		line.IDs = append(line.IDs, r.ID)
	}
	switch {
	case err == nil:
		f.stored++
	case code == "certificate_exists":
		f.known++
		line.Outcome, line.Message = "known", message
	default:
		if kind == fault.Internal {
			f.env.Logger.Error("import failed", "files", group.name, "cause", err)
		}
		f.refused++
		line.Outcome, line.Code, line.Message = "refused", code, message
	}
	f.report(line)
	if now := time.Now(); now.Sub(f.lastProgress) >= progressEvery {
		f.lastProgress = now
		_, _ = fmt.Fprintf(f.env.Err, "%d of %d, %d refused\n", f.stored+f.known+f.refused, f.total, f.refused)
	}
}

// reportLine is what became of files that belong together.
type reportLine struct {
	Files   string   `json:"files"`
	Outcome string   `json:"outcome"` // stored, known, refused
	IDs     []string `json:"ids,omitempty"`
	Code    string   `json:"code,omitempty"`
	Message string   `json:"message,omitempty"`
}

func (f *folderImport) report(line reportLine) {
	if f.json {
		text, _ := json.Marshal(line) // strings
		f.env.Printf("%s\n", text)
		return
	}
	said := line.Message
	if line.Outcome == "stored" {
		said = strings.Join(line.IDs, " ")
	}
	f.env.Printf("%-8s %s: %s\n", line.Outcome, line.Files, said)
}

func (f *folderImport) importGroup(ctx context.Context, group fileGroup) ([]vault.Record, error) {
	if len(group.files) > maxGroupFiles {
		return nil, fault.New(fault.TooLarge, "too_many_files", "At most %d files can be uploaded at once.",
			maxGroupFiles)
	}
	in, size := vault.Files{Files: f.issuers, Passphrase: f.passphrase}, 0
	for _, name := range group.files {
		data, err := readSome(f.files, name)
		if err != nil {
			return nil, cli.Invalid("file_unreadable", "The file %s cannot be read.", name)
		}
		defer clear(data)
		if size += len(data); size > maxGroup {
			return nil, fault.New(fault.TooLarge, "upload_too_large", "Files that belong together may have %d MB; "+
				"put them into several folders, or leave out --by-folder.", maxGroup>>20)
		}
		in.Files = append(slices.Clip(in.Files), certs.File{Name: name, Data: data})
	}
	return f.store(ctx, in)
}

// readSome reads no more than what package certs takes of a file, and one byte, so that it says so.
func readSome(files fs.FS, name string) ([]byte, error) {
	file, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, certs.MaxFileSize+1))
}
