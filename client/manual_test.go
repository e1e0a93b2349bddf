package client_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestExamplesOfTheManual: a Go example in the manual is part of an example here, so it compiles.
func TestExamplesOfTheManual(t *testing.T) {
	examples, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"../README.md", "../docs/api.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllSubmatch(text, -1)
		if len(blocks) == 0 {
			t.Errorf("%s has no Go example", page)
		}
		for _, block := range blocks {
			if !strings.Contains(string(examples), string(block[1])) {
				t.Errorf("example_test.go does not have this example of %s:\n%s", page, block[1])
			}
		}
	}
}
