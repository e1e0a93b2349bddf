package cli_test

import (
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/cli"
)

func TestCounted(t *testing.T) {
	for n, want := range map[int]string{0: "0 entries", 1: "1 entry", 2: "2 entries"} {
		if got := cli.Counted(n, "entry", "entries"); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}
