package certificates

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/vault"
)

func TestFilesBelongTogether(t *testing.T) {
	files := fstest.MapFS{}
	for _, name := range []string{"a.crt", "a.key", "a.chain.pem", "b.p12", "in/a.pem", "in/a.key", "in/deep/c.pem",
		".hidden.pem", "__MACOSX/a.crt", "Thumbs.db", "in/.git/config"} {
		files[name] = &fstest.MapFile{Data: []byte("x")}
	}
	for _, test := range []struct {
		name     string
		byFolder bool
		want     string
	}{
		{"by name", false, "a: a.chain.pem a.crt a.key; b: b.p12; in/a: in/a.key in/a.pem; in/deep/c: in/deep/c.pem"},
		{"by folder", true, ".: a.chain.pem a.crt a.key b.p12; in: in/a.key in/a.pem; in/deep: in/deep/c.pem"},
	} {
		t.Run(test.name, func(t *testing.T) {
			groups, err := groupsOf(files, test.byFolder)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, g := range groups {
				got = append(got, g.name+": "+strings.Join(g.files, " "))
			}
			if strings.Join(got, "; ") != test.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

// folder runs an import of n groups of files with what stands for custody, and returns the report.
func folder(
	ctx context.Context, t *testing.T, n int, store func(context.Context, vault.Files) ([]vault.Record, error),
) (report, said string, err error) {
	t.Helper()
	files := fstest.MapFS{}
	for i := range n {
		files[fmt.Sprintf("%04d.pem", i)] = &fstest.MapFile{Data: []byte("x")}
	}
	groups, err := groupsOf(files, false)
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	env := &cli.Environment{
		Context: ctx,
		Streams: cli.Streams{Out: &out, Err: &errs},
		Logger:  slog.New(slog.DiscardHandler),
	}
	run := &folderImport{env: env, files: files, total: n, store: store}
	err = run.all(groups)
	return out.String(), errs.String(), err
}

// When custody stops answering, what is left is neither tried nor called refused.
func TestAnOutageEndsTheImport(t *testing.T) {
	outage := fault.New(fault.Unavailable, "vault_sealed", "Vault is sealed.")
	report, said, err := folder(t.Context(), t, 1000, func(_ context.Context, f vault.Files) ([]vault.Record, error) {
		if f.Files[0].Name > "0100" {
			return nil, outage
		}
		return []vault.Record{{ID: "id"}}, nil
	})
	if !errors.Is(err, outage) || strings.Contains(report, "refused") || strings.Count(report, "stored") < 50 {
		t.Errorf("%v\n%s", err, report)
	}
	if !strings.Contains(said, " 0 refused, ") || strings.Contains(said, " 0 not tried") {
		t.Error(said)
	}
}

// After Ctrl-C, what has begun ends and nothing more begins; repeating passes over what is there.
func TestAnImportIsRepeated(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	report, said, err := folder(ctx, t, 1000, func(ctx context.Context, f vault.Files) ([]vault.Record, error) {
		if f.Files[0].Name > "0100" {
			stop()
		}
		return []vault.Record{{ID: "id"}}, ctx.Err()
	})
	if !errors.Is(err, cli.ErrSilent) || strings.Contains(report, "0500") || strings.Contains(report, "refused") {
		t.Errorf("%v\n%s", err, report)
	}
	if strings.Contains(said, " 0 not tried") || strings.Count(report, "stored") < 101 {
		t.Error(said)
	}
	report, said, err = folder(t.Context(), t, 3, func(context.Context, vault.Files) ([]vault.Record, error) {
		return nil, fault.New(fault.Conflict, "certificate_exists", "It is stored already.")
	})
	if err != nil || strings.Count(report, "known ") != 3 || !strings.Contains(said, "3 stored before") {
		t.Errorf("%v\n%s%s", err, report, said)
	}
}

func TestFoldersAreBounded(t *testing.T) {
	env := &cli.Environment{Context: t.Context(), Streams: cli.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}}
	files := fstest.MapFS{"large.pem": &fstest.MapFile{Data: make([]byte, 3*certs.MaxFileSize)}}
	var group fileGroup
	for i := range maxGroupFiles + 1 {
		name := fmt.Sprintf("same.%d.pem", i)
		files[name] = &fstest.MapFile{Data: []byte("x")}
		group.files = append(group.files, name)
	}
	read := 0
	run := &folderImport{env: env, files: files, store: func(_ context.Context, f vault.Files) ([]vault.Record, error) {
		read = len(f.Files[0].Data)
		return nil, nil
	}}
	if _, err := run.importGroup(t.Context(), group); !errors.Is(err, fault.TooLarge) {
		t.Errorf("%d files in one upload: %v", len(group.files), err)
	}
	large := fileGroup{files: slices.Repeat([]string{"large.pem"}, 9)}
	if _, err := run.importGroup(t.Context(), large); !errors.Is(err, fault.TooLarge) {
		t.Errorf("9 large files in one upload: %v", err)
	}
	_, err := run.importGroup(t.Context(), fileGroup{files: []string{"large.pem"}})
	if err != nil || read != certs.MaxFileSize+1 {
		t.Errorf("%d bytes were read of a large file: %v", read, err)
	}
}

// A ZIP file is read as a folder is, and what is none is refused.
func TestZipIsAFolder(t *testing.T) {
	files, closer, err := openFolder(zipped(t, []string{"firms/a.pem", "firms/a.key", "../out.pem"}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = closer.Close() }()
	groups, err := groupsOf(files, false)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range groups {
		got = append(got, g.name)
	}
	if !slices.Contains(got, "firms/a") || slices.ContainsFunc(got, func(g string) bool {
		return strings.Contains(g, "..")
	}) {
		t.Errorf("got %q", got)
	}
}

// Whatever names the files of an archive have, each is read: Windows writes those of MS-DOS, and some programs put two
// files of one name into an archive.
func TestNamesInZip(t *testing.T) {
	for what, c := range map[string]struct{ entries, want []string }{
		"of Windows": {
			[]string{"soci\x82t\x82/cl\x82.pem", "société.pem", `a\b.pem`},
			[]string{"a/b.pem", "société.pem", "société/clé.pem"},
		},
		"twice": {
			[]string{"firm.crt", "firm.crt", "firm.key", "firm.crt", "plain", "plain"},
			[]string{"firm (2).crt", "firm (3).crt", "firm.crt", "firm.key", "plain", "plain (2)"},
		},
		"twice beside one that is called so": {
			[]string{"a.b/x.crt", "a.b/x.crt", "a.b/x (2).crt", "a.b/x (2).key"},
			[]string{"a.b/x (2).crt", "a.b/x (2).key", "a.b/x (3).crt", "a.b/x.crt"},
		},
		"of one place": {
			[]string{"x.crt", "./x.crt", "/x.crt", "../x.crt", "a//x.crt", "a/x.crt"},
			[]string{"a/x (2).crt", "a/x.crt", "x (2).crt", "x (3).crt", "x (4).crt", "x.crt"},
		},
		"of folders": {
			[]string{"a/", "a/", `a\`, "a", "a/x.crt", "a (2)/y.crt"},
			[]string{"a (2)/y.crt", "a (3)", "a/x.crt"},
		},
	} {
		t.Run(what, func(t *testing.T) {
			files, closer, err := openFolder(zipped(t, c.entries))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = closer.Close() }()
			groups, err := groupsOf(files, true)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, g := range groups {
				for _, f := range g.files {
					if data, err := readSome(files, f); err != nil || len(data) == 0 {
						t.Errorf("%s: %q, %v", f, data, err)
					}
					got = append(got, f)
				}
			}
			if slices.Sort(got); !slices.Equal(got, c.want) {
				t.Errorf("got %q", got)
			}
		})
	}
}

// Many files of one name take no longer than many of different ones, and there are not more than of a folder.
func TestManyOfOneNameInZip(t *testing.T) {
	all := slices.Repeat([]string{"same.crt"}, maxFolderFiles)
	_, closer, err := openFolder(zipped(t, all))
	if err != nil {
		t.Fatal(err)
	}
	_ = closer.Close()
	if _, _, err = openFolder(zipped(t, append(all, "one.crt"))); fault.Code(err) != "folder_too_large" {
		t.Errorf("got %v", err)
	}
}

// zipped is the path of an archive with files of those names, which say how they are called; those that end with a
// slash are folders.
func zipped(t *testing.T, entries []string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "all.zip")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(file)
	for _, entry := range entries {
		w, err := archive.CreateHeader(&zip.FileHeader{Name: entry, NonUTF8: true})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(entry, "/") {
			_, _ = io.WriteString(w, entry)
		}
	}
	if err := errors.Join(archive.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}
