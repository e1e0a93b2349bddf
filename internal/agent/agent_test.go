package agent_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/agent"
	"github.com/sealkeeper/sealkeeper/internal/keyfile"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/required"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/secret"
)

// probes is the pause between two questions whether something is so.
const probes = 20 * time.Millisecond

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// site is a Sealkeeper with a registration whose QWAC may be exported, and a service account for an agent.
type site struct {
	*stack.Stack
	t       *testing.T
	r       registration.Registration
	qwac    *qtsp.Issued // in use
	service *client.Client
}

func newSite(t *testing.T, purposes ...access.Purpose) *site {
	t.Helper()
	s := &site{Stack: stack.New(t), t: t}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	go func() { defer close(ended); s.Feed.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
	s.r = s.Register(stack.Institution)
	s.DoSteps(s.r.ID)
	s.activate(s.QTSP.MustIssue(t, qtsp.Request{}))
	_, token := s.Service("files", purposes...)
	service, err := client.New(client.Config{URL: s.Console().PublicURL, Token: token, Timeout: time.Minute})
	check(t, err)
	s.service = service
	return s
}

// activate makes a version with another QWAC, which may be exported, the active one.
func (s *site) activate(qwac *qtsp.Issued) {
	s.t.Helper()
	id := s.ImportExportable(qwac)
	b := s.SaveBundle(s.r.ID, id, s.Import(qtsp.Request{Kind: certs.QSealC}))
	s.TestConnection(s.r.ID)
	_, err := s.Registrations.Activate(s.t.Context(), stack.Engineer, s.r.ID, b.Version)
	check(s.t, err)
	s.qwac = qwac
}

// told counts how often a program was told of a change.
type told struct {
	fails bool
	times chan struct{}
}

func (n told) Notify(context.Context) error {
	n.times <- struct{}{}
	if n.fails {
		return errors.New("the program does not answer")
	}
	return nil
}

func (s *site) config(dir string, n agent.Notifier, formats ...keyfile.Format) agent.Config {
	return agent.Config{
		Service:      s.service,
		Registration: s.r.ID,
		Folder:       dir,
		Formats:      formats,
		Notifier:     n,
		Instance:     "proxy-1",
		Logger:       slog.New(slog.DiscardHandler),
		Now:          time.Now,
	}
}

// run runs an agent until the returned function is called.
func run(t *testing.T, cfg agent.Config) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- agent.New(cfg).Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the agent ended with %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func wait(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(time.Minute):
		t.Fatalf("waited a minute for %s", what)
	}
}

func read(t *testing.T, elements ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elements...))
	check(t, err)
	return data
}

// The files are of one version, in each format, readable by their owner alone; and after a restart nothing is
// exported again.
func TestFilesFollowTheActiveVersionGhostunnel194(t *testing.T) {
	s := newSite(t, access.Transport, access.Export)
	dir := filepath.Join(t.TempDir(), "bank")
	changed := told{times: make(chan struct{}, 10)}
	cfg := s.config(dir, changed, keyfile.PEM, keyfile.PKCS12, keyfile.JKS)
	stop := run(t, cfg)
	wait(t, "the first files", changed.times)
	s.holds(dir, s.qwac)
	s.activate(s.QTSP.MustIssue(t, qtsp.Request{}))
	wait(t, "the second version", changed.times)
	s.holds(dir, s.qwac)
	stop()
	exports := s.exports()
	if exports != 2 {
		t.Errorf("%d exports of 2 versions", exports)
	}
	stop = run(t, cfg)
	s.activate(s.QTSP.MustIssue(t, qtsp.Request{}))
	wait(t, "the third version", changed.times)
	s.holds(dir, s.qwac)
	stop()
	if again := s.exports(); again != exports+1 {
		t.Errorf("%d exports after a restart and a third version", again)
	}
	bundles, err := filepath.Glob(filepath.Join(dir, "*", "bundle.json"))
	check(t, err)
	if len(bundles) != 3 { // the link counts too
		t.Errorf("former bundles are left: %v", bundles)
	}
	view, err := s.Registrations.Registration(t.Context(), stack.Engineer, s.r.ID)
	check(t, err)
	o, err := s.Usage.Overview(t.Context(), stack.Engineer, view)
	check(t, err)
	if len(o.Services) != 1 || o.Services[0].Instance != "proxy-1" || o.Services[0].Version != 3 ||
		o.Services[0].State != "stopped" {
		t.Errorf("the agent reported %+v", o.Services)
	}
}

