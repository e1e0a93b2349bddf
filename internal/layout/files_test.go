package layout_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// maxLines is the longest a file may be that is not a test.
const maxLines = 400

func TestEveryPackageHasAComment(t *testing.T) {
	for _, p := range listed(t) {
		if len(sources(p)) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment: say in a sentence or two which question it answers", p.ImportPath)
		}
	}
}

func TestNoLongFiles(t *testing.T) {
	for _, p := range listed(t) {
		for _, name := range sources(p) {
			source, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(source, []byte("\n")); n > maxLines {
				t.Errorf("%s/%s has %d lines, more than %d: split it by question", p.ImportPath, name, n, maxLines)
			}
		}
	}
}

// sources returns the files of p that are not tests.
func sources(p pkg) []string { return slices.Concat(p.GoFiles, p.CgoFiles) }
