package client_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestExamplesOfTheManual: a Go example in the manual is part of an example here, so it compiles.
func TestExamplesOfTheManual(t *testing.T) {
	var examples string
	for _, file := range []string{"example_test.go", "source/example_test.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		examples += string(text)
	}
	for _, page := range []string{"../README.md", "../docs/api.md", "../docs/services.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllSubmatch(text, -1)
		if len(blocks) == 0 {
			t.Errorf("%s has no Go example", page)
		}
		for _, block := range blocks {
			if !strings.Contains(examples, string(block[1])) {
				t.Errorf("no example_test.go has this example of %s:\n%s", page, block[1])
			}
		}
	}
}
