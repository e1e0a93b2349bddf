package vaulttest

import (
	"crypto"
	"crypto/dsa" //nolint:staticcheck // SA1019: a kind of key that must be refused
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/vault"
)

func testImportConflict(t *testing.T, custody vault.Custody) {
	id, key, _ := imported(t, custody, p256)
	wantKind(t, custody.ImportKey(t.Context(), id, newKey(t, p256)), fault.Conflict, "ImportKey of another key")
	wantKind(t, custody.ImportKey(t.Context(), id, key), fault.Conflict, "ImportKey of the same key")
	if _, err := custody.Signer(t.Context(), id, key.Public()); err != nil {
		t.Errorf("the first key after a refused import: %v", err)
	}
}

func testConcurrentImport(t *testing.T, custody vault.Custody) {
	id := newID()
	var won atomic.Pointer[certs.PrivateKey]
	var wins atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		key := newKey(t, p256)
		wg.Go(func() {
			err := custody.ImportKey(t.Context(), id, key)
			if err == nil {
				wins.Add(1)
				won.Store(key)
				return
			}
			wantKind(t, err, fault.Conflict, "a losing import")
		})
	}
	wg.Wait()
	if wins.Load() != 1 {
		t.Fatalf("%d imports under one id succeeded", wins.Load())
	}
	signer, err := custody.Signer(t.Context(), id, won.Load().Public())
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("who won?")
	signature, err := signer.Sign(rand.Reader, digestOf(message, crypto.SHA256), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(won.Load().Public(), message, signature, crypto.SHA256); err != nil {
		t.Error(err)
	}
}

func testNoKey(t *testing.T, custody vault.Custody) {
	_, err := custody.Signer(t.Context(), newID(), newKey(t, p256).Public())
	wantKind(t, err, fault.NotFound, "Signer")
}

func testKeyMismatch(t *testing.T, custody vault.Custody) {
	id, _, _ := imported(t, custody, p256)
	for _, kind := range []keyKind{p256, rsa2048} {
		_, err := custody.Signer(t.Context(), id, newKey(t, kind).Public())
		wantKind(t, err, fault.Conflict, "Signer for another %s key", kind)
	}
}

func testDestroy(t *testing.T, custody vault.Custody) {
	id, key, _ := imported(t, custody, p256)
	for range 2 { // the second time there is nothing to destroy
		if err := custody.DestroyKey(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	_, err := custody.Signer(t.Context(), id, key.Public())
	wantKind(t, err, fault.NotFound, "Signer of a destroyed key")
	if err := custody.ImportKey(t.Context(), id, newKey(t, p256)); err != nil {
		t.Errorf("ImportKey under the id of a destroyed key: %v", err)
	}
}

func testUnsupportedKeys(t *testing.T, custody vault.Custody) {
	for _, kind := range allKinds {
		if err := custody.AcceptsKey(newKey(t, kind).Public()); err != nil {
			t.Errorf("AcceptsKey(%s): %v", kind, err)
		}
	}
	odd, err := rsa.GenerateKey(rand.Reader, 2056)
	if err != nil {
		t.Fatal(err)
	}
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, public := range map[string]crypto.PublicKey{
		"RSA-2056": odd.Public(),
		"P-224":    p224.Public(),
		"DSA":      &dsa.PublicKey{},
		"nothing":  nil,
	} {
		wantKind(t, custody.AcceptsKey(public), fault.Invalid, "AcceptsKey(%s)", name)
	}
	key, err := certs.NewPrivateKey(odd)
	if err != nil {
		t.Fatal(err)
	}
	id := newID()
	wantKind(t, custody.ImportKey(t.Context(), id, key), fault.Invalid, "ImportKey(RSA-2056)")
	_, err = custody.Signer(t.Context(), id, odd.Public())
	wantKind(t, err, fault.NotFound, "Signer of a refused key")
}

// testNoKeyMaterial tries what a careless or hostile caller could: print, marshal,
// assert on the type, read the key as a document, look into the errors.
func testNoKeyMaterial(t *testing.T, custody vault.Custody) {
	for _, kind := range []keyKind{rsa2048, p256, edwards} {
		id, key, signer := imported(t, custody, kind)
		switch signer.(type) {
		case *rsa.PrivateKey, *ecdsa.PrivateKey, ed25519.PrivateKey, *ed25519.PrivateKey:
			t.Errorf("%s: the signer is the private key itself", kind)
		}
		if _, err := x509.MarshalPKCS8PrivateKey(signer); err == nil {
			t.Errorf("%s: the signer can be exported", kind)
		}
		_, _, notFound := custody.Get(t.Context(), id)
		wantKind(t, notFound, fault.NotFound, "Get of a key's id")
		asJSON, _ := json.Marshal(signer)
		var printed strings.Builder
		printed.Write(asJSON)
		for _, v := range []any{custody, signer, notFound, custody.ImportKey(t.Context(), id, key), key} {
			fmt.Fprintf(&printed, "%v %+v %#v %s %x %d", v, v, v, v, v, v)
		}
		seen := printed.String()
		for _, form := range forms(t, key) {
			if strings.Contains(seen, form) {
				t.Errorf("%s: part of the private key can be seen: %.200s", kind, seen)
			}
		}
	}
}

// forms are the ways a private key's number looks in text.
func forms(t *testing.T, key *certs.PrivateKey) []string {
	t.Helper()
	var raw []byte
	var decimal string
	switch key := key.Signer().(type) {
	case *rsa.PrivateKey:
		raw, decimal = key.D.Bytes(), key.D.String()
	case *ecdsa.PrivateKey:
		d, err := key.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		raw = d
	case ed25519.PrivateKey:
		raw = key.Seed()
	}
	list := strings.Trim(fmt.Sprintf("%d", raw), "[]")
	found := []string{string(raw), hex.EncodeToString(raw), base64.StdEncoding.EncodeToString(raw), list}
	if decimal != "" {
		found = append(found, decimal)
	}
	return found
}