// Health is that of the files, and metrics say which they are and when Sealkeeper last answered.
func TestStatusOfAnAgentSpire1562(t *testing.T) {
	s := newSite(t, access.Transport, access.Export)
	changed := told{times: make(chan struct{}, 10)}
	cfg := s.config(filepath.Join(t.TempDir(), "bank"), changed, keyfile.PEM)
	var later atomic.Int64 // seconds by which the agent's clock is ahead
	cfg.Now = func() time.Time { return time.Now().Add(time.Duration(later.Load()) * time.Second) }
	a := agent.New(cfg)
	pages := httptest.NewServer(a.Pages())
	t.Cleanup(pages.Close)
	get := func(page string, want int) string {
		t.Helper()
		response, err := http.Get(pages.URL + page) //nolint:noctx // of a test
		check(t, err)
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		check(t, err)
		if response.StatusCode != want {
			t.Errorf("%s: %d %s", page, response.StatusCode, body)
		}
		return string(body)
	}
	get("/healthz", http.StatusServiceUnavailable)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	wait(t, "the first files", changed.times)
	get("/healthz", http.StatusOK)
	s.activate(s.QTSP.MustIssue(t, qtsp.Request{}))
	wait(t, "the second version", changed.times)
	for end := time.Now().Add(time.Minute); !a.Status().Told; time.Sleep(probes) {
		if time.Now().After(end) {
			t.Fatal("the program was told, and the status does not say so")
		}
	}
	now := a.Status()
	if now.Version != 2 || now.SHA256 != s.qwac.Certificate.SHA256 || now.ChangedAt == nil || now.ContactAt == nil ||
		now.Problem != "" || now.Failures != 0 {
		t.Errorf("status: %+v", now)
	}
	figure := fmt.Sprintf(`sealkeeper_agent_version{registration="%s"} 2`, s.r.ID)
	if body := get("/metrics", http.StatusOK); !strings.Contains(body, figure) {
		t.Errorf("metrics: %s", body)
	}
	later.Store(int64(10 * 365 * 24 * time.Hour / time.Second))
	if body := get("/healthz", http.StatusServiceUnavailable); !strings.Contains(body, "ended") {
		t.Errorf("with a certificate that has ended: %s", body)
	}
	later.Store(0)
	b := s.SaveBundle(s.r.ID, s.Import(qtsp.Request{}), "") // whose key stays in custody
	s.TestConnection(s.r.ID)
	_, err := s.Registrations.Activate(t.Context(), stack.Engineer, s.r.ID, b.Version)
	check(t, err)
	for end := time.Now().Add(time.Minute); a.Status().Problem == ""; time.Sleep(probes) {
		if time.Now().After(end) {
			t.Fatal("the key cannot be had, and the status does not say so")
		}
	}
	if now := a.Status(); now.FailedAt == nil || now.Failures == 0 || now.Version != 2 || !now.Healthy {
		t.Errorf("without the key: %+v", now)
	}
	cancel()
	check(t, <-ended)
}

// exports counts the keys that were handed out.
func (s *site) exports() int {
	entries, err := s.DB.LatestAudit(s.t.Context(), 500)
	check(s.t, err)
	n := 0
	for _, e := range entries {
		if e.Action == access.KeyExport && e.Outcome == "done" {
			n++
		}
	}
	return n
}

func (s *site) holds(dir string, want *qtsp.Issued) {
	s.t.Helper()
	current := filepath.Join(dir, agent.Current)
	pair, err := tls.LoadX509KeyPair(filepath.Join(current, "chain.pem"), filepath.Join(current, "key.pem"))
	check(s.t, err)
	if sum := sha256.Sum256(pair.Certificate[0]); hex.EncodeToString(sum[:]) != want.Certificate.SHA256 {
		s.t.Error("the PEM files hold another certificate")
	}
	passphrase := secret.NewText(read(s.t, current, "passphrase"))
	for _, name := range []string{"key.p12", "key.jks"} {
		found, err := certs.Read(certs.File{Name: name, Data: read(s.t, current, name)}, passphrase)
		if err != nil || len(found.Keys) != 1 || found.Certificates[0].SHA256 != want.Certificate.SHA256 {
			s.t.Errorf("%s: %v", name, err)
		}
	}
	check(s.t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, failed error) error {
		if failed != nil {
			return failed
		}
		info, err := d.Info()
		if err == nil && info.Mode()&fs.ModeSymlink == 0 && info.Mode().Perm()&0o077 != 0 {
			s.t.Errorf("others can read %s: %s", path, info.Mode())
		}
		return err
	}))
}

