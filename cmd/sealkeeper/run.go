package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/sealkeeper/sealkeeper/fault"
)

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// commands is the whole command line.
type commands struct {
	Serve   serveCmd   `cmd:"" help:"Run the service as configured."`
	Dev     devCmd     `cmd:"" help:"Run everything on this machine for evaluation: simulated bank, sample certificates, embedded custody. Not for production."`
	Demo    demoCmd    `cmd:"" help:"Do the whole main job once, printing each step: upload, register, test, activate, fetch accounts from a simulated bank."`
	Sample  sampleCmd  `cmd:"" help:"Mint one more sample certificate with the throw-away QTSP of a dev environment, or answer a certificate request. Not for production."`
	Bank    bankCmd    `cmd:"" help:"Run the simulated bank alone, with switches for everything that can go wrong. Not a bank."`
	Inspect inspectCmd `cmd:"" help:"Read certificate and key files and say what they are and what is wrong with them."`
	Diff    diffCmd    `cmd:"" help:"Compare two certificates, with the consequence of each difference."`

	CSR csrCmd `cmd:"" name:"csr" help:"Generate a key in custody and print a certificate request for a QWAC or QSealC."`

	User    userCmd    `cmd:"" help:"Users of the console and the API."`
	Token   tokenCmd   `cmd:"" help:"Bearer tokens for programs."`
	Vault   vaultCmd   `cmd:"" help:"Prepare HashiCorp Vault or OpenBao."`
	Custody custodyCmd `cmd:"" help:"Check custody against the database, or move it."`
	Keys    keysCmd    `cmd:"" help:"Master keys of embedded custody."`
	Audit   auditCmd   `cmd:"" help:"The audit log."`

	Institutions  institutionsCmd  `cmd:"" help:"The catalogue of banks, through a running service."`
	Registrations registrationsCmd `cmd:"" help:"Our registrations at banks, through a running service."`
	Checklist     checklistCmd     `cmd:"" help:"What is to be done at the bank, through a running service."`
	Email         emailCmd         `cmd:"" help:"Write the e-mail to the bank's support as a file for a mail program."`

	PIS          pisCmd          `cmd:"" name:"pis" help:"Payments, through a running service."`
	Certificates certificatesCmd `cmd:"" help:"Certificates in custody: list, show, import, retire, destroy."`
	AIS          aisCmd          `cmd:"" name:"ais" help:"Customers' consents and their accounts, at a running service."`

	Approvals approvalsCmd `cmd:"" help:"Changes that wait for a second person."`

	Reindex reindexCmd `cmd:"" help:"Rebuild the records of certificates, requests, registrations and bundles from custody alone, after the database was lost."`
	Backup  backupCmd  `cmd:"" help:"Make a backup, or verify one."`
	Restore restoreCmd `cmd:"" help:"Fill an empty database with a backup, all or nothing."`

	Migrate     migrateCmd     `cmd:"" help:"Bring the database schema up to date."`
	Healthcheck healthcheckCmd `cmd:"" help:"Ask a running service whether it is alive (for container health checks)."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
}

// environment is what every command is given.
type environment struct {
	ctx     context.Context //nolint:containedctx // kong calls Run without one; it lives as long as the command
	environ []string
	streams
	logger *slog.Logger
}

// errSilent ends a command with exit code 1 when it has said everything already.
var errSilent = errors.New("the command failed")

// run is the program: what it returns is the exit code. 1 is a failure, 2 a wrong command line.
func run(ctx context.Context, args, environ []string, io streams) int {
	var cli commands
	exit := -1
	parser, err := kong.New(&cli, kong.Name("sealkeeper"), kong.Writers(io.out, io.err), kong.UsageOnError(),
		kong.Description("Keeps PSD2 certificates and bank credentials, and issues mTLS clients that use them."),
		kong.Exit(func(code int) { exit = code }))
	if err != nil {
		_, _ = fmt.Fprintln(io.err, "sealkeeper:", err)
		return 2
	}
	command, err := parser.Parse(args)
	if exit >= 0 { // --help was asked for and given
		return exit
	}
	if err != nil {
		_, _ = fmt.Fprintf(io.err, "sealkeeper: %v; see sealkeeper --help\n", err)
		return 2
	}
	env := &environment{ctx: ctx, environ: environ, streams: io, logger: slog.New(slog.NewJSONHandler(io.err, nil))}
	if err := command.Run(env); err != nil {
		report(io.err, err)
		return 1
	}
	return 0
}

// report tells a person at a terminal what went wrong. Here, unlike on the
// web, the cause is told too: whoever runs the command may see the log as well.
func report(w io.Writer, err error) {
	if errors.Is(err, errSilent) {
		return
	}
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		_, _ = fmt.Fprintln(w, "sealkeeper:", err)
		return
	}
	_, _ = fmt.Fprintln(w, "sealkeeper:", e.Message)
	if e.Cause != nil {
		_, _ = fmt.Fprintln(w, "  because:", e.Cause)
	}
}

// variable returns an environment variable, "" when it is not set.
func (e *environment) variable(name string) string {
	for _, entry := range e.environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

func (e *environment) printf(format string, args ...any) { _, _ = fmt.Fprintf(e.out, format, args...) }

func invalid(code, format string, args ...any) error {
	return fault.New(fault.Invalid, code, format, args...)
}
