package hcvault_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/vault/api"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// BenchmarkSign compares a signature through the custody with Transit called
// directly by Vault's own client library, for the same key.
func BenchmarkSign(b *testing.B) {
	server := vaulttest.Server(b)
	cfg, _ := bootstrap(b, server)
	custody := open(b, cfg)
	plain, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	key, err := certs.NewPrivateKey(plain)
	if err != nil {
		b.Fatal(err)
	}
	if err := custody.ImportKey(b.Context(), "bench", key); err != nil {
		b.Fatal(err)
	}
	signer := openSigner(b, custody, "bench", key)
	direct := directly(b, server, transitMount+"/sign/"+cfg.Prefix+"-bench")
	for _, concurrency := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("custody-%d", concurrency), func(b *testing.B) {
			inParallel(b, concurrency, func() error {
				_, err := signer.Sign(nil, digest, crypto.SHA256)
				return err
			})
		})
		b.Run(fmt.Sprintf("direct-%d", concurrency), func(b *testing.B) { inParallel(b, concurrency, direct) })
	}
}

func directly(b *testing.B, server *vaulttest.Vault, path string) func() error {
	b.Helper()
	config := api.DefaultConfig()
	config.Address = server.Address
	client, err := api.NewClient(config)
	if err != nil {
		b.Fatal(err)
	}
	client.SetMaxIdleConnections(64)
	client.SetToken(server.RootToken)
	request := map[string]any{
		"input": base64.StdEncoding.EncodeToString(digest), "prehashed": true,
		"hash_algorithm": "sha2-256", "signature_algorithm": "pkcs1v15",
	}
	return func() error {
		_, err := client.Logical().WriteWithContext(b.Context(), path, request)
		return err
	}
}

// inParallel shares the b.N calls out among concurrency callers.
func inParallel(b *testing.B, concurrency int, do func() error) {
	var left atomic.Int64
	left.Store(int64(b.N))
	var callers sync.WaitGroup
	for range concurrency {
		callers.Go(func() {
			for left.Add(-1) >= 0 {
				if err := do(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	callers.Wait()
}
