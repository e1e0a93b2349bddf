package hcvault_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/vault/api"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// BenchmarkSignAgainstTransit compares a signature through the custody with Transit called
// directly by Vault's own client library, with the same key, policy and machine.
func BenchmarkSignAgainstTransit(b *testing.B) {
	server := vaulttest.Server(b)
	cfg, result := bootstrap(b, server)
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
	direct := directly(b, server.Address, appToken(b, server, cfg, result), transitMount+"/sign/"+cfg.Prefix+"-bench")
	sign := func() error {
		_, err := signer.Sign(nil, digest, crypto.SHA256)
		return err
	}
	for _, concurrency := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("callers=%d", concurrency), func(b *testing.B) {
			var ours, theirs []time.Duration
			for b.Loop() { // alternately, so that the machine's other work hits both
				ours = append(ours, batch(b, concurrency, sign))
				theirs = append(theirs, batch(b, concurrency, direct))
			}
			slices.Sort(ours)
			slices.Sort(theirs)
			b.ReportMetric(float64(theirs[len(theirs)/2])/float64(ours[len(ours)/2]), "of-direct-throughput")
		})
	}
}

func directly(b *testing.B, address, token, path string) func() error {
	b.Helper()
	config := api.DefaultConfig()
	config.Address = address
	client, err := api.NewClient(config)
	if err != nil {
		b.Fatal(err)
	}
	client.SetMaxIdleConnections(64)
	client.SetToken(token)
	request := map[string]any{
		"input":               base64.StdEncoding.EncodeToString(digest),
		"prehashed":           true,
		"hash_algorithm":      "sha2-256",
		"signature_algorithm": "pkcs1v15",
	}
	return func() error {
		_, err := client.Logical().WriteWithContext(b.Context(), path, request)
		return err
	}
}

// batch returns how long concurrency callers take for four calls each.
func batch(b *testing.B, concurrency int, do func() error) time.Duration {
	b.Helper()
	start := time.Now()
	var callers sync.WaitGroup
	for range concurrency {
		callers.Go(func() {
			for range 4 {
				if err := do(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	callers.Wait()
	return time.Since(start)
}
