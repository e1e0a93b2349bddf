package certificates

import (
	"archive/zip"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// nameApart gives each file of an archive a name under which it can be opened: package fs takes UTF-8 alone, and each
// name once. Names that are none are in the characters of MS-DOS (APPNOTE.TXT appendix D), as Windows writes them.
func nameApart(files []*zip.File) {
	taken := make(map[string]bool, len(files))
	for _, f := range files {
		if !utf8.ValidString(f.Name) {
			f.Name, _ = charmap.CodePage437.NewDecoder().String(f.Name) // every byte is a character
		}
		if strings.HasSuffix(f.Name, "/") {
			continue // folders may be there several times
		}
		name := f.Name
		for n := 2; taken[f.Name]; n++ {
			stem, kind, dotted := strings.Cut(path.Base(name), ".")
			if dotted {
				kind = "." + kind
			}
			f.Name = strings.TrimSuffix(name, path.Base(name)) + fmt.Sprintf("%s (%d)%s", stem, n, kind)
		}
		taken[f.Name] = true
	}
}
