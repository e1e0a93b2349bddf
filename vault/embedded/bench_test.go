package embedded_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"slices"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

// BenchmarkSignAgainstCryptoRSA compares a signature through embedded custody with one of
// crypto/rsa over the same key.
func BenchmarkSignAgainstCryptoRSA(b *testing.B) {
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
	sign := func(signer crypto.Signer) time.Duration {
		start := time.Now()
		if _, err := signer.Sign(rand.Reader, digest, crypto.SHA256); err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	var ours, theirs []time.Duration
	for b.Loop() { // alternately, so that the machine's other work hits both
		ours = append(ours, sign(kept))
		theirs = append(theirs, sign(plain))
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	b.ReportMetric(float64(theirs[len(theirs)/2])/float64(ours[len(ours)/2]), "of-crypto/rsa-throughput")
}
