package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"

	"github.com/sealkeeper/sealkeeper/certs"
)

// served is a service with one account that may do everything, faster than anybody does.
type served struct {
	*stack.Stack
	b     *testing.B
	url   string
	token string
	id    string // of the registration
	bound []service.Binding
	http  *http.Client
}

func serve(b *testing.B, custody vault.Custody, qwac qtsp.Request) *served {
	s := &served{Stack: stack.NewWith(loud{b}, stack.Options{Custody: custody}), b: b}
	handler, err := s.Handler()
	if err != nil {
		loud{b}.Fatal(err)
	}
	web := httptest.NewServer(handler)
	b.Cleanup(web.Close)
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan struct{})
	go func() { defer close(ran); s.Feed.Run(ctx) }()
	b.Cleanup(func() { stop(); <-ran })
	r := s.ActivateWith(s.QTSP.MustIssue(loud{b}, qwac),
		s.QTSP.MustIssue(loud{b}, qtsp.Request{Kind: certs.QSealC, KeyType: qwac.KeyType}))
	s.id = r.ID
	s.bound = []service.Binding{{ApplicationID: r.ApplicationID, Environment: environment.Sandbox}}
	account, token := s.ServiceBound("bench", s.bound, access.Transport, access.Signing)
	grant := account.Grant
	grant.Limits = service.Limits{PerSecond: 100_000}
	if _, _, done, err := s.Accounts.Change(b.Context(), stack.Admin, account.ID, service.Input{
		Name:        account.Name,
		Owner:       account.Owner,
		Description: account.Description,
		Grant:       grant,
	}); err != nil || !done {
		loud{b}.Fatalf("the limit: %v, %v", done, err)
	}
	s.url, s.token = web.URL, token.Reveal()
	s.http = pooled()
	return s
}

// pooled is a client that keeps a connection for each of 64 callers.
func pooled() *http.Client {
	return &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, MaxConnsPerHost: 64},
		Timeout:   time.Minute,
	}
}

// call makes a request, whose answer has to be the status. Each gets a request of its own.
func (s *served) call(method, path string, body []byte, status int, header ...string) func() error {
	return caller(s.b, s.http, method, s.url+path, body, status, append(header, "Authorization", "Bearer "+s.token)...)
}

func caller(
	b *testing.B, c *http.Client, method, url string, body []byte, status int, header ...string,
) func() error {
	return func() error {
		request, err := http.NewRequestWithContext(b.Context(), method, url, bytes.NewReader(body))
		if err != nil {
			return err
		}
		for i := 0; i < len(header); i += 2 {
			request.Header.Set(header[i], header[i+1])
		}
		response, err := c.Do(request)
		if err != nil {
			return err
		}
		if response.StatusCode != status {
			err = fmt.Errorf("%s %s answers %s", method, url, response.Status)
		}
		if read := discard(response, nil); err == nil {
			err = read
		}
		return err
	}
}

// configurations compares reading a TLS configuration with reading as much from Vault, and with nothing.
func configurations(b *testing.B) []figure {
	s := serve(b, nil, qtsp.Request{})
	get := s.call(http.MethodGet, "/v1/tls/"+s.id, nil, http.StatusOK)
	server := vaulttest.Server(loud{b})
	_, cfg, _ := transit(b, server)
	_ = server.Root(loud{b}, http.MethodPost, cfg.KVMount+"/data/main/bench-4k",
		map[string]any{
			"options": map[string]any{"cas": 0},
			"data":    map[string]any{"text": string(bytes.Repeat([]byte("x"), 4096))},
		})
	kv := caller(b, pooled(), http.MethodGet, server.Address+"/v1/"+cfg.KVMount+"/data/main/bench-4k", nil,
		http.StatusOK, "X-Vault-Token", server.RootToken) // which no policy is looked up for
	nothing := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	b.Cleanup(nothing.Close)
	empty := caller(b, pooled(), http.MethodGet, nothing.URL+"/", nil, http.StatusOK)
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, s.url+"/v1/tls/"+s.id, nil)
	if err != nil {
		loud{b}.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	response, err := s.http.Do(request)
	if err := discard(response, err); err != nil {
		loud{b}.Fatal(err)
	}
	known := s.call(http.MethodGet, "/v1/tls/"+s.id, nil, http.StatusNotModified,
		"If-None-Match", response.Header.Get("ETag"))
	figures := []figure{
		atLeast("tls_get_vs_vault_kv_4k_c8", throughput(loud{b}, 11, 8, 25, get, kv), 4),
		atLeast("tls_get_vs_empty_handler_c8", throughput(loud{b}, 11, 8, 50, get, empty), 0.5),
		atLeast("tls_get_304_vs_empty_handler_c8", throughput(loud{b}, 11, 8, 50, known, empty), 0.7),
	}
	ours, theirs := latencies(loud{b}, 8, 100, get), latencies(loud{b}, 8, 100, kv)
	return append(figures, below("tls_get_p99_c8_to_vault_p50", ratio(at(ours, 99), at(theirs, 50)), "ratio", 1))
}

