package page

import (
	"os"
	"testing"
	"time"
)

// TestPagesParse: a broken page is found here, since a process parses a page when somebody opens it.
func TestPagesParse(t *testing.T) {
	files := os.DirFS("..")
	static, err := loadAssets(files)
	if err != nil {
		t.Fatal(err)
	}
	languages, err := loadLanguages(files, time.Now, static)
	if err != nil {
		t.Fatal(err)
	}
	for lang, l := range languages {
		if len(l.pages) < 40 {
			t.Errorf("%s: %d pages, which cannot be all", lang, len(l.pages))
		}
		for name, parse := range l.pages {
			if _, err := parse(); err != nil {
				t.Errorf("%s: %s: %v", lang, name, err)
			}
		}
	}
}
