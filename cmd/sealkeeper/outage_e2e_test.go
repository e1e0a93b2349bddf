package main

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// TestServiceOutlivesVault seals and restarts Vault under the running service: it
// says which part is down, refuses at once what needs a signature, and goes on
// by itself when Vault is back.
func TestServiceOutlivesVault(t *testing.T) {
	server := vaulttest.StartDurable(t)
	s := newSite(t, server.Vault, "")
	j := s.start()
	for _, step := range j.Steps() {
		if told, err := step.Do(t.Context()); err != nil {
			t.Fatal(step.Name, told, err)
		}
	}
	pid := s.pid()
	if ready, custody := s.ready(); !ready || !custody.OK {
		t.Fatalf("before: %v %+v", ready, custody)
	}
	for _, breaking := range []func(){func() { server.Seal(t) }, func() { server.Restart(t) }} {
		breaking()
		if ready, custody := s.ready(); ready || custody.OK || custody.Message == "" {
			t.Errorf("Vault is sealed, and readiness says %v %+v", ready, custody)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		_, err := j.Accounts(ctx)
		cancel()
		kind, code, _ := fault.Public(err)
		ours := kind == fault.Unavailable || kind == fault.Internal // what the service answers with 503 or 500
		if err == nil || !ours || code == "internal" || code == client.Unreachable {
			t.Errorf("a call that must be signed: %v", err)
		}
		server.Unseal(t)
		if ready, custody := s.ready(); !ready {
			t.Errorf("Vault is back, and readiness says %+v", custody)
		}
		for _, step := range []func(context.Context) (string, error){j.Authorize, j.Accounts} {
			if told, err := step(t.Context()); err != nil {
				t.Errorf("Vault is back: %s %v", told, err)
			}
		}
	}
	s.policyChanges()
	if s.pid() != pid {
		t.Error("the service was restarted")
	}
}

// policyChanges narrows Vault's policy until readiness shows it, and restores it.
func (s *site) policyChanges() {
	s.t.Helper()
	const path = "sys/policies/acl/sealkeeper-main"
	policy := s.server.Root(s.t, http.MethodGet, path, nil)
	whole := policy["data"].(map[string]any)["policy"] //nolint:forcetypeassert // else the test ends
	s.server.Root(s.t, http.MethodPost, path,
		map[string]any{"policy": `path "auth/token/lookup-self" { capabilities = ["read"] }`})
	for end := time.Now().Add(time.Minute); ; time.Sleep(probes) {
		ready, custody := s.ready()
		if !ready && !custody.OK && custody.Message != "" {
			break
		}
		if time.Now().After(end) {
			s.t.Fatalf("the policy allows nothing, and readiness says %v %+v", ready, custody)
		}
	}
	s.server.Root(s.t, http.MethodPost, path, map[string]any{"policy": whole})
	if ready, custody := s.ready(); !ready {
		s.t.Errorf("the policy is back, and readiness says %+v", custody)
	}
}

type partReadiness struct {
	OK      bool
	Message string
	Warning string
}

// ready asks the service whether it is ready, and what it says of custody.
func (s *site) ready() (bool, partReadiness) {
	s.t.Helper()
	response, err := http.Get(s.url + "/readyz")
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var parts map[string]partReadiness
	if err := json.NewDecoder(response.Body).Decode(&parts); err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode == http.StatusOK, parts["custody"]
}