// remoteSignatures compares handshakes signed over HTTP with Transit called directly, and with nothing.
func remoteSignatures(b *testing.B) []figure {
	message, err := json.Marshal(append(append(bytes.Repeat([]byte{' '}, 64),
		[]byte("TLS 1.3, client CertificateVerify\x00")...), digest[:]...))
	if err != nil {
		loud{b}.Fatal(err)
	}
	var figures []figure
	for _, key := range []struct {
		name, scheme string
		kind         qtsp.KeyType
	}{
		{"rsa2048", "rsa_pss_rsae_sha256", qtsp.RSA2048}, {"rsa3072", "rsa_pss_rsae_sha256", qtsp.RSA3072},
		{"p256", "ecdsa_secp256r1_sha256", qtsp.P256},
	} {
		server := vaulttest.Server(loud{b})
		custody, cfg, token := transit(b, server)
		s := serve(b, custody, qtsp.Request{KeyType: key.kind})
		_, bundle, err := s.Registrations.ActiveBundle(b.Context(), s.id)
		if err != nil {
			loud{b}.Fatal(err)
		}
		body := fmt.Appendf(nil, `{"version": %d, "scheme": %q, "message": %s}`, bundle.Version, key.scheme, message)
		ours := s.call(http.MethodPost, "/v1/tls/"+s.id+"/handshakes", body, http.StatusOK)
		direct := transitWith(b, server.Address, token,
			fmt.Sprintf("%s/sign/%s-%s", cfg.TransitMount, cfg.Prefix, bundle.QWACID), key.kind)
		for _, workers := range []int{8, 64} {
			figures = append(figures, atLeast(fmt.Sprintf("handshake_%s_vs_transit_c%d", key.name, workers),
				throughput(loud{b}, 9, workers, max(2, 64/workers), ours, direct), 0.9))
		}
	}
	return figures
}

// latencies are those of all calls, sorted.
func latencies(t testing.TB, workers, n int, call func() error) []time.Duration {
	var mu sync.Mutex
	var all []time.Duration
	timed(t, workers, n, func() error {
		start := time.Now()
		err := call()
		took := time.Since(start)
		mu.Lock()
		defer mu.Unlock()
		all = append(all, took)
		return err
	})
	slices.Sort(all)
	return all
}

func at(sorted []time.Duration, percent int) time.Duration {
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)]
}

func ratio(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }

// activations are told to 200 streaming clients, of one replica.
func activations(b *testing.B) []figure {
	const clients, rounds = 200, 20
	s := watched(b)
	type told struct {
		version int
		at      time.Time
	}
	heard := make(chan told, clients)
	tokens := []string{s.watcher("first"), s.watcher("second")} // each account has 100 streams at most
	for i := range clients {
		c, err := client.New(client.Config{URL: s.url, Token: secret.NewTextString(tokens[i%2])})
		if err != nil {
			loud{b}.Fatal(err)
		}
		stream, err := c.StreamTLS(b.Context(), "")
		if err != nil {
			loud{b}.Fatal(err)
		}
		b.Cleanup(func() { _ = stream.Close() })
		go func() {
			for {
				m, err := stream.Next()
				if err != nil {
					return
				}
				if m.Synced == nil {
					heard <- told{m.Event.Version, time.Now()}
				}
			}
		}()
	}
	for range clients {
		<-heard // where they begin
	}
	var waits []time.Duration
	for round := range rounds {
		version := 2 - round%2
		if done, err := s.activate(version); err != nil || !done {
			loud{b}.Fatalf("activated %v, %v", done, err)
		}
		began := time.Now()
		for n := 0; n < clients; {
			select {
			case t := <-heard:
				if t.version == version {
					waits = append(waits, max(0, t.at.Sub(began)))
					n++
				}
			case <-time.After(time.Minute):
				loud{b}.Fatalf("%d of %d have not heard of version %d", clients-n, clients, version)
			}
		}
	}
	slices.Sort(waits)
	return []figure{below("activation_to_200_streams_p99", float64(at(waits, 99).Microseconds())/1000, "ms", 100)}
}

// renew stores a second version, which is ready to be activated.
func (s *served) renew() {
	later := s.Now.AddDate(2, 0, 0)
	s.SaveBundle(s.id, s.Import(qtsp.Request{NotAfter: later}),
		s.Import(qtsp.Request{Kind: certs.QSealC, NotAfter: later}))
	s.DoSteps(s.id)
	s.TestConnection(s.id)
}

func (s *served) activate(version int) (bool, error) {
	return s.Registrations.Activate(s.b.Context(), stack.Engineer, s.id, version)
}

// watched is a service whose registration has a second version.
func watched(b *testing.B) *served {
	s := serve(b, nil, qtsp.Request{})
	s.renew()
	return s
}

// watcher makes an account, and returns its token.
func (s *served) watcher(name string) string {
	_, token := s.ServiceBound(name, s.bound, access.Transport)
	return token.Reveal()
}

func containsEvent(text string) bool { return strings.Contains(text, "event: changed") }

// openFiles is how many this process may have open.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1024
	}
	return int(min(limit.Cur, 1<<20))
}

// resident is the memory that the Go runtime has in use, stacks included.
func resident() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// transitWith is transitDirectly with any key: as TLS 1.3 wants its signatures.
func transitWith(b *testing.B, address, token, path string, kind qtsp.KeyType) func() error {
	in := map[string]any{
		"input":          base64.StdEncoding.EncodeToString(digest[:]),
		"prehashed":      true,
		"hash_algorithm": "sha2-256",
	}
	if kind == qtsp.P256 {
		in["marshaling_algorithm"] = "asn1"
	} else {
		in["signature_algorithm"], in["salt_length"] = "pss", "hash"
	}
	body, err := json.Marshal(in)
	if err != nil {
		loud{b}.Fatal(err)
	}
	return caller(b, pooled(), http.MethodPost, address+"/v1/"+path, body, http.StatusOK, "X-Vault-Token", token)
}
