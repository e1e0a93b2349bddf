// Package cli is what all commands share: the environment they run in, how
// they report a failure, and the client with which they ask a running service.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"reflect"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/origin"
)

// ErrSilent ends a command with exit code 1 when it has said everything already.
var ErrSilent = errors.New("the command failed")

// Streams are where a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Environment is what every command is given.
type Environment struct {
	Context context.Context //nolint:containedctx // kong calls Run without one; it lives as long as the command
	Environ []string
	Streams
	Logger *slog.Logger
}

// Program is a command line: its name, one sentence about it, and a pointer to
// a struct of kong commands whose Run methods take an *Environment.
type Program struct {
	Name        string
	Description string
	Commands    any
}

// Main runs the program with the process's arguments and ends the process.
func (p Program) Main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := p.Run(ctx, os.Args[1:], os.Environ(), Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}

// Run runs the command that args name and returns the exit code: 1 is a failure, 2 a wrong command line.
func (p Program) Run(ctx context.Context, args, environ []string, io Streams) int {
	exit := -1
	parser, err := kong.New(p.Commands, kong.Name(p.Name), kong.Writers(io.Out, io.Err), kong.UsageOnError(),
		kong.Description(p.Description), kong.Exit(func(code int) { exit = code }))
	if err != nil {
		_, _ = fmt.Fprintf(io.Err, "%s: %v\n", p.Name, err)
		return 2
	}
	command, err := parser.Parse(args)
	if exit >= 0 { // --help was asked for and given
		return exit
	}
	if err != nil {
		_, _ = fmt.Fprintf(io.Err, "%s: %v; see %s --help\n", p.Name, err, p.Name)
		return 2
	}
	if name := emptyFilter(command); name != "" {
		_, _ = fmt.Fprintf(io.Err, "%s: --%s is empty; give it a value, or leave it out to list everything\n",
			p.Name, name)
		return 2
	}
	env := &Environment{
		Context: ctx,
		Environ: environ,
		Streams: io,
		Logger:  origin.Logger(slog.New(slog.NewJSONHandler(io.Err, nil))),
	}
	if err := command.Run(env); err != nil {
		p.report(io.Err, err)
		return 1
	}
	return 0
}

// emptyFilter is the flag of a command that lists which was given without a value, as a variable that is not set does:
// left out, it would have everything listed.
func emptyFilter(command *kong.Context) string {
	if selected := command.Selected(); selected == nil || selected.Name != "list" {
		return ""
	}
	for _, p := range command.Path {
		if p.Flag != nil && p.Flag.Target.Kind() == reflect.String && p.Flag.Target.Len() == 0 {
			return p.Flag.Name
		}
	}
	return ""
}

// report tells a person at a terminal what went wrong. Here, unlike on the
// web, the cause is told too: whoever runs the command may see the log as well.
func (p Program) report(w io.Writer, err error) {
	if errors.Is(err, ErrSilent) {
		return
	}
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		_, _ = fmt.Fprintf(w, "%s: %s\n", p.Name, plainLines(err.Error(), "  "))
		return
	}
	_, _ = fmt.Fprintf(w, "%s: %s\n", p.Name, Plain(e.Message))
	if e.Cause != nil {
		_, _ = fmt.Fprintln(w, "  because:", plainLines(e.Cause.Error(), "    "))
	}
}

// Variable returns an environment variable, "" when it is not set.
func (e *Environment) Variable(name string) string {
	for _, entry := range e.Environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// Input opens the file a person named; "-" is the standard input.
func (e *Environment) Input(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(e.In)
	}
	return os.ReadFile(path)
}

// Operator is whoever runs a command on the server.
func Operator() access.Caller { return access.Operator() }

// Invalid is a wrong input, with what to do about it.
func Invalid(code, format string, args ...any) error {
	return fault.New(fault.Invalid, code, format, args...)
}
