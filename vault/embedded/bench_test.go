package embedded_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/secret"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

// BenchmarkSign compares a signature through embedded custody with one of
// crypto/rsa over the same key.
func BenchmarkSign(b *testing.B) {
	master, err := embedded.Passphrase(secret.NewTextString("correct horse battery"))
	if err != nil {
		b.Fatal(err)
	}
	custody, err := embedded.Open(b.Context(), newRows(), master)
	if err != nil {
		b.Fatal(err)
	}
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
	kept, err := custody.Signer(b.Context(), "bench", key.Public())
	if err != nil {
		b.Fatal(err)
	}
	digest := make([]byte, 32)
	for name, signer := range map[string]crypto.Signer{"embedded": kept, "crypto/rsa": plain} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := signer.Sign(rand.Reader, digest, crypto.SHA256); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
