package hcvault

import (
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"testing"
)

// What Vault, or whatever answers in its place, sends is not to be trusted.

func FuzzPublicKey(f *testing.F) {
	f.Add(base64.StdEncoding.EncodeToString(make([]byte, ed25519.PublicKeySize)))
	f.Add("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIr2REveiZ6m4De4AYswAHcAJwQp/" +
		"\nuJ36Z4+CyFYGe2HRzv6WJfpIV8ak3eeBNARD7xEuhhfzBa7UVIKtMyCNHw==\n-----END PUBLIC KEY-----\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if public := parsePublic(text); public != nil {
			if _, ok := public.(interface{ Equal(crypto.PublicKey) bool }); !ok {
				t.Errorf("%T cannot be compared", public)
			}
		}
	})
}

func FuzzSignature(f *testing.F) {
	f.Add("vault:v1:AAAA")
	f.Add("vault:v1:")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if signature, err := parseSignature(text); (err == nil) == (len(signature) == 0) {
			t.Errorf("%q gave %d bytes and error %v", text, len(signature), err)
		}
	})
}
