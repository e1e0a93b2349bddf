package hcvault_test

import (
	"crypto"
	"crypto/ecdsa"
	"net/http"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// TestRotatedKeySignsAsBefore has an administrator of Vault rotate a key behind
// our back: signatures stay those of the certificate, and doctor says so.
func TestRotatedKeySignsAsBefore(t *testing.T) {
	server := vaulttest.Server(t)
	cfg, result := bootstrap(t, server)
	custody := open(t, cfg)
	public, err := custody.GenerateKey(t.Context(), "made", "ecdsa-p256")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := custody.Put(t.Context(), "made", map[string]string{"type": "request"}, 0); err != nil {
		t.Fatal(err)
	}
	path := transitMount + "/keys/" + cfg.Prefix + "-made"
	server.Root(t, http.MethodPost, path+"/rotate", nil)

	signer, err := custody.Signer(t.Context(), "made", public)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := signer.Sign(nil, digest, crypto.SHA256)
	if err != nil || !ecdsa.VerifyASN1(public.(*ecdsa.PublicKey), digest, signature) {
		t.Errorf("after a rotation the signature is another key's: %v", err)
	}
	examined := cfg
	examined.Auth = hcvault.Auth{Token: fixed(appToken(t, server, cfg, result))}
	for _, d := range hcvault.Examine(t.Context(), examined) {
		if d.Check == "no key was rotated in Vault" {
			wantCode(t, d.Problem, fault.Conflict, "vault_key_rotated")
		} else if d.Problem != nil {
			t.Errorf("%s: %v", d.Check, d.Problem)
		}
	}
	keys, err := custody.PublicKeys(t.Context(), "made")
	if err != nil || len(keys) != 2 {
		t.Fatalf("%d versions, %v", len(keys), err)
	}
	for _, key := range keys {
		if !public.(*ecdsa.PublicKey).Equal(key) {
			_, err := custody.Signer(t.Context(), "made", key)
			wantCode(t, err, fault.Conflict, "custody_key_mismatch")
		}
	}
}
