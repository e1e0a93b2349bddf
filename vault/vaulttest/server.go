// Package vaulttest has what tests of custody need: the contract every custody
// keeps, and a real Vault server.
package vaulttest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/required"
)

const startLimit = 60 * time.Second

// Vault is a running Vault or OpenBao server and a token that may do anything there.
type Vault struct {
	Address   string
	RootToken string
	UnsealKey string // "" unless started by Start

	output *output
}

var shared = sync.OnceValues(func() (*Vault, error) {
	if address, token := os.Getenv("VAULT_ADDR"), os.Getenv("VAULT_TOKEN"); address != "" && token != "" {
		return &Vault{Address: address, RootToken: token}, nil
	}
	server, _, err := start("")
	return server, err
})

// Server returns a Vault that all tests of the test binary share: the one of
// VAULT_ADDR and VAULT_TOKEN, or one started on a loopback port from `vault` or
// `bao` on PATH or the repository's bin/vault-server. It ends with the test
// binary. Without any the test is skipped, or fails when SEALKEEPER_REQUIRE
// contains "vault". Use mounts or a prefix of the test's own.
func Server(t testing.TB) *Vault {
	t.Helper()
	server, err := shared()
	mustHave(t, err)
	return server
}

// Start returns a Vault of the test's own, to be sealed or stopped at will. It
// is stopped when the test ends.
func Start(t testing.TB) *Vault {
	t.Helper()
	server, stop, err := start("")
	mustHave(t, err)
	t.Cleanup(stop)
	return server
}

// StartWith is Start with a configuration file of Vault's beside the usual
// settings: to have it listen with TLS too, for example.
func StartWith(t testing.TB, configuration string) *Vault {
	t.Helper()
	server, stop, err := start(configuration)
	mustHave(t, err)
	t.Cleanup(stop)
	return server
}

var errNoServer = errors.New("no Vault server found: run `make vault-server`, put `vault` or `bao` on PATH, or set " +
	"VAULT_ADDR and VAULT_TOKEN")

func mustHave(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, errNoServer) && !required.Named("vault"):
		t.Skipf("skipped: %v", err)
	default:
		t.Fatal(err)
	}
}

// supervise runs a server until its own standard input ends, which is when the
// test binary ends in whatever way, be it by a panic or by kill -9.
const supervise = `"$@" </dev/null & child=$!; cat >/dev/null; kill "$child"; wait "$child"; rm -rf "$0"`

// start tries a few ports, for another program may take one, or the next higher
// one that Vault takes for its cluster, between our finding and its using it.
func start(configuration string) (*Vault, func(), error) {
	program, err := findProgram()
	if err != nil {
		return nil, nil, err
	}
	for attempt := 1; ; attempt++ {
		server, stop, err := run(program, configuration)
		if err == nil || attempt == 3 {
			return server, stop, err
		}
	}
}

func run(program, configuration string) (*Vault, func(), error) {
	address, err := freeAddress()
	if err != nil {
		return nil, nil, err
	}
	home, err := os.MkdirTemp("", "vaulttest")
	if err != nil {
		return nil, nil, err
	}
	token := randomToken()
	server := &Vault{Address: "http://" + address, RootToken: token, output: &output{}}
	args := []string{
		"-c",
		supervise,
		home,
		program,
		"server",
		"-dev",
		"-dev-no-store-token",
		"-dev-listen-address=" + address,
	}
	if configuration != "" {
		args = append(args, "-config="+configuration)
	}
	cmd := exec.Command("sh", args...) // #nosec G204 -- a server for tests
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + home,
		"VAULT_DEV_ROOT_TOKEN_ID=" + token,
		"BAO_DEV_ROOT_TOKEN_ID=" + token,
	}
	cmd.Stdout, cmd.Stderr = server.output, server.output
	alive, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }()
	stop := func() {
		_ = alive.Close()
		<-exited
	}
	if err := server.wait(exited); err != nil {
		stop()
		return nil, nil, err
	}
	return server, stop, nil
}

var unsealKeyLine = regexp.MustCompile(`Unseal Key: (\S+)`)

// wait polls until the server answers as an unsealed one and has printed its unseal key.
func (v *Vault) wait(exited <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	for {
		found := unsealKeyLine.FindStringSubmatch(v.output.String())
		if found != nil && v.healthy(ctx) {
			v.UnsealKey = found[1]
			return nil
		}
		select {
		case <-exited:
			return fmt.Errorf("the Vault server ended at once:\n%s", v.output)
		case <-ctx.Done():
			return fmt.Errorf("the Vault server did not answer within %s:\n%s", startLimit, v.output)
		case <-tick():
		}
	}
}

func (v *Vault) healthy(ctx context.Context) bool { return v.health(ctx) == http.StatusOK }

// answers reports whether the server is there, sealed or not.
func (v *Vault) answers(ctx context.Context) bool { return v.health(ctx) != 0 }

func tick() <-chan time.Time { return time.After(20 * time.Millisecond) }

// health is the status the server answers with, or 0.
func (v *Vault) health(ctx context.Context) int {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, v.Address+"/v1/sys/health", nil)
	if err != nil {
		return 0
	}
	resp, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String(), nil
}

func randomToken() string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw)
	return hex.EncodeToString(raw)
}

// output is the end of what a server printed.
type output struct {
	mu   sync.Mutex
	text []byte
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p...)
	if over := len(o.text) - 64<<10; over > 0 {
		o.text = o.text[over:]
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}
