// Package dev runs everything on one machine for evaluation: the service on an
// embedded database and custody, a simulated bank, and a throw-away QTSP with
// sample certificates. Nothing in it is real.
package dev

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
)

// The people of an environment, both administrators: what changes on live takes two.
const (
	User      = "admin"
	Colleague = "colleague"
)

// Config is what an environment is started with.
type Config struct {
	Dir    string // for everything that is kept; made if missing
	Listen string // address of console and API; port 0 is the one of the last start, or any
	Logger *slog.Logger
	Vault  Vault // custody is there, if both address and token are given, else embedded
}

// Vault is a HashiCorp Vault with a privileged token.
type Vault struct {
	Address, Namespace, CAFile string
	Token                      secret.Text
}

// Environment is an environment that is set up; Serve makes it answer.
type Environment struct {
	Services *app.Services
	Info     Info

	cfg       Config
	issuing   *qtsp.QTSP
	sim       *bank.Sim
	lists     app.TrustedLists
	registers app.Registers
	demos     sync.Mutex // one is loaded at a time
	listener  net.Listener
	closers   []func()
}

// Start sets everything up. What is there from an earlier start is kept.
func Start(ctx context.Context, cfg Config) (e *Environment, err error) {
	e = &Environment{cfg: cfg}
	defer func() {
		if err != nil {
			e.Close()
		}
	}()
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return e, cli.Invalid("data_folder", "The folder %s cannot be made: %v.", cfg.Dir, err)
	}
	unlock, err := lockFolder(cfg.Dir)
	if err != nil {
		return e, err
	}
	e.closers = append(e.closers, unlock)
	before := readInfo(cfg.Dir)
	if e.listener, err = listenAgain(cfg.Listen, before.URL); err != nil {
		return e, err
	}
	e.closers = append(e.closers, func() { _ = e.listener.Close() })
	e.Info.URL = "http://" + named(e.listener.Addr())
	if err := e.wire(ctx, before); err != nil {
		return e, err
	}
	if e.Info.Token, err = e.token(ctx, before.Token); err != nil {
		return e, err
	}
	return e, errors.Join(writeInfo(cfg.Dir, e.Info),
		cli.WriteFile(filepath.Join(cfg.Dir, "token"), []byte(e.Info.Token+"\n")), e.writeConfig())
}

// wire opens database and custody, starts the bank, and wires the services on them.
func (e *Environment) wire(ctx context.Context, before Info) error {
	db, err := store.Open(ctx, dsn(e.cfg.Dir))
	if err != nil {
		return err
	}
	e.closers = append(e.closers, func() { _ = db.Close() })
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	custody, err := e.custody(ctx, db)
	if err != nil {
		return err
	}
	issuing, samples, err := e.qtsp(before)
	if err != nil {
		return err
	}
	asks, err := internet.New(internet.Config{Allow: []string{"127.0.0.1"}})
	if err != nil {
		return err
	}
	e.issuing = issuing
	if err := e.authority(); err != nil {
		return err
	}
	if err := e.openDesk(before.DeskURL); err != nil {
		return err
	}
	catalogue, err := e.bank(issuing, before)
	if err != nil {
		return err
	}
	e.Info.Custody, e.Info.Samples = custody.Mode(), samples
	e.Services, err = app.New(app.Config{
		DB:           db,
		Custody:      custody,
		Catalogue:    catalogue,
		PublicURL:    e.Info.URL,
		Outgoing:     asks,
		TrustedLists: e.lists,
		Registers:    e.registers,
		Evaluation:   custody.Mode(),
		Desk:         e.Info.DeskURL,
		Callback:     e.callback(),
		Logger:       e.cfg.Logger,
	})
	return err
}

// Serve answers until ctx ends, calling ready once it does.
func (e *Environment) Serve(ctx context.Context, ready func()) error {
	ready() // the listener is open: who connects now is served
	return e.Services.Serve(ctx, e.listener, nil)
}

// Close gives back what Start opened. It may be called again.
func (e *Environment) Close() {
	for _, closer := range slices.Backward(e.closers) {
		closer()
	}
	e.closers = nil
}

func dsn(dir string) secret.Text {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		absolute = dir
	}
	return secret.NewTextString("sqlite://" + filepath.Join(absolute, "sealkeeper.db"))
}

// token returns the token of the last start if it is still good, so that
// scripts keep working, else a new one.
func (e *Environment) token(ctx context.Context, before string) (string, error) {
	for _, name := range []string{User, Colleague} {
		if _, err := e.Services.Identity.EnsureUser(ctx, name, []access.Role{access.Admin}); err != nil {
			return "", err
		}
	}
	if before != "" {
		if _, err := e.Services.Identity.Caller(ctx, secret.NewTextString(before)); err == nil {
			return before, nil
		}
	}
	token, err := e.Services.Identity.NewToken(ctx, User, 365*24*time.Hour)
	return token.Reveal(), err
}

// listenAgain listens on address. For port 0 it tries the port of the last
// start first: redirect URIs and bookmarks hold it.
func listenAgain(address, lastURL string) (net.Listener, error) {
	if strings.HasSuffix(address, ":0") && lastURL != "" {
		if listener, err := net.Listen("tcp", againOr(lastURL)); err == nil {
			return listener, nil
		}
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, cli.Invalid("listen", "The address %s cannot be listened on: %v.", address, err)
	}
	return listener, nil
}

// named is an address as browsers are told it: they know no passkeys of an IP address, but those of localhost.
func named(address net.Addr) string {
	host, port, err := net.SplitHostPort(address.String())
	if err != nil || host != "127.0.0.1" {
		return address.String()
	}
	return net.JoinHostPort("localhost", port)
}

// againOr is the address of an earlier URL, or any free one on loopback.
func againOr(url string) string {
	if _, address, ok := strings.Cut(url, "://"); ok {
		return address
	}
	return "127.0.0.1:0"
}

// callback is the redirect URI that fits sandbox and live, which takes https alone.
// Nothing speaks TLS there: the simulated bank sends browsers to the plain address.
func (e *Environment) callback() string {
	return strings.Replace(e.Info.URL, "http://", "https://", 1) + "/callback"
}

// detour is where the browser goes in place of callback and what is below it.
func (e *Environment) detour(address string) string {
	if rest, ok := strings.CutPrefix(address, e.callback()); ok {
		return e.Info.URL + "/callback" + rest
	}
	return address
}

// VerifyAudit checks the environment's audit log and says how long it is.
func (e *Environment) VerifyAudit(ctx context.Context) (string, error) {
	report, err := e.Services.Audit.Verify(ctx)
	if err != nil {
		return "", err
	}
	if report.Broken != nil {
		return "", fmt.Errorf("entry %d: %s", report.Broken.Seq, report.Broken.Reason)
	}
	return cli.Counted(report.Entries, "entry", "entries") + ", whole", nil
}
