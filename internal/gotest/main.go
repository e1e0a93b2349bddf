// Command gotest runs "go test" with the arguments it is given and prints what
// go test prints, then every test that was skipped and why: a skipped test
// must not pass for one that ran. Its exit status is go test's.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code, err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		code = 1
	}
	os.Exit(code)
}

// run returns go test's exit status; the error says why it is not known.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (int, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...) //nolint:gosec // the arguments are those of whoever runs it
	cmd.Stderr = stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	rep := newReport(stdout)
	readErr := rep.read(events)
	waitErr := cmd.Wait()
	rep.summary()
	if exit, ok := errors.AsType[*exec.ExitError](waitErr); ok {
		return max(exit.ExitCode(), 1), nil
	}
	return 0, errors.Join(waitErr, readErr)
}
