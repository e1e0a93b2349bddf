package hcvault_test

import (
	"crypto"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// TestRestartedVault: after a restart Vault is sealed; once unsealed, signers that
// were open sign again, with the login there was.
func TestRestartedVault(t *testing.T) {
	server := vaulttest.StartDurable(t)
	cfg := hcvault.Config{Address: server.Address, Auth: hcvault.Auth{Token: rootToken(server.Vault)}}
	role, err := hcvault.Bootstrap(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Auth = role.Auth()
	custody := open(t, cfg)
	signer := openSigner(t, custody, "held", importKey(t, custody, "held"))
	if _, err := custody.Put(t.Context(), "doc", map[string]string{"a": "b"}, 0); err != nil {
		t.Fatal(err)
	}

	server.Restart(t)
	_, err = signer.Sign(nil, digest, crypto.SHA256)
	wantCode(t, err, fault.Unavailable, "vault_sealed")
	server.Unseal(t)
	if _, err := signer.Sign(nil, digest, crypto.SHA256); err != nil {
		t.Errorf("after the restart: %v", err)
	}
	if doc, _, err := custody.Get(t.Context(), "doc"); err != nil || doc["a"] != "b" {
		t.Errorf("after the restart: %v, %v", doc, err)
	}
}

// TestTwoSecondsPerCall: a slow Vault is slow and not broken.
func TestTwoSecondsPerCall(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, _ := bootstrap(t, server)
	var slow atomic.Bool
	var calls atomic.Int32
	cfg.Address = breaker(t, server, func(_ http.ResponseWriter, r *http.Request) bool {
		if slow.Load() && !strings.HasSuffix(r.URL.Path, "/revoke-self") {
			calls.Add(1)
			<-time.After(2 * time.Second)
		}
		return false
	})
	custody := open(t, cfg)
	signer := openSigner(t, custody, "held", importKey(t, custody, "held"))
	slow.Store(true)
	t.Cleanup(func() { slow.Store(false) })
	if _, err := signer.Sign(nil, digest, crypto.SHA256); err != nil {
		t.Errorf("a signature: %v", err)
	}
	if _, err := custody.Put(t.Context(), "doc", map[string]string{"a": "b"}, 0); err != nil {
		t.Errorf("a document: %v", err)
	}
	if err := custody.Health(t.Context()); err != nil {
		t.Errorf("Health: %v", err)
	}
	if n := calls.Load(); n != 5 { // three for the health
		t.Errorf("%d calls; a slow one was repeated", n)
	}
}
