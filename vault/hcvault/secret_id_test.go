package hcvault_test

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

const days = 24 * time.Hour

// lookUp is what Vault knows of a secret id.
func lookUp(t *testing.T, server *vaulttest.Vault, cfg hcvault.Config, role string, id secret.Text) map[string]any {
	t.Helper()
	found := server.Root(t, http.MethodPost, "auth/"+cfg.Auth.AppRoleMount+"/role/"+role+"/secret-id/lookup",
		map[string]string{"secret_id": id.Reveal()})
	if found == nil {
		return nil
	}
	return found["data"].(map[string]any)
}

// about reports whether moment is in that time, give or take a minute.
func about(moment time.Time, in time.Duration) bool {
	return (time.Until(moment) - in).Abs() < time.Minute
}

// TestSecretIDOfBootstrap: it can be used again and again for 90 days, from the addresses named.
func TestSecretIDOfBootstrap(t *testing.T) {
	server := vaulttest.Server(t)
	wrapped, _ := bootstrap(t, server)
	cfg := again(server, wrapped)
	cfg.Name = cfg.Prefix[:8] + "-id"
	for name, test := range map[string]struct {
		cidrs  []string
		works  bool
		warned bool
	}{
		"bound to this machine":    {[]string{"127.0.0.0/8"}, true, false},
		"bound to another network": {[]string{"192.0.2.0/24"}, false, false},
		"bound to nothing":         {nil, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			cfg.SecretID = hcvault.NewSecretID{CIDRs: test.cidrs}
			made, err := hcvault.Bootstrap(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				server.Root(t, http.MethodDelete, "auth/"+cfg.Auth.AppRoleMount+"/role/"+made.Role, nil)
				for _, suffix := range policySuffixes {
					server.Root(t, http.MethodDelete, "sys/policies/acl/"+made.Role+suffix, nil)
				}
			})
			warned := slices.ContainsFunc(made.Warnings, func(w string) bool { return strings.Contains(w, "--cidr") })
			if warned != test.warned || made.SecretID.Wrapped || !about(made.SecretID.Ends, 90*days) {
				t.Errorf("got %+v, warned: %q", made.SecretID, made.Warnings)
			}
			known := lookUp(t, server, cfg, made.Role, made.SecretID.Text)
			if list, _ := known["cidr_list"].([]any); known["secret_id_num_uses"].(float64) != 0 ||
				known["secret_id_ttl"].(float64) != (90*days).Seconds() || len(list) != len(test.cidrs) {
				t.Errorf("Vault knows %v", known)
			}
			role := server.Root(t, http.MethodGet, "auth/"+cfg.Auth.AppRoleMount+"/role/"+made.Role,
				nil)["data"].(map[string]any)
			if role["secret_id_ttl"].(float64) != (90 * days).Seconds() {
				t.Errorf("the role is %v", role)
			}
			login := cfg
			login.Auth = made.Auth()
			for range 2 {
				custody, err := hcvault.Open(t.Context(), login)
				if !test.works {
					wantCode(t, err, fault.Unavailable, "vault_login")
					if message := fault.Sentence(err); !strings.Contains(message, "address") {
						t.Errorf("the message does not speak of addresses: %s", message)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if !about(custody.LoginEnds(), 90*days) || custody.Warning() != nil {
					t.Errorf("it ends on %s, and is warned of: %v", custody.LoginEnds(), custody.Warning())
				}
				_ = custody.Close()
			}
		})
	}
	server.Root(t, http.MethodPost, "sys/auth/"+cfg.Auth.AppRoleMount+"/tune", map[string]any{"max_lease_ttl": "768h"})
	limited, err := hcvault.Bootstrap(t.Context(), again(server, wrapped))
	if err != nil || !about(limited.SecretID.Ends, 32*days) ||
		!strings.Contains(strings.Join(limited.Steps, "\n"), "-max-lease-ttl=2160h "+cfg.Auth.AppRoleMount) {
		t.Errorf("where Vault allows 32 days: %+v, %v", limited, err)
	}
	cfg.SecretID.CIDRs = []string{"10.0.0.1"}
	_, err = hcvault.Bootstrap(t.Context(), cfg)
	wantCode(t, err, fault.Invalid, "vault_config")
}

// rotator is cfg with a token that has the rotation policy and no other.
func rotator(
	t *testing.T, server *vaulttest.Vault, cfg hcvault.Config, result *hcvault.Result,
) (hcvault.Config, string) {
	t.Helper()
	made := server.Root(t, http.MethodPost, "auth/token/create", map[string]any{
		"policies":          []string{result.Role + "-rotation"},
		"no_default_policy": true,
		"period":            "1h",
	})
	token := made["auth"].(map[string]any)["client_token"].(string)
	cfg.Auth = hcvault.Auth{Token: fixed(token), AppRoleMount: cfg.Auth.AppRoleMount}
	return cfg, token
}

