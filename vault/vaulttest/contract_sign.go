package vaulttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"sync"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault"
)

var hashes = []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}

func testSigns(t *testing.T, custody vault.Custody) {
	for _, kind := range allKinds {
		t.Run(string(kind), func(t *testing.T) {
			_, key, signer := imported(t, custody, kind)
			for name, opts := range signerOptions(key.Public()) {
				message := []byte("to be signed: " + name)
				signature, err := signer.Sign(rand.Reader, digestOf(message, opts), opts)
				if err != nil {
					t.Errorf("%s: %v", name, err)
				} else if err := verify(key.Public(), message, signature, opts); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			if _, err := signer.Sign(rand.Reader, []byte("no digest"), crypto.SHA256); err == nil {
				t.Error("something that is no SHA-256 digest was signed as one")
			}
		})
	}
}

// signerOptions are the ways a key can sign, by name.
func signerOptions(public crypto.PublicKey) map[string]crypto.SignerOpts {
	ways := map[string]crypto.SignerOpts{}
	if _, ok := public.(ed25519.PublicKey); ok {
		ways["Ed25519"] = crypto.Hash(0)
		return ways
	}
	for _, hash := range hashes {
		ways[fmt.Sprintf("%v", hash)] = hash
		if _, ok := public.(*rsa.PublicKey); ok {
			ways[fmt.Sprintf("PSS %v", hash)] = &rsa.PSSOptions{Hash: hash, SaltLength: rsa.PSSSaltLengthEqualsHash}
			ways[fmt.Sprintf("PSS %v, longest salt", hash)] = &rsa.PSSOptions{
				Hash:       hash,
				SaltLength: rsa.PSSSaltLengthAuto,
			}
			ways[fmt.Sprintf("PSS %v, salt of 20", hash)] = &rsa.PSSOptions{Hash: hash, SaltLength: 20}
		}
	}
	return ways
}

func digestOf(message []byte, opts crypto.SignerOpts) []byte {
	if opts.HashFunc() == 0 {
		return message
	}
	h := opts.HashFunc().New()
	h.Write(message)
	return h.Sum(nil)
}

func verify(public crypto.PublicKey, message, signature []byte, opts crypto.SignerOpts) error {
	digest := digestOf(message, opts)
	switch key := public.(type) {
	case *rsa.PublicKey:
		if pss, ok := opts.(*rsa.PSSOptions); ok {
			return rsa.VerifyPSS(key, pss.Hash, digest, signature, pss)
		}
		return rsa.VerifyPKCS1v15(key, opts.HashFunc(), digest, signature)
	case *ecdsa.PublicKey:
		if !ecdsa.VerifyASN1(key, digest, signature) {
			return fmt.Errorf("the ECDSA signature does not verify")
		}
	case ed25519.PublicKey:
		if !ed25519.Verify(key, message, signature) {
			return fmt.Errorf("the Ed25519 signature does not verify")
		}
	}
	return nil
}

func testGenerate(t *testing.T, custody vault.Custody) {
	generator, ok := custody.(vault.Generator)
	if !ok {
		t.Fatalf("%T makes no keys", custody)
	}
	for _, algorithm := range []string{"rsa-2048", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519"} {
		id := newID()
		public, err := generator.GenerateKey(t.Context(), id, algorithm)
		if err != nil {
			t.Fatalf("%s: %v", algorithm, err)
		}
		signer, err := custody.Signer(t.Context(), id, public)
		if err != nil {
			t.Fatalf("%s: %v", algorithm, err)
		}
		for name, opts := range signerOptions(public) {
			signature, err := signer.Sign(rand.Reader, digestOf([]byte(name), opts), opts)
			if err != nil {
				t.Errorf("%s, %s: %v", algorithm, name, err)
			} else if err := verify(public, []byte(name), signature, opts); err != nil {
				t.Errorf("%s, %s: %v", algorithm, name, err)
			}
		}
		_, err = generator.GenerateKey(t.Context(), id, algorithm)
		wantKind(t, err, fault.Conflict, "a second %s key under one id", algorithm)
		wantKind(t, custody.ImportKey(t.Context(), id, newKey(t, p256)), fault.Conflict, "an import over a %s key",
			algorithm)
		if err := custody.DestroyKey(t.Context(), id); err != nil {
			t.Errorf("%s: DestroyKey: %v", algorithm, err)
		}
	}
	for _, algorithm := range []string{"", "rsa-1024", "aes256-gcm96", "ecdsa-p224"} {
		_, err := generator.GenerateKey(t.Context(), newID(), algorithm)
		wantKind(t, err, fault.Invalid, "GenerateKey(%q)", algorithm)
	}
}

func testConcurrentSigning(t *testing.T, custody vault.Custody) {
	_, key, signer := imported(t, custody, p256)
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			message := fmt.Appendf(nil, "message %d", i)
			signature, err := signer.Sign(rand.Reader, digestOf(message, crypto.SHA256), crypto.SHA256)
			if err != nil {
				t.Errorf("message %d: %v", i, err)
			} else if err := verify(key.Public(), message, signature, crypto.SHA256); err != nil {
				t.Errorf("message %d: %v", i, err)
			}
		})
	}
	wg.Wait()
}
