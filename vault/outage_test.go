package vault_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// A real Vault that is sealed in the middle of an import: 503, the intent
// stays, and once Vault is back there is no orphan key in Transit.
func TestVaultSealedBetweenKeyAndDocument(t *testing.T) {
	server := vaulttest.Start(t)
	b := newBench(t)
	var seal sync.Once
	sealing := behind(t, server.Address, func(r *http.Request) {
		// The document is written after the key.
		if strings.Contains(r.URL.Path, "/data/") && r.Method != http.MethodGet {
			seal.Do(func() { server.Seal(t) })
		}
	})
	cfg := hcvault.Config{
		Address: server.Address,
		Auth:    hcvault.Auth{Token: hcvault.Fixed(secret.NewTextString(server.RootToken))},
	}
	role, err := hcvault.Bootstrap(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Address, cfg.Auth = sealing, role.Auth()
	custody, err := hcvault.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = custody.Close() })
	b.custody.Custody = custody

	upload := files(issue(t, qtsp.Request{}))
	if _, err := b.Import(t.Context(), officer, upload); !errors.Is(err, fault.Unavailable) {
		t.Fatalf("got %v, want unavailable", err)
	}
	b.now = b.now.Add(2 * grace)
	if got, err := b.Reconcile(t.Context()); !errors.Is(err, fault.Unavailable) || got != (vault.Resolved{Waiting: 1}) {
		t.Errorf("while Vault is sealed: %+v, %v", got, err)
	}
	server.Unseal(t)
	if keys := transitKeys(t, server); len(keys) != 1 {
		t.Fatalf("Transit has %v; the key was to be there and its document not", keys)
	}
	if got, err := b.Reconcile(t.Context()); err != nil || got != (vault.Resolved{Removed: 1}) {
		t.Fatalf("after unsealing: %+v, %v", got, err)
	}
	if keys := transitKeys(t, server); len(keys) != 0 {
		t.Errorf("orphans in Transit: %v", keys)
	}
	if stored, err := b.Import(t.Context(), officer, upload); err != nil || len(stored) != 1 {
		t.Errorf("trying again: %v", err)
	}
}

// behind is a proxy in front of a server that calls before for every request.
func behind(t *testing.T, address string, before func(*http.Request)) string {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		before(r)
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	return front.URL
}

func transitKeys(t *testing.T, server *vaulttest.Vault) []any {
	t.Helper()
	status, answer := server.Call(t, server.RootToken, http.MethodGet, "sealkeeper-transit/keys?list=true", nil)
	if status == http.StatusNotFound {
		return nil
	}
	data, _ := answer["data"].(map[string]any)
	keys, _ := data["keys"].([]any)
	return keys
}
