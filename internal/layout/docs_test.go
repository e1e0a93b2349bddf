package layout_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	namedTest = regexp.MustCompile("`(Test[A-Z][A-Za-z0-9]*)`")
	madeTest  = regexp.MustCompile(`(?m)^func (Test[A-Z][A-Za-z0-9]*)\(`)
)

// Documents that name the tests of what they say name tests that are there.
func TestDocumentsNameTestsThatExist(t *testing.T) {
	root := os.DirFS("../..")
	made := map[string]bool{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "bin" || d.Name() == "dist"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(root, name)
		for _, m := range madeTest.FindAllSubmatch(text, -1) {
			made[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range []string{"accessibility.md", "asvs.md", "threat-model.md"} {
		text, err := fs.ReadFile(root, path.Join("docs", document))
		if err != nil {
			t.Fatal(err)
		}
		named := namedTest.FindAllSubmatch(text, -1)
		if len(named) == 0 {
			t.Errorf("%s names no test", document)
		}
		for _, m := range named {
			if !made[string(m[1])] {
				t.Errorf("%s names %s, which does not exist", document, m[1])
			}
		}
	}
}