// TestRotationOfTheSecretID rotates beside a custody that is at work. Its end was
// announced, and is no more, and the former secret id is good for nothing.
func TestRotationOfTheSecretID(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	rotation, token := rotator(t, server, cfg, result)
	cfg, file := inFiles(t, server, cfg, result)
	ending := server.Root(t, http.MethodPost, "auth/"+cfg.Auth.AppRoleMount+"/role/"+result.Role+"/secret-id",
		map[string]any{"ttl": "312h"})["data"].(map[string]any)["secret_id"].(string)
	writeFile(t, file.secretID, ending)
	log := make(events, 1000)
	cfg.Log = slog.New(log)
	custody := open(t, cfg)
	log.wait(t, "the secret id ends soon; write another with `sealkeeper vault secret-id`")
	wantCode(t, custody.Warning(), fault.Unavailable, "vault_login_ends")
	if !about(custody.LoginEnds(), 13*days) {
		t.Errorf("it ends on %s", custody.LoginEnds())
	}

	next, err := hcvault.MakeSecretID(t.Context(), rotation, hcvault.NewSecretID{})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, file.secretID, next.Text.Reveal())
	for end := time.Now().Add(30 * time.Second); custody.Warning() != nil; {
		log.wait(t, "logged in to Vault")
		if time.Now().After(end) {
			t.Fatal("the new secret id is not taken up")
		}
	}
	for range 2 { // once more is no error
		if err := hcvault.DestroySecretID(t.Context(), rotation, secret.NewTextString(ending)); err != nil {
			t.Fatal(err)
		}
	}
	if known := lookUp(t, server, cfg, result.Role, secret.NewTextString(ending)); known != nil {
		t.Errorf("Vault still knows the former one: %v", known)
	}
	log.wait(t, "the Vault login is ending")
	log.wait(t, "logged in to Vault")
	if err := custody.Health(t.Context()); err != nil || !about(custody.LoginEnds(), 90*days) {
		t.Errorf("after the rotation: %v, ends on %s", err, custody.LoginEnds())
	}

	for _, refused := range []struct{ method, path string }{
		{"GET", kvMount + "/data/" + cfg.Prefix + "/doc/x"},
		{"GET", "auth/" + cfg.Auth.AppRoleMount + "/role/" + result.Role},
		{"GET", "auth/" + cfg.Auth.AppRoleMount + "/role/" + result.Role + "/role-id"},
		{"POST", "auth/" + cfg.Auth.AppRoleMount + "/role/another/secret-id"},
		{"GET", "auth/" + cfg.Auth.AppRoleMount + "/role/" + result.Role + "/secret-id?list=true"},
	} {
		if status, answer := server.Call(t, token, refused.method, refused.path, nil); status != http.StatusForbidden {
			t.Errorf("the rotation token may %s %s: %d %v", refused.method, refused.path, status, answer)
		}
	}
}

// TestShortLivedSecretIDs: a role that lets its secret ids live shorter has the last word.
func TestShortLivedSecretIDs(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	server.Root(t, http.MethodPost, "auth/"+cfg.Auth.AppRoleMount+"/role/"+result.Role,
		map[string]any{"secret_id_ttl": "2h"})
	rotation, _ := rotator(t, server, cfg, result)
	made, err := hcvault.MakeSecretID(t.Context(), rotation, hcvault.NewSecretID{CIDRs: []string{"127.0.0.1/32"}})
	if err != nil || !about(made.Ends, 2*time.Hour) {
		t.Fatalf("got %+v, %v", made, err)
	}
	opens, err := hcvault.MakeSecretID(t.Context(), rotation, hcvault.NewSecretID{Wrapped: true})
	if err != nil || !opens.Wrapped {
		t.Fatalf("got %+v, %v", opens, err)
	}
	for _, id := range []*hcvault.SecretID{made, opens} {
		cfg.Auth.SecretID, cfg.Auth.SecretIDWrapped = hcvault.Fixed(id.Text), id.Wrapped
		if err := open(t, cfg).Health(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestUnknownEndOfTheSecretID: a policy from before the end was looked up does no harm.
func TestUnknownEndOfTheSecretID(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	path := "sys/policies/acl/" + result.Role
	policy := server.Root(t, http.MethodGet, path, nil)["data"].(map[string]any)["policy"].(string)
	server.Root(t, http.MethodPost, path,
		map[string]string{"policy": strings.Replace(policy, "secret-id/lookup", "x", 1)})
	custody := open(t, cfg)
	if err := custody.Health(t.Context()); err != nil || !custody.LoginEnds().IsZero() || custody.Warning() != nil {
		t.Errorf("got %v, ends on %s, %v", err, custody.LoginEnds(), custody.Warning())
	}
}
