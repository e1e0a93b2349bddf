package cli_test

import (
	"io"
	"slices"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/cli"
)

type daysCmd struct {
	Days  cli.Number `default:"365"`
	Other bool
}

var read []int // by the command

// Run notes what it was given.
func (c daysCmd) Run() error { read = append(read, int(c.Days)); return nil }

// TestNegativeNumbers: a number may begin with a hyphen, in either way to write a flag.
func TestNegativeNumbers(t *testing.T) {
	run := func(args ...string) int {
		var commands struct {
			Sample daysCmd `cmd:""`
		}
		program := cli.Program{Name: "sealkeeper-lab", Commands: &commands}
		return program.Run(t.Context(), append([]string{"sample"}, args...), nil,
			cli.Streams{Out: io.Discard, Err: io.Discard})
	}
	for _, args := range [][]string{{}, {"--days", "-3"}, {"--days=-3"}, {"--days", "7", "--other"}} {
		if code := run(args...); code != 0 {
			t.Errorf("%q: %d", args, code)
		}
	}
	if !slices.Equal(read, []int{365, -3, -3, 7}) {
		t.Errorf("read as %v", read)
	}
	for _, args := range [][]string{{"--days"}, {"--days", "--other"}, {"--days", "x"}} {
		if run(args...) == 0 {
			t.Errorf("%q was read", args)
		}
	}
}
