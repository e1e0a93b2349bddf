package vaulttest

import (
	"context"
	"crypto"
	"testing"

	"github.com/sealkeeper/sealkeeper/vault"
)

func testBatch(t *testing.T, custody vault.Custody) {
	for _, kind := range []keyKind{rsa2048, p256} {
		_, key, signer := imported(t, custody, kind)
		for name, opts := range signerOptions(key.Public()) {
			messages := [][]byte{[]byte("first"), []byte("second"), []byte("third")}
			digests := [][]byte{digestOf(messages[0], opts), []byte("no digest"), digestOf(messages[2], opts)}
			signatures, errs := vault.SignEach(t.Context(), signer, digests, opts)
			for _, i := range []int{0, 2} {
				if errs[i] != nil {
					t.Errorf("%s, %s: %v", kind, name, errs[i])
				} else if err := verify(key.Public(), messages[i], signatures[i], opts); err != nil {
					t.Errorf("%s, %s: signature %d is not of its digest: %v", kind, name, i, err)
				}
			}
			if errs[1] == nil {
				t.Errorf("%s, %s: something that is no digest was signed", kind, name)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, errs := vault.SignEach(ctx, signer, [][]byte{
			digestOf(nil, crypto.SHA256),
			digestOf(nil, crypto.SHA256),
		}, crypto.SHA256); errs[0] == nil || errs[1] == nil {
			t.Error("signed for a caller who has gone")
		}
	}
}
