package migrations

import (
	"io/fs"
	"path"
	"strings"
	"testing"
)

// A file that no step includes would be left out in silence.
func TestStepsIncludeWhatDialectsHave(t *testing.T) {
	for _, folder := range []string{"sqlite", "postgres"} {
		own, err := fs.Glob(files, folder+"/*.sql")
		if err != nil || len(own) == 0 {
			t.Fatalf("%s has %d files, %v", folder, len(own), err)
		}
		for _, name := range own {
			step, err := files.ReadFile(path.Base(name))
			if err != nil || strings.Count(string(step), include) != 1 {
				t.Errorf("%s is not included once by the step of its name (%v)", name, err)
			}
		}
	}
}
