package cli_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/cli"
)

// printed is what f writes to the standard output.
func printed(f func(*cli.Environment)) string {
	var out bytes.Buffer
	f(&cli.Environment{Streams: cli.Streams{Out: &out}})
	return out.String()
}

func TestPlain(t *testing.T) {
	got := cli.Plain("Soci\u00e9t\u00e9 \x1b[31m\u202eSAS\u2066")
	if want := "Soci\u00e9t\u00e9 \ufffd[31m[U+202E]SAS[U+2066]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestPrintfIsPlain: values of whatever type, as package fmt prints them; the lines are those of the format.
func TestPrintfIsPlain(t *testing.T) {
	type name string
	got := printed(func(env *cli.Environment) {
		env.Printf("%s|%v|%-6s|%5d|%q\n%v %s\n", name("a\nb"), []string{"\x1b"}, "c\t", 42, "d\x1b", errors.New("e\re"),
			90*time.Second)
	})
	want := "a\ufffdb|[\ufffd]|c\ufffd    |   42|\"d\\x1b\"\ne\ufffde 1m30s\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTableIsPlain(t *testing.T) {
	got := printed(func(env *cli.Environment) {
		if err := env.Table([][]string{{"a", "b\tc"}, {"long", "d\ne"}}); err != nil {
			t.Error(err)
		}
	})
	if want := "a     b\ufffdc\nlong  d\ufffde\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
