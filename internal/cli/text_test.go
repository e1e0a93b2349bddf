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

func TestPlain(t *testing.T) {
	got := cli.Plain("Soci\u00e9t\u00e9 \x1b[31m\u202eSAS\u2066")
	if want := "Soci\u00e9t\u00e9 \ufffd[31m[U+202E]SAS[U+2066]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
