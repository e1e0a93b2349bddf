package access_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

// An action that is declared is in the list of all of them, once.
func TestActionsAreAll(t *testing.T) {
	source, err := os.ReadFile("access.go")
	if err != nil {
		t.Fatal(err)
	}
	var declared []access.Action
	for _, m := range regexp.MustCompile(`(?m)^\s+\w+\s+Action = "(.*?)"`).FindAllSubmatch(source, -1) {
		declared = append(declared, access.Action(m[1]))
	}
	if len(declared) == 0 || !slices.Equal(declared, access.Actions()) {
		t.Errorf("declared\n%q\nlisted\n%q", declared, access.Actions())
	}
}
