package hcvault_test

import (
	"context"
	"crypto"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

var digest = make([]byte, 32)

func TestSealedVault(t *testing.T) {
	server := vaulttest.Start(t)
	cfg, _ := bootstrap(t, server)
	custody := open(t, cfg)
	signer := openSigner(t, custody, "held", importKey(t, custody, "held"))

	server.Seal(t)
	_, err := signer.Sign(nil, digest, crypto.SHA256)
	wantCode(t, err, fault.Unavailable, "vault_sealed")
	_, err = custody.Put(t.Context(), "doc", map[string]string{"a": "b"}, 0)
	wantCode(t, err, fault.Unavailable, "vault_sealed")
	_, _, err = custody.Get(t.Context(), "doc")
	wantCode(t, err, fault.Unavailable, "vault_sealed")
	wantCode(t, custody.Health(t.Context()), fault.Unavailable, "vault_sealed")
	_, err = hcvault.Open(t.Context(), cfg)
	wantCode(t, err, fault.Unavailable, "vault_sealed")

	server.Unseal(t)
	if _, err := signer.Sign(nil, digest, crypto.SHA256); err != nil {
		t.Errorf("after unsealing: %v", err)
	}
	if err := custody.Health(t.Context()); err != nil {
		t.Errorf("after unsealing: %v", err)
	}
}

// TestPolicyTakenAway narrows the policy under a running custody and restores it.
func TestPolicyTakenAway(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	custody := open(t, cfg)
	signer := openSigner(t, custody, "held", importKey(t, custody, "held"))
	setPolicy := func(text string) {
		server.Root(t, http.MethodPost, "sys/policies/acl/"+result.Role, map[string]string{"policy": text})
	}

	setPolicy(`path "auth/token/lookup-self" { capabilities = ["read"] }`)
	_, err := signer.Sign(nil, digest, crypto.SHA256)
	wantCode(t, err, fault.Unavailable, "vault_refused")
	if message := fault.Sentence(err); !strings.Contains(message, "/sign/") {
		t.Errorf("the message does not say what was refused: %s", message)
	}
	whole, err := hcvault.Policy(cfg)
	if err != nil {
		t.Fatal(err)
	}
	setPolicy(whole)
	if _, err := signer.Sign(nil, digest, crypto.SHA256); err != nil {
		t.Errorf("after the policy was restored: %v", err)
	}
}

func TestUnreachableVault(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, _ := bootstrap(t, server)
	cfg.Address = "http://127.0.0.1:1"
	_, err := hcvault.Open(t.Context(), cfg)
	wantCode(t, err, fault.Unavailable, "vault_unreachable")
}

func TestMissingMounts(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, _ := bootstrap(t, server)
	cfg.Auth = hcvault.Auth{Token: rootToken(server)}
	cfg.KVMount, cfg.TransitMount = "nothing-here", "nothing-here-either"
	custody := open(t, cfg)
	_, _, err := custody.Get(t.Context(), "doc")
	wantCode(t, err, fault.Unavailable, "vault_not_set_up")
	_, err = custody.List(t.Context())
	wantCode(t, err, fault.Unavailable, "vault_not_set_up")
	_, err = custody.Signer(t.Context(), "held", nil)
	wantCode(t, err, fault.Unavailable, "vault_not_set_up")
	wantCode(t, custody.DestroyKey(t.Context(), "held"), fault.Unavailable, "vault_not_set_up")
}

// TestBrokenAnswers has something else answer in Vault's place.
func TestBrokenAnswers(t *testing.T) {
	server := vaulttest.Server(t)
	leak := "page with hvs.a-token in it"
	tests := map[string]struct {
		status  int
		body    string
		calls   int32 // how often a read is tried
		wantErr string
	}{
		"a proxy's 502":    {502, leak, 3, "vault_failed"},
		"a proxy's 504":    {504, leak, 3, "vault_failed"},
		"a quota's 429":    {429, `{"errors":["request path: rate limit quota exceeded"]}`, 3, "vault_busy"},
		"a failure's 500":  {500, `{"errors":["internal error"]}`, 1, "vault_failed"},
		"a login page":     {200, "<html>" + leak, 1, "vault_answer"},
		"an unknown 418":   {418, leak, 1, "vault_request"},
		"an ingress's 404": {404, "<html>" + leak, 1, "vault_unrecognised"},
		"an empty 404":     {404, "", 1, "vault_unrecognised"},
		"a gateway's 404": {404, `{"message":"no Route matched","request_id":"1","data":null}`, 1,
			"vault_unrecognised"},
		"a JSON API's 404":  {404, `{"errors":[{"status":"404"}],"data":{}}`, 1, "vault_unrecognised"},
		"Vault's 404":       {404, `{"errors":[]}`, 1, "custody_not_found"},
		"Vault's warning":   {404, `{"request_id":"1","data":null,"warnings":["soon"]}`, 1, "custody_not_found"},
		"a very long error": {400, `{"errors":["` + strings.Repeat("long ", 1000) + `"]}`, 1, "vault_request"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			cfg, _ := bootstrap(t, server)
			cfg.Address = breaker(t, server, func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, "/doc/broken") {
					return false
				}
				calls.Add(1)
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
				return true
			})
			custody := open(t, cfg)
			_, _, err := custody.Get(t.Context(), "broken")
			code := fault.Code(err)
			if code != test.wantErr || calls.Load() != test.calls {
				t.Errorf("got code %s after %d calls (%v), want %s after %d", code, calls.Load(), err, test.wantErr,
					test.calls)
			}
			if text := err.Error(); strings.Contains(text, "hvs.") || len(text) > 1000 {
				t.Errorf("the error carries the answer's body: %s", text)
			}
			calls.Store(0)
			// nothing that is no answer of Vault's passes for a deletion
			if test.body != "" && test.wantErr != "custody_not_found" {
				code := fault.Code(custody.Delete(t.Context(), "broken"))
				if code != test.wantErr || calls.Swap(0) != 1 {
					t.Errorf("Delete: got code %q, want %s, at the first try", code, test.wantErr)
				}
			}
			if _, err := custody.Put(t.Context(), "broken", nil, 0); test.status >= 300 && err == nil ||
				calls.Load() != 1 {
				t.Errorf("Put was tried %d times (error %v), want once", calls.Load(), err)
			}
		})
	}
}

