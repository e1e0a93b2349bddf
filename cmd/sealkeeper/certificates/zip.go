package certificates

import (
	"archive/zip"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// filesApart are the files of an archive, each with a name under which package fs can open it: a path in UTF-8, once.
// Names that are none are in the characters of MS-DOS (APPNOTE.TXT appendix D), as Windows writes them. Folders are
// left out: those that have files are in the names of these.
func filesApart(all []*zip.File) (files []*zip.File) {
	taken, folders := map[string]bool{}, map[string]bool{}
	for _, f := range all {
		if !utf8.ValidString(f.Name) {
			f.Name, _ = charmap.CodePage437.NewDecoder().String(f.Name) // every byte is a character
		}
		name := strings.ReplaceAll(f.Name, `\`, "/")
		folder := strings.HasSuffix(name, "/")
		if f.Name = path.Clean("/" + name)[1:]; folder || f.Name == "" {
			continue
		}
		files, taken[f.Name] = append(files, f), true
		for at := path.Dir(f.Name); at != "." && !folders[at]; at = path.Dir(at) {
			folders[at] = true
		}
	}
	seen, copies := map[string]bool{}, map[string]int{}
	for _, f := range files {
		name := f.Name
		for seen[f.Name] || folders[f.Name] || f.Name != name && taken[f.Name] {
			copies[name]++
			f.Name = numbered(name, copies[name]+1)
		}
		seen[f.Name] = true
	}
	return files
}

// numbered is the name of another file, beside which those that belong to it are named alike: "a/firm (2).crt".
func numbered(name string, n int) string {
	folder, file := path.Split(name)
	stem, kind, dotted := strings.Cut(file, ".")
	if dotted {
		kind = "." + kind
	}
	return fmt.Sprintf("%s%s (%d)%s", folder, stem, n, kind)
}
