package vaulttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"sync"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
)

type keyKind string

const (
	rsa2048 keyKind = "RSA-2048"
	rsa3072 keyKind = "RSA-3072"
	rsa4096 keyKind = "RSA-4096"
	p256    keyKind = "P-256"
	p384    keyKind = "P-384"
	p521    keyKind = "P-521"
	edwards keyKind = "Ed25519"
)

var allKinds = []keyKind{rsa2048, rsa3072, rsa4096, p256, p384, p521, edwards}

var rsaKeys sync.Map // keyKind to crypto.Signer

// newKey makes a throw-away key. RSA keys take seconds to make, so there is one
// of each kind per test binary.
func newKey(t testing.TB, kind keyKind) *certs.PrivateKey {
	t.Helper()
	made, ok := rsaKeys.Load(kind)
	if !ok {
		fresh, err := generate(kind)
		if err != nil {
			t.Fatal(err)
		}
		made = fresh
		if _, isRSA := fresh.(*rsa.PrivateKey); isRSA {
			made, _ = rsaKeys.LoadOrStore(kind, fresh)
		}
	}
	key, err := certs.NewPrivateKey(made.(crypto.Signer))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func generate(kind keyKind) (crypto.Signer, error) {
	switch kind {
	case rsa2048:
		return rsa.GenerateKey(rand.Reader, 2048)
	case rsa3072:
		return rsa.GenerateKey(rand.Reader, 3072)
	case rsa4096:
		return rsa.GenerateKey(rand.Reader, 4096)
	case p384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case p521:
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case edwards:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	default:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
}