// TestForeignNotFound has an ingress answer for a Vault it has no route to. Taken
// for "nothing there", its 404 would make the reconciler forget keys that Vault holds.
func TestForeignNotFound(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, _ := bootstrap(t, server)
	var lost atomic.Bool
	cfg.Address = breaker(t, server, func(w http.ResponseWriter, _ *http.Request) bool {
		if lost.Load() {
			http.Error(w, "default backend - 404", http.StatusNotFound)
		}
		return lost.Load()
	})
	custody := open(t, cfg)
	key := importKey(t, custody, "held")

	lost.Store(true)
	ctx := t.Context()
	_, _, get := custody.Get(ctx, "doc")
	_, list := custody.List(ctx)
	_, signer := custody.Signer(ctx, "held", key.Public())
	for _, err := range []error{
		get,
		list,
		signer,
		custody.Health(ctx),
		custody.DestroyKey(ctx, "held"),
		custody.Delete(ctx, "doc"),
	} {
		wantCode(t, err, fault.Unavailable, "vault_unrecognised")
	}
	lost.Store(false)
	openSigner(t, custody, "held", key)
}

// TestDeletedDocument has an operator delete a document with Vault's own tools,
// which keep its metadata: Vault answers 404 with that in place of errors.
func TestDeletedDocument(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, _ := bootstrap(t, server)
	custody := open(t, cfg)
	if _, err := custody.Put(t.Context(), "doc", map[string]string{"a": "b"}, 0); err != nil {
		t.Fatal(err)
	}
	server.Root(t, http.MethodDelete, kvMount+"/data/"+cfg.Prefix+"/doc/doc", nil)
	_, _, err := custody.Get(t.Context(), "doc")
	wantCode(t, err, fault.NotFound, "custody_not_found")
}

