package hcvault_test

import (
	"context"
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

// TestHealthFollowsThePolicy narrows the policy under a running custody: health
// says so, by itself and at once after a refusal, and is good again with the policy.
func TestHealthFollowsThePolicy(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	custody := open(t, cfg)
	signer := openSigner(t, custody, "held", importKey(t, custody, "held"))
	whole, err := hcvault.Policy(cfg)
	if err != nil {
		t.Fatal(err)
	}
	setPolicy := func(text string) {
		server.Root(t, http.MethodPost, "sys/policies/acl/"+result.Role, map[string]string{"policy": text})
	}
	const self = `path "auth/token/lookup-self" { capabilities = ["read"] }`
	sign := func() error { _, err := signer.Sign(nil, digest, crypto.SHA256); return err }
	get := func() error { _, _, err := custody.Get(t.Context(), "doc"); return err }
	for name, test := range map[string]struct {
		policy  string
		refused func() error // what is refused; nil: nothing was asked for since
		code    string
		says    string
	}{
		"nobody asked":              {self, nil, "vault_refused", "sys/capabilities-self"},
		"nothing but its own token": {self, sign, "vault_refused", "sys/capabilities-self"},
		"no signatures": {strings.ReplaceAll(whole, "/sign/+", "/sign/other"), sign,
			"vault_policy_narrow", transitMount + "/sign/"},
		"no documents": {strings.ReplaceAll(whole, "/doc/+", "/doc/other"), get, "vault_policy_narrow",
			kvMount + "/data/" + cfg.Prefix},
	} {
		t.Run(name, func(t *testing.T) {
			if err := custody.Health(t.Context()); err != nil {
				t.Fatal(err)
			}
			setPolicy(test.policy)
			var err error
			if test.refused == nil {
				err = waitForProblem(t, custody)
			} else {
				wantCode(t, test.refused(), fault.Unavailable, "vault_refused")
				err = custody.Health(t.Context())
			}
			wantCode(t, err, fault.Unavailable, test.code)
			if message := fault.Sentence(err); !strings.Contains(message, test.says) {
				t.Errorf("the message does not say what is refused: %s", message)
			}
			setPolicy(whole)
			if err := custody.Health(t.Context()); err != nil {
				t.Errorf("after the policy was restored: %v", err)
			}
		})
	}
}

// waitForProblem asks for the health until it is bad.
func waitForProblem(t testing.TB, custody *hcvault.Custody) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		if err := custody.Health(ctx); err != nil {
			return err
		}
	}
}

// TestProbesAreNoLoad counts how often many probes ask Vault about the policy.
func TestProbesAreNoLoad(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, _ := bootstrap(t, server)
	var asked atomic.Int32
	cfg.Address = breaker(t, server, func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/sys/capabilities-self") {
			asked.Add(1)
		}
		return false
	})
	custody := open(t, cfg)
	const probes = 50
	for range probes {
		if err := custody.Health(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := asked.Load(); n == 0 || n > probes/2 {
		t.Errorf("%d probes asked Vault %d times about the policy", probes, n)
	}
}
