package hcvault_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// The mounts are shared by all tests, because making a Transit engine's wrapping
// key takes seconds. Each test has a prefix and a login mount of its own.
const (
	kvMount      = "sealkeeper-test"
	transitMount = "sealkeeper-test-transit"
)

// policySuffixes are those of the policies that Bootstrap writes.
var policySuffixes = []string{"", "-signing", "-rotation"}

// bootstrap sets server up for the test and returns a configuration that logs in
// with the application's own policy.
func bootstrap(t testing.TB, server *vaulttest.Vault) (hcvault.Config, *hcvault.Result) {
	t.Helper()
	cfg := hcvault.Config{
		Address:      server.Address,
		KVMount:      kvMount,
		TransitMount: transitMount,
		Prefix:       strings.ToLower(rand.Text()),
		Log:          slog.New(slog.DiscardHandler),
		SecretID:     hcvault.NewSecretID{Wrapped: true},
		Auth: hcvault.Auth{
			Token:        rootToken(server),
			AppRoleMount: "test-" + strings.ToLower(rand.Text()),
		},
	}
	result, err := hcvault.Bootstrap(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Root(t, http.MethodDelete, "sys/auth/"+cfg.Auth.AppRoleMount, nil)
		for _, suffix := range policySuffixes {
			server.Root(t, http.MethodDelete, "sys/policies/acl/"+result.Role+suffix, nil)
		}
	})
	cfg.Auth = result.Auth()
	return cfg, result
}

func fixed(text string) hcvault.Source { return hcvault.Fixed(secret.NewTextString(text)) }

// inFile reads the file each time.
func inFile(path string) hcvault.Source {
	return func() (secret.Text, error) { return secretfile.Read(path) }
}

func open(t testing.TB, cfg hcvault.Config) *hcvault.Custody {
	t.Helper()
	custody, err := hcvault.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := custody.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return custody
}

// importKey puts a new P-256 key into custody under id.
func importKey(t testing.TB, custody *hcvault.Custody, id string) *certs.PrivateKey {
	t.Helper()
	key := newP256(t)
	if err := custody.ImportKey(t.Context(), id, key); err != nil {
		t.Fatal(err)
	}
	return key
}

func newP256(t testing.TB) *certs.PrivateKey {
	t.Helper()
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := certs.NewPrivateKey(signer)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func openSigner(t testing.TB, custody *hcvault.Custody, id string, key *certs.PrivateKey) *hcvault.Signer {
	t.Helper()
	signer, err := custody.Signer(t.Context(), id, key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return signer.(*hcvault.Signer)
}

// breaker stands between the custody and Vault. When intercept returns true, it
// has answered in Vault's place.
func breaker(t testing.TB, server *vaulttest.Vault, intercept func(http.ResponseWriter, *http.Request) bool) string {
	t.Helper()
	target, err := url.Parse(server.Address)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorLog = log.New(io.Discard, "", 0) // breaking connections is what it is for
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !intercept(w, r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(front.Close)
	return front.URL
}

// events is a log that a test can wait on.
type events chan string

func (e events) Enabled(context.Context, slog.Level) bool { return true }
func (e events) WithAttrs([]slog.Attr) slog.Handler       { return e }
func (e events) WithGroup(string) slog.Handler            { return e }

func (e events) Handle(_ context.Context, r slog.Record) error {
	e <- r.Message
	return nil
}

func (e events) wait(t testing.TB, message string) {
	t.Helper()
	limit := time.After(30 * time.Second)
	for {
		select {
		case got := <-e:
			if got == message {
				return
			}
		case <-limit:
			t.Fatalf("%q was not logged", message)
		}
	}
}

// wantCode fails unless err is a fault of that kind and code.
func wantCode(t testing.TB, err error, kind fault.Kind, code string) {
	t.Helper()
	gotKind, gotCode, message := fault.Public(err)
	if err == nil || gotKind != kind || gotCode != code {
		t.Errorf("got %s/%s %q (%v), want %s/%s", gotKind, gotCode, message, err, kind, code)
	}
}

// waitForCode asks for the health until it is bad with that code.
func waitForCode(t testing.TB, custody *hcvault.Custody, code string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		err := custody.Health(ctx)
		if fault.Code(err) == code || ctx.Err() != nil {
			return err
		}
	}
}