// TestLostAnswers cuts connections after Vault has done what was asked.
func TestLostAnswers(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, _ := bootstrap(t, server)
	var cut atomic.Int32
	cfg.Address = breaker(t, server, func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/sign/") && !strings.HasSuffix(r.URL.Path, "/import") || cut.Add(-1) < 0 {
			return false
		}
		panic(http.ErrAbortHandler) // closes the connection without an answer
	})
	custody := open(t, cfg)
	signer := openSigner(t, custody, "held", importKey(t, custody, "held"))

	cut.Store(2)
	if _, err := signer.Sign(nil, digest, crypto.SHA256); err != nil {
		t.Errorf("a signature is safe to repeat, but: %v", err)
	}
	cut.Store(1)
	other := importKeyError(t, custody, "other")
	wantCode(t, other, fault.Unavailable, "vault_unreachable")
	if left := cut.Load(); left != 0 {
		t.Errorf("an import was repeated after its answer was lost (%d)", left)
	}
}

func importKeyError(t testing.TB, custody *hcvault.Custody, id string) error {
	t.Helper()
	return custody.ImportKey(t.Context(), id, newP256(t))
}

// TestSlowVault holds signatures back: those beyond the bounds fail at once, and
// those that wait give up in time.
func TestSlowVault(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, _ := bootstrap(t, server)
	release, arrived := make(chan struct{}), make(chan struct{}, 10)
	var slow atomic.Bool
	cfg.Address = breaker(t, server, func(_ http.ResponseWriter, r *http.Request) bool {
		if slow.Load() && strings.Contains(r.URL.Path, "/sign/") {
			arrived <- struct{}{}
			<-release
		}
		return false
	})
	cfg.Signatures, cfg.Waiting = 1, 1
	custody := open(t, cfg)
	signer := openSigner(t, custody, "held", importKey(t, custody, "held"))

	slow.Store(true)
	var underWay sync.WaitGroup
	underWay.Go(func() {
		if _, err := signer.Sign(nil, digest, crypto.SHA256); err != nil {
			t.Errorf("the signature under way: %v", err)
		}
	})
	<-arrived
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	results := make(chan error, 5)
	for range cap(results) {
		go func() {
			_, err := signer.SignContext(ctx, digest, crypto.SHA256)
			results <- err
		}()
	}
	for range cap(results) - 1 { // all but the one that waits
		wantCode(t, <-results, fault.Unavailable, "vault_busy")
	}
	cancel()
	waited := <-results
	wantCode(t, waited, fault.Unavailable, "vault_timeout")
	if !errors.Is(waited, context.Canceled) {
		t.Errorf("the cause is lost: %v", waited)
	}
	close(release)
	underWay.Wait()
}

// TestTimeout has a Vault that never answers.
func TestTimeout(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, _ := bootstrap(t, server)
	release := make(chan struct{})
	defer close(release)
	cfg.Address = breaker(t, server, func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/doc/") {
			<-release
		}
		return false
	})
	cfg.Timeout = 2 * time.Second
	_, _, err := open(t, cfg).Get(t.Context(), "slow")
	wantCode(t, err, fault.Unavailable, "vault_timeout")
}

// TestSlowImport has a Vault that takes longer over its wrapping key than other
// requests may take, as one does that has to make the key first.
func TestSlowImport(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, _ := bootstrap(t, server)
	cfg.Timeout = time.Second
	cfg.Address = breaker(t, server, func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/wrapping_key") {
			<-time.After(cfg.Timeout + cfg.Timeout/4)
		}
		return false
	})
	importKey(t, open(t, cfg), "held")
}

// TestStandbyRedirects has a node that sends everything on to the active one.
func TestStandbyRedirects(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, _ := bootstrap(t, server)
	active := server.Address
	cfg.Address = breaker(t, server, func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, active+r.URL.String(), http.StatusTemporaryRedirect)
		return true
	})
	custody := open(t, cfg)
	if _, err := custody.Put(t.Context(), "doc", map[string]string{"a": "b"}, 0); err != nil {
		t.Fatal(err)
	}
	if doc, _, err := custody.Get(t.Context(), "doc"); err != nil || doc["a"] != "b" {
		t.Errorf("got %v, error %v", doc, err)
	}
	signer := openSigner(t, custody, "held", importKey(t, custody, "held"))
	if _, err := signer.Sign(nil, digest, crypto.SHA256); err != nil {
		t.Error(err)
	}
}
