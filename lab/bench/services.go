package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
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

	qwac, qsealc *qtsp.Issued
	anchor       []byte // of the server, if it does TLS
}

func serve(b *testing.B, o stack.Options, qwac qtsp.Request) *served {
	s := &served{Stack: stack.NewWith(loud{b}, o), b: b, http: pooled()}
	s.follow(s.Services)
	s.url = s.listen(s.Services, httptest.NewServer)
	s.qwac = s.QTSP.MustIssue(loud{b}, qwac)
	s.qsealc = s.QTSP.MustIssue(loud{b}, qtsp.Request{Kind: certs.QSealC, KeyType: qwac.KeyType})
	r := s.ActivateWith(s.qwac, s.qsealc)
	s.id = r.ID
	s.bound = []service.Binding{{ApplicationID: r.ApplicationID, Environment: environment.Sandbox}}
	_, s.token = s.account("bench", access.Transport, access.Signing)
	return s
}

// account adds one that may do as much as it likes, and returns its id and its token.
func (s *served) account(name string, purposes ...access.Purpose) (id, token string) {
	account, secret := s.ServiceBound(name, s.bound, purposes...)
	grant := account.Grant
	grant.Limits = service.Limits{PerSecond: 100_000}
	if _, _, done, err := s.Accounts.Change(s.b.Context(), stack.Admin, account.ID, service.Input{
		Name:        account.Name,
		Owner:       account.Owner,
		Description: account.Description,
		Grant:       grant,
	}); err != nil || !done {
		loud{s.b}.Fatalf("the limit: %v, %v", done, err)
	}
	return account.ID, secret.Reveal()
}

// follow has services tell of changes.
func (s *served) follow(services *app.Services) {
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan struct{})
	go func() { defer close(ran); services.Feed.Run(ctx) }()
	s.b.Cleanup(func() { stop(); <-ran })
}

// listen has services answer.
func (s *served) listen(services *app.Services, with func(http.Handler) *httptest.Server) (url string) {
	handler, err := services.Handler()
	if err != nil {
		loud{s.b}.Fatal(err)
	}
	server := with(handler)
	s.b.Cleanup(server.Close)
	if server.TLS != nil {
		s.anchor = server.Certificate().Raw
	}
	return server.URL
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
	s := serve(b, stack.Options{}, qtsp.Request{})
	get := s.call(http.MethodGet, "/v1/tls/"+s.id, nil, http.StatusOK)
	server := vaulttest.Server(loud{b})
	_, cfg, _ := transit(b, server)
	_ = server.Root(loud{b}, http.MethodPost, cfg.KVMount+"/data/main/bench-4k",
		map[string]any{
			"options": map[string]any{"cas": 0},
			"data":    map[string]any{"text": string(bytes.Repeat([]byte("x"), 4096))},
		})
	vaults := reading{URL: server.Address, Token: server.RootToken, Mount: cfg.KVMount, Path: "main/bench-4k"}
	kv, err := vaults.call()
	if err != nil {
		loud{b}.Fatal(err)
	}
	empty := caller(b, pooled(), http.MethodGet, handler(b, func() error { return nil })+"/", nil, http.StatusOK)
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
		atLeast("tls_get_vs_vault_kv_4k_c8", throughput(loud{b}, 21, 8, 100, get, kv), 4),
		atLeast("tls_get_vs_empty_handler_c8", throughput(loud{b}, 31, 8, 250, get, empty), 0.5),
		atLeast("tls_get_304_vs_empty_handler_c8", throughput(loud{b}, 31, 8, 250, known, empty), 0.7),
	}
	ours := reading{URL: s.url + "/v1/tls/" + s.id, Token: s.token}
	p99, p50 := ours.times(b)[99], vaults.times(b)[50]
	return append(figures, below("tls_get_p99_c8_to_vault_p50", ratio(p99, p50), "ratio", 1))
}

// handler is the address of an Echo that does something, and answers with nothing.
func handler(b *testing.B, do func() error) string {
	e := echo.New()
	e.Any("/", func(c echo.Context) error {
		if err := do(); err != nil {
			return err
		}
		return c.NoContent(http.StatusOK)
	})
	server := httptest.NewServer(e)
	b.Cleanup(server.Close)
	return server.URL
}

// certificateVerify is what is signed in a handshake of TLS 1.3 (RFC 8446 section 4.4.3), as JSON.
func certificateVerify(b *testing.B) []byte {
	message, err := json.Marshal(append(append(bytes.Repeat([]byte{' '}, 64),
		[]byte("TLS 1.3, client CertificateVerify\x00")...), digest[:]...))
	if err != nil {
		loud{b}.Fatal(err)
	}
	return message
}

// embeddedSignatures compares signatures over HTTP, by keys in embedded custody, with an empty handler that signs.
func embeddedSignatures(b *testing.B) []figure {
	var figures []figure
	for _, key := range []struct {
		name          string
		kind          qtsp.KeyType
		scheme        string
		algorithm     string
		single, batch float64
	}{
		{"rsa3072", qtsp.RSA3072, "rsa_pss_rsae_sha256", "rsa-sha256", 0.9, 0.9},
		{"p256", qtsp.P256, "ecdsa_secp256r1_sha256", "ecdsa-sha256", 0.3, 0.6},
	} {
		s := serve(b, stack.Options{}, qtsp.Request{KeyType: key.kind})
		handshake := fmt.Appendf(nil, `{"version": 1, "scheme": %q, "message": %s}`, key.scheme, certificateVerify(b))
		batch, err := json.Marshal(map[string]any{
			"version": 1, "algorithm": key.algorithm, "digests": slices.Repeat([][]byte{digest[:]}, vault.MaxBatch),
		})
		if err != nil {
			loud{b}.Fatal(err)
		}
		for _, each := range []struct {
			name, path string
			body       []byte
			signer     crypto.Signer
			signatures int
			calls      int
			target     float64
		}{
			{"_c64", "handshakes", handshake, s.qwac.Key.Signer(), 1, 4, key.single},
			{fmt.Sprintf("_batch_%d_c8", vault.MaxBatch), "signatures", batch, s.qsealc.Key.Signer(), vault.MaxBatch, 1,
				key.batch},
		} {
			workers := 64
			if each.signatures > 1 {
				workers = 8
			}
			ours := s.call(http.MethodPost, "/v1/tls/"+s.id+"/"+each.path, each.body, http.StatusOK)
			engine := caller(b, pooled(), http.MethodPost, handler(b, func() error {
				for range each.signatures {
					if _, err := each.signer.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
						return err
					}
				}
				return nil
			})+"/", each.body, http.StatusOK)
			figures = append(figures, atLeast("signed_"+key.name+each.name+"_vs_engine",
				throughput(loud{b}, 9, workers, each.calls, ours, engine), each.target))
		}
	}
	return figures
}

// remoteSignatures compares handshakes signed over HTTP with Transit called directly, and with nothing.
func remoteSignatures(b *testing.B) []figure {
	message := certificateVerify(b)
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
		s := serve(b, stack.Options{Custody: custody}, qtsp.Request{KeyType: key.kind})
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

func at(sorted []time.Duration, percent int) time.Duration {
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)]
}

func ratio(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }

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