// Whatever goes wrong, the last good files stay, and the console says why.
func TestTheLastGoodFilesStay(t *testing.T) {
	s := newSite(t, access.Transport, access.Export)
	dir := t.TempDir()
	check(t, os.Chmod(dir, 0o700))
	failing := told{times: make(chan struct{}, 100), fails: true}
	stop := run(t, s.config(dir, failing, keyfile.PEM, keyfile.PKCS12, keyfile.JKS))
	wait(t, "the program being told", failing.times)
	wait(t, "the program being told again", failing.times)
	s.holds(dir, s.qwac)
	stop()
	view, err := s.Registrations.Registration(t.Context(), stack.Engineer, s.r.ID)
	check(t, err)
	o, err := s.Usage.Overview(t.Context(), stack.Engineer, view)
	check(t, err)
	if len(o.Services) != 1 || o.Services[0].Problem == "" {
		t.Errorf("the console is told %+v", o.Services)
	}

	// The next agent tells the program, for it has not heard of these files; the one after that has nothing to tell.
	works := told{times: make(chan struct{}, 100)}
	stop = run(t, s.config(dir, works, keyfile.PEM, keyfile.PKCS12, keyfile.JKS))
	wait(t, "the program being told after a restart", works.times)
	stop()
	stop = run(t, s.config(dir, works, keyfile.PEM, keyfile.PKCS12, keyfile.JKS))
	s.activate(s.QTSP.MustIssue(t, qtsp.Request{}))
	wait(t, "the program being told of another version", works.times)
	stop()
	if len(works.times) > 0 {
		t.Error("an agent that has nothing new tells the program at its start")
	}

	// A version whose key stays in custody cannot be written.
	held := s.Import(qtsp.Request{})
	former := s.qwac
	b := s.SaveBundle(s.r.ID, held, s.Import(qtsp.Request{Kind: certs.QSealC}))
	s.TestConnection(s.r.ID)
	_, err = s.Registrations.Activate(t.Context(), stack.Engineer, s.r.ID, b.Version)
	check(t, err)
	refused := make(chan struct{}, 100)
	cfg := s.config(dir, nil, keyfile.PEM, keyfile.PKCS12, keyfile.JKS)
	cfg.Logger = slog.New(onError{slog.DiscardHandler, refused})
	run(t, cfg)
	wait(t, "the refusal", refused)
	s.holds(dir, former)
}

// onError tells of errors that are logged.
type onError struct {
	slog.Handler
	told chan struct{}
}

func (h onError) Enabled(context.Context, slog.Level) bool { return true }

func (h onError) Handle(_ context.Context, r slog.Record) error {
	if r.Level == slog.LevelError {
		h.told <- struct{}{}
	}
	return nil
}

// What waiting does not help with ends the agent at the start.
func TestAgentFailsAtTheStart(t *testing.T) {
	s := newSite(t, access.Transport)
	for name, change := range map[string]func(*agent.Config){
		"purpose_missing":      func(*agent.Config) {},
		"registration_unknown": func(c *agent.Config) { c.Registration = "nothing" },
		"folder_exposed":       func(c *agent.Config) { check(t, os.Chmod(c.Folder, 0o777)) },
	} {
		cfg := s.config(t.TempDir(), nil, keyfile.PEM)
		change(&cfg)
		if err := agent.New(cfg).Run(t.Context()); err == nil || fault.Code(err) != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// nginx of Debian presents the certificate in use, through a rotation, and no request fails.
func TestNginxThroughARotation(t *testing.T) {
	program := required.Program(t, "nginx")
	s := newSite(t, access.Transport, access.Export)
	bank := newBank(t)
	folder := t.TempDir()
	dir := filepath.Join(folder, "bank")
	conf, address := filepath.Join(folder, "nginx.conf"), freeAddress(t)
	check(t, os.WriteFile(conf, fmt.Appendf(nil, `pid %[1]s/nginx.pid;
daemon off;
error_log stderr warn;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	server {
		listen %[2]s;
		location / {
			proxy_pass %[3]s;
			proxy_ssl_certificate %[4]s/current/chain.pem;
			proxy_ssl_certificate_key %[4]s/current/key.pem;
			proxy_ssl_session_reuse off;
		}
	}
}
`, folder, address, bank.URL, dir), 0o600))

	first := told{times: make(chan struct{}, 1)}
	stop := run(t, s.config(dir, first, keyfile.PEM))
	wait(t, "the first files", first.times)
	stop()
	server := exec.CommandContext(t.Context(), program, "-p", folder, "-c", conf)
	var said strings.Builder
	server.Stdout, server.Stderr = &said, &said
	server.Cancel = func() error { return server.Process.Signal(syscall.SIGTERM) }
	check(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait()
		if t.Failed() {
			t.Logf("nginx says %s", said.String())
		}
	})
	get := func() string {
		response, err := http.Get("http://" + address + "/") //nolint:noctx // of a test
		if err != nil {
			return ""
		}
		defer func() { _ = response.Body.Close() }()
		body, _ := io.ReadAll(response.Body)
		if response.StatusCode != http.StatusOK {
			t.Errorf("nginx answers %d: %s", response.StatusCode, body)
		}
		return string(body)
	}
	until := func(what, want string) {
		t.Helper()
		for end := time.Now().Add(time.Minute); get() != want; time.Sleep(probes) {
			if time.Now().After(end) {
				t.Fatalf("after a minute nginx does not present the %s certificate", what)
			}
		}
	}
	until("first", s.qwac.Certificate.SHA256)
	reload := agent.Command{
		Arguments: []string{program, "-p", folder, "-c", conf, "-s", "reload"},
		Environ:   os.Environ(),
	}
	stop = run(t, s.config(dir, reload, keyfile.PEM))
	s.activate(s.QTSP.MustIssue(t, qtsp.Request{}))
	until("second", s.qwac.Certificate.SHA256)
	stop()

	hup := agent.NewSignal(filepath.Join(folder, "nginx.pid"), syscall.SIGHUP)
	run(t, s.config(dir, hup, keyfile.PEM))
	s.activate(s.QTSP.MustIssue(t, qtsp.Request{}))
	until("third", s.qwac.Certificate.SHA256)
}

// newBank is a server that answers with the fingerprint of the certificate it is shown.
func newBank(t *testing.T) *httptest.Server {
	t.Helper()
	bank := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256(r.TLS.PeerCertificates[0].Raw)
		_, _ = io.WriteString(w, hex.EncodeToString(sum[:]))
	}))
	bank.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12}
	bank.StartTLS()
	t.Cleanup(bank.Close)
	return bank
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // of a test
	check(t, err)
	check(t, l.Close())
	return l.Addr().String()
}

// A command has neither a shell nor the agent's token.
func TestCommandHasNoShellAndNoToken(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	c := agent.Command{
		Arguments: []string{
			"/bin/sh", "-c", `printf '%s|%s|%s' "$1" "$SK_TOKEN" "$KEPT" > "$2"`, "x", "$(id); a b", out,
		},
		Environ: []string{"SK_TOKEN=secret", "KEPT=yes", "PATH=" + os.Getenv("PATH")},
	}
	check(t, c.Notify(t.Context()))
	if got := string(read(t, out)); got != "$(id); a b||yes" {
		t.Errorf("the command was run with %q", got)
	}
	if err := (agent.Command{Arguments: []string{"/bin/false"}}).Notify(t.Context()); fault.Code(err) !=
		"command_failed" {
		t.Errorf("a command that fails: %v", err)
	}
}

func TestSignalGoesToOneProcess(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pid")
	for _, text := range []string{"", "0", "-1", "1", "x"} {
		check(t, os.WriteFile(name, []byte(text), 0o600))
		if err := agent.NewSignal(name, 0).Notify(t.Context()); fault.Code(err) != "signal_failed" {
			t.Errorf("%q: %v", text, err)
		}
	}
	check(t, os.WriteFile(name, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600))
	known := agent.NewSignal(name, 0)
	check(t, known.Notify(t.Context()))
	before := time.Now().Add(-time.Hour) // this process has not begun yet: whoever wrote the file had its id then
	check(t, os.Chtimes(name, before, before))
	if err := agent.NewSignal(name, 0).Notify(t.Context()); fault.Code(err) != "pid_file_stale" {
		t.Errorf("an id that another process has taken over: %v", err)
	}
	if err := known.Notify(t.Context()); err != nil { // as after the clock was set forward
		t.Errorf("the process that it has always been: %v", err)
	}
}
